"""What the rules say here and today. Everything is answered from memory."""

from __future__ import annotations

from linli.kernel.rulebook.queries.calendars import calendar, is_published
from linli.kernel.rulebook.queries.catalogue import Catalogue, Category, categories
from linli.kernel.rulebook.queries.limits import limit
from linli.kernel.rulebook.queries.profiles import profile, profile_of
from linli.kernel.rulebook.queries.proposals import history, open_proposals
from linli.kernel.rulebook.queries.reading import reading_limits
from linli.kernel.rulebook.queries.roles import Role, role, roles
from linli.kernel.rulebook.queries.versions import RuleVersion, by_id, known_keys, rule, rule_or_none

__all__ = [
    "Catalogue",
    "Category",
    "Role",
    "RuleVersion",
    "by_id",
    "calendar",
    "categories",
    "history",
    "is_published",
    "known_keys",
    "limit",
    "open_proposals",
    "profile",
    "profile_of",
    "reading_limits",
    "role",
    "roles",
    "rule",
    "rule_or_none",
]
