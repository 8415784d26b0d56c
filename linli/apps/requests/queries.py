"""Where a request goes by itself: the desk that its category and its place name."""

from __future__ import annotations

from linli.foundation.worktime import SHANGHAI
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import routing
from linli.kernel.people.queries import DeskRef
from linli.kernel.rulebook import queries as rulebook


def handling_desk(case: Case) -> DeskRef | None:
    """The desk that category and place name: the kind from the catalogue, the nearest on the way up."""
    category = rulebook.categories(case.path, case.opened_at.astimezone(SHANGHAI).date()).get(case.category)
    return routing.for_kind(case, category.desk if category and category.desk else "grid")


def likely_desk(case: Case) -> str:
    """Return the id of the desk to offer first: the one proposed with a return, else the one by category."""
    if proposed := case.facts.get("proposed"):
        return str(proposed)
    desk = handling_desk(case)
    return str(desk.id) if desk else ""
