"""How many files of personal data one person opens alone, as a county has ruled it."""

from __future__ import annotations

from datetime import datetime

from linli.foundation.worktime import SHANGHAI
from linli.kernel.places import queries as places
from linli.kernel.rulebook.queries.versions import rule_or_none
from linli.kernel.vault.memory.limits import Limits


def reading_limits(county: str, now: datetime) -> Limits:
    """Return the limits in a county ("" for everywhere) at a time; in memory."""
    day = now.astimezone(SHANGHAI).date()
    place = places.by_code(county, day) if county else None
    found = rule_or_none("reading", place.path if place else "", day)
    return Limits(**found.data) if found else Limits()
