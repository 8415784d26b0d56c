"""A deadline computed once more from events and rules alone, sharing nothing with the clocks it checks.

The tables say by hand what the flow's own table says: which limit runs in which state,
which steps let a clock go on. Working days are read from the calendar's rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from linli.kernel.rulebook.models import RuleSet

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
RUNS_IN = {
    "submitted": "accept", "sorted": "accept", "published": "claim", "dispatched": "accept", "accepted": "accept",
    "handed": "accept", "to_verify": "resolve", "handling": "resolve", "resolved": "check", "checked": "reply",
    "replied": "rate", "advised": "rate", "returned": "accept", "received": "accept",
}  # fmt: skip
RUNS_IN_DATA = {"asked": "data_answer"}  # of the flow of requests about one's own data
GOES_ON = {"verify", "ask_suspension", "approve_suspension", "deny_suspension", "resume"}
STARTS_ANEW = {"escalate"}  # even from a state into the same
URGENCY = {"normal": 0, "urgent": 1, "emergency": 2}


@dataclass(frozen=True)
class Rules:
    """What the rule sets say, read from their rows: limits, urgencies, free and made-up days, hours."""

    limits: dict[tuple[str, str, int], tuple[int, str]]
    urgent: dict[str, int]
    free: dict[int, frozenset[str]]
    made_up: dict[int, frozenset[str]]
    hours: tuple[tuple[str, str], ...]

    @classmethod
    def stored(cls) -> Rules:
        latest: dict[str, Any] = {}
        for row in RuleSet.objects.filter(place_id=None).order_by("version"):
            latest[row.key] = row.data
        limits = {
            (row["clock"], row.get("category", ""), URGENCY[row.get("urgency", "normal")]): (
                row["amount"],
                row["unit"],
            )
            for row in latest["limits"]["limits"]
        }
        urgent = {
            row["code"]: URGENCY[row.get("urgency", "normal")] for row in latest["categories"]["categories"]
        }
        years = {int(key[9:]): data for key, data in latest.items() if key.startswith("calendar.")}
        return cls(
            limits,
            urgent,
            {year: frozenset(data["off"]) for year, data in years.items()},
            {year: frozenset(data["work"]) for year, data in years.items()},
            tuple((opens, closes) for opens, closes in latest["worktime"]["hours"]),
        )

    def works(self, day: date) -> bool | None:
        if day.year not in self.free:
            return None
        name = day.isoformat()
        return name in self.made_up[day.year] or (day.weekday() < 5 and name not in self.free[day.year])

    def limit(self, clock: str, category: str, urgency: int) -> tuple[int, str] | None:
        for level in range(urgency, -1, -1):
            parts = category.split(".")
            for length in range(len(parts), -1, -1):
                if found := self.limits.get((clock, ".".join(parts[:length]), level)):
                    return found
        return None


def expected(events: Iterable[Any], rules: Rules) -> tuple[datetime | None, bool]:
    """Return the deadline that the events of one case call for, and whether it is pending."""
    clock, started, category, urgency = "", None, "", 0
    round_, pauses, since = 1, [], None
    for event in events:
        flow, _dot, step = event.name.partition(".")
        if not category:
            urgency = 0 if flow == "data" else rules.urgent[event.data["category"]]
        category = event.data["category"]
        urgency = 2 if step == "protect" else urgency
        moved = event.from_state != event.to_state or event.data["round"] != round_ or step in STARTS_ANEW
        round_ = event.data["round"]
        if step == "approve_suspension":
            since = max([event.at, *(end for _start, end in pauses[-1:])])
        elif step == "resume":
            pauses, since = [*pauses, (since, max(since, event.at))], None
        elif moved and step not in GOES_ON:
            clock = (RUNS_IN_DATA if flow == "data" else RUNS_IN).get(event.to_state, "")
            started, pauses, since = event.at, [], None
    limit = rules.limit(clock, category, urgency) if clock else None
    if limit is None or started is None:
        return None, False
    due = _due(started, limit, tuple(pauses), _Days(rules))
    return due, due is None


class _Days:
    """Rules by identity, so that what was computed can be kept."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def __hash__(self) -> int:
        return id(self.rules)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Days) and other.rules is self.rules


@lru_cache(maxsize=100_000)
def _due(start: datetime, limit: tuple[int, str], pauses: tuple[Any, ...], days: _Days) -> datetime | None:
    amount, unit = limit
    if unit in ("hours", "minutes"):
        end = start + amount * timedelta(**{unit: 1})
        for begins, ends in pauses:
            if begins >= end:
                break
            end += max(ends, start) - max(begins, start)
        return end.astimezone(UTC)
    if unit == "work_minutes":
        assert not pauses, "no shipped limit in work minutes can be paused"
        return _after_minutes(start, amount, days.rules)
    ends_on = {"work_days": _working_day, "natural_days": _any_day}[unit]
    for begins, ends in pauses:
        until = ends_on(start, amount, days.rules)
        if until is None or begins >= until:
            return until
        between = _days_of(max(begins, start), max(ends, start), unit, days.rules)
        if between is None:
            return None
        amount += between
    return ends_on(start, amount, days.rules)


def _after_minutes(start: datetime, minutes: int, rules: Rules) -> datetime | None:
    local = start.astimezone(SHANGHAI)
    left, day = timedelta(minutes=minutes), local.date()
    while (works := rules.works(day)) is not None:
        for opens, closes in rules.hours if works else ():
            since, until = max(_at(day, opens), local), _at(day, closes)
            if since >= until:
                continue
            if until - since >= left:
                return (since + left).astimezone(UTC)
            left -= until - since
        day += DAY
    return None


def _working_day(start: datetime, amount: int, rules: Rules) -> datetime | None:
    day = start.astimezone(SHANGHAI).date()
    while amount:
        day += DAY
        works = rules.works(day)
        if works is None:
            return None
        amount -= works
    return _at(day, rules.hours[-1][1]).astimezone(UTC)


def _any_day(start: datetime, amount: int, _rules: Rules) -> datetime:
    return _at(start.astimezone(SHANGHAI).date() + (amount + 1) * DAY, "00:00").astimezone(UTC)


def _days_of(begins: datetime, ends: datetime, unit: str, rules: Rules) -> int | None:
    day, last = begins.astimezone(SHANGHAI).date(), ends.astimezone(SHANGHAI).date()
    count = 0
    while day < last:
        day += DAY
        works = True if unit == "natural_days" else rules.works(day)
        if works is None:
            return None
        count += works
    return count


def _at(day: date, clock: str) -> datetime:
    return datetime.fromisoformat(f"{day.isoformat()}T{clock}").replace(tzinfo=SHANGHAI)
