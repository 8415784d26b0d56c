"""The working days that are published, and the hours of business at a place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, time
from functools import lru_cache
from typing import Any

from django.utils import timezone

from linli.foundation.worktime import SHANGHAI, Calendar
from linli.kernel.rulebook.queries import versions
from linli.kernel.rulebook.queries.versions import Index

FAMILY = "calendar."
HOURS = "worktime"


def calendar(path: str = "", on: date | None = None) -> Calendar:
    """Return all published years with the hours of business at ``path`` on ``on`` (today)."""
    index = versions.index()
    hours = versions.rule_or_none(HOURS, path, on or timezone.localdate(timezone=SHANGHAI))
    memo = ("calendar", hours and hours.id)
    if memo not in index.memo:
        index.memo[memo] = _calendar(_years(index), hours.data if hours else {})
    return index.memo[memo]


def is_published(year: int) -> bool:
    return (f"{FAMILY}{year}", None) in versions.index().at


def working_days(year: int, data: Mapping[str, Any]) -> frozenset[date]:
    """Return the working days of a year from its data: Monday to Friday but ``off``, and ``work``."""
    off, work = (frozenset(map(date.fromisoformat, data[name])) for name in ("off", "work"))
    return (_weekdays(year) - off) | {day for day in work if day.year == year}


@lru_cache(maxsize=100)
def _weekdays(year: int) -> frozenset[date]:
    """Monday to Friday of a year."""
    first, end = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1
    days = map(date.fromordinal, range(first, end))
    return frozenset(day for day in days if day.isoweekday() <= 5)


def _years(index: Index) -> dict[int, Iterable[date]]:
    """Read the best version of each year; a calendar is not bound to days of validity."""
    years = (
        (int(key.removeprefix(FAMILY)), found[0])
        for (key, short), found in index.at.items()
        if key.startswith(FAMILY) and short is None
    )
    return {year: working_days(year, version.data) for year, version in years}


def _calendar(years: Mapping[int, Iterable[date]], data: Mapping[str, Any]) -> Calendar:
    ends = data.get("law_days_end", "midnight") == "closing"
    if "hours" not in data:
        return Calendar.of(years, closing_ends_law_days=ends)
    hours = [(time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in data["hours"]]
    return Calendar.of(years, hours, closing_ends_law_days=ends)
