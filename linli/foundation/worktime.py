"""Working time: when something is due, and how much time has passed.

Pure: a due date is a function of the start, the limit, the pauses and the
published calendar, so it can be computed again at any time and gives the same
answer. A day is Shanghai's; moments go in aware and come out in UTC.

Days follow the Civil Code, articles 200 to 204: the day it starts is not counted,
the last day ends at 24:00, or when business ends where there are business hours.
A year whose calendar the State Council has not published gives None (期限待定):
nothing is guessed, not even that the first of January is a holiday.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
BUSINESS_HOURS = ((time(9), time(12)), (time(13), time(17, 30)))

WORK_MINUTES = "work_minutes"
MINUTES = "minutes"
HOURS = "hours"
WORK_DAYS = "work_days"
NATURAL_DAYS = "natural_days"
LAW_DAYS = "law_days"
UNITS = (WORK_MINUTES, MINUTES, HOURS, WORK_DAYS, NATURAL_DAYS, LAW_DAYS)

_STEPS = {
    WORK_MINUTES: timedelta(minutes=1),
    MINUTES: timedelta(minutes=1),
    HOURS: timedelta(hours=1),
}
_DAY = timedelta(days=1)
_MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class Limit:
    """How long something may take.

    work_minutes  minutes inside business hours
    minutes       minutes by the clock, day and night
    hours         hours by the clock, day and night (Civil Code 201: from the moment on)
    work_days     working days, to the end of business of the last one
    natural_days  days of the calendar, to 24:00 of the last one
    law_days      as natural_days, but a last day that is a holiday moves to the next working day
    """

    amount: int
    unit: str

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise ValueError(f"{self.unit!r} is no unit of time; known are {UNITS}.")
        if not isinstance(self.amount, int) or self.amount < 1:
            raise ValueError(f"A limit is a whole number from 1 on, not {self.amount!r}.")


@dataclass(frozen=True, slots=True)
class Pause:
    """A time that does not count: from ``starts_at`` to ``ends_at``, the end not included."""

    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        if self.ends_at < self.starts_at:
            raise ValueError("A pause cannot end before it begins.")


@dataclass(frozen=True)
class Calendar:
    """The published working days, and the hours of business on each of them.

    ``working`` holds every working day of ``years``, make-up days (调休) among them.
    ``closing_ends_law_days``: law days end with business instead of at 24:00.
    """

    years: frozenset[int]
    working: frozenset[date]
    hours: tuple[tuple[time, time], ...] = BUSINESS_HOURS
    closing_ends_law_days: bool = False
    _days: tuple[date, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        edges = [edge for window in self.hours for edge in window]
        if not edges or any(later <= sooner for sooner, later in pairwise(edges)):
            raise ValueError(f"Business hours must follow each other within one day: {self.hours}.")
        if strange := {day.year for day in self.working} - self.years:
            raise ValueError(f"Working days lie in years that are not published: {sorted(strange)}.")
        object.__setattr__(self, "_days", tuple(sorted(self.working)))

    @classmethod
    def of(
        cls,
        years: Mapping[int, Iterable[date]],
        hours: Sequence[tuple[time, time]] = BUSINESS_HOURS,
        *,
        closing_ends_law_days: bool = False,
    ) -> Calendar:
        """Build it from the working days of each published year."""
        working = frozenset(day for days in years.values() for day in days)
        return cls(frozenset(years), working, tuple(hours), closing_ends_law_days)

    def knows(self, first: date, last: date) -> bool:
        """Is every year from the one of ``first`` to the one of ``last`` published?"""
        return all(year in self.years for year in range(first.year, last.year + 1))

    def is_working_day(self, day: date) -> bool | None:
        """Tell whether ``day`` is a working day; None if its year is not published."""
        return day in self.working if day.year in self.years else None

    def is_open(self, at: datetime) -> bool | None:
        """Tell whether ``at`` lies in business hours, both ends included; None if unknown."""
        local = at.astimezone(SHANGHAI)
        working = self.is_working_day(local.date())
        clock = local.time()
        return working and any(opens <= clock <= closes for opens, closes in self.hours)

    @cached_property
    def day_length(self) -> timedelta:
        return sum((_span(opens, closes) for opens, closes in self.hours), timedelta())

    def position(self, at: datetime) -> timedelta:
        """Return the working time from the first published day to ``at``."""
        local = at.astimezone(SHANGHAI)
        whole = bisect_left(self._days, local.date()) * self.day_length
        return whole + self._since_opening(local.time()) if local.date() in self.working else whole

    def at_position(self, position: timedelta) -> datetime | None:
        """Return the earliest moment with that much working time before it; None beyond the end."""
        index, rest = divmod(position, self.day_length)
        if not rest and index:
            index, rest = index - 1, self.day_length
        if index >= len(self._days):
            return None
        return _moment(self._days[index], self._after_opening(rest))

    def working_day_after(self, day: date, count: int) -> date | None:
        """Return the ``count``-th working day after ``day``, that day itself not counted."""
        index = bisect_right(self._days, day) + count - 1
        if index >= len(self._days):
            return None
        found = self._days[index]
        return found if self.knows(day + _DAY, found) else None

    def working_days_between(self, day: date, last: date) -> int | None:
        """Count the working days after ``day`` up to and including ``last``."""
        if last <= day:
            return 0
        if not self.knows(day + _DAY, last):
            return None
        return bisect_right(self._days, last) - bisect_right(self._days, day)

    def closing(self) -> time:
        return self.hours[-1][1]

    def _since_opening(self, clock: time) -> timedelta:
        return sum(
            (_span(opens, min(clock, closes)) for opens, closes in self.hours if clock > opens), timedelta()
        )

    def _after_opening(self, rest: timedelta) -> time:
        """Turn working time since the day's opening into a time of the day."""
        for opens, closes in self.hours:
            length = _span(opens, closes)
            if rest <= length:
                return (datetime.combine(date.min, opens) + rest).time()
            rest -= length
        raise ValueError("A day has no more working time than its business hours.")


def due(start: datetime, limit: Limit, calendar: Calendar) -> datetime | None:
    """Return when ``limit`` ends if it starts at ``start``; None: 期限待定."""
    return _DUE[limit.unit](start, limit.amount, calendar)


def due_with_pauses(
    start: datetime, limit: Limit, pauses: Iterable[Pause], calendar: Calendar
) -> datetime | None:
    """Return when ``limit`` ends if the time of ``pauses`` does not count; None: 期限待定.

    Pauses follow each other and do not overlap; one that begins when the limit has
    already ended changes nothing. With day units a pause adds the days from the day
    it begins (not counted) to the day it ends: a pause within one day adds none.
    An open pause has no place here: a clock that stands has no due date.
    """
    ordered = _in_order(pauses)
    if limit.unit in _STEPS:
        return _run(start, limit, ordered, calendar)
    extra = 0
    for pause in ordered:
        end = due(start, Limit(limit.amount + extra, limit.unit), calendar)
        if end is None or pause.starts_at >= end:
            return end
        days = _days_between(max(pause.starts_at, start), max(pause.ends_at, start), limit.unit, calendar)
        if days is None:
            return None
        extra += days
    return due(start, Limit(limit.amount + extra, limit.unit), calendar)


def replay(events: Iterable[tuple[str, datetime]]) -> tuple[list[Pause], datetime | None]:
    """Turn ``("pause", at)`` and ``("resume", at)`` into pauses; also: since when it stands now.

    A second pause while it stands and a resume while it runs change nothing.
    """
    pauses: list[Pause] = []
    since: datetime | None = None
    for name, at in events:
        if name == "pause" and since is None:
            since = at
        elif name == "resume" and since is not None:
            pauses.append(Pause(since, at))
            since = None
    return pauses, since


def elapsed(start: datetime, end: datetime, unit: str, calendar: Calendar) -> int | None:
    """Return how many whole units have passed from ``start`` to ``end``; None if a year is unknown.

    A day counts when it is over: at the end of business for working days, at 24:00 for others.
    """
    if end <= start:
        return 0
    if unit in _STEPS:
        passed = _passed(start, end, unit, calendar)
        return None if passed is None else passed // _STEPS[unit]
    if unit == WORK_DAYS:
        return _working_days_over(start, end, calendar)
    return max(0, (_day(end) - _day(start)).days - 1)


def _due_by_work_minutes(start: datetime, amount: int, calendar: Calendar) -> datetime | None:
    return _after_work(start, amount * _STEPS[WORK_MINUTES], calendar)


def _after_work(start: datetime, amount: timedelta, calendar: Calendar) -> datetime | None:
    found = calendar.at_position(calendar.position(start) + amount)
    if found is None or not calendar.knows(_day(start), _day(found)):
        return None
    return found


def _due_by_minutes(start: datetime, amount: int, _calendar: Calendar) -> datetime:
    return start.astimezone(UTC) + amount * _STEPS[MINUTES]


def _due_by_hours(start: datetime, amount: int, _calendar: Calendar) -> datetime:
    return start.astimezone(UTC) + amount * _STEPS[HOURS]


def _due_by_work_days(start: datetime, amount: int, calendar: Calendar) -> datetime | None:
    last = calendar.working_day_after(_day(start), amount)
    return None if last is None else _moment(last, calendar.closing())


def _due_by_natural_days(start: datetime, amount: int, _calendar: Calendar) -> datetime:
    return _end_of(_day(start) + amount * _DAY)


def _due_by_law_days(start: datetime, amount: int, calendar: Calendar) -> datetime | None:
    last = _day(start) + amount * _DAY
    if calendar.is_working_day(last) is not True:
        # Civil Code 203: a last day that is a holiday moves to the day after the holiday.
        moved = calendar.working_day_after(last - _DAY, 1)
        if moved is None:
            return None
        last = moved
    return _moment(last, calendar.closing()) if calendar.closing_ends_law_days else _end_of(last)


_DUE = {
    WORK_MINUTES: _due_by_work_minutes,
    MINUTES: _due_by_minutes,
    HOURS: _due_by_hours,
    WORK_DAYS: _due_by_work_days,
    NATURAL_DAYS: _due_by_natural_days,
    LAW_DAYS: _due_by_law_days,
}


def _run(start: datetime, limit: Limit, pauses: Sequence[Pause], calendar: Calendar) -> datetime | None:
    """Let the clock run between the pauses until the limit is used up."""
    left = limit.amount * _STEPS[limit.unit]
    for pause in pauses:
        if pause.starts_at > start:
            passed = _passed(start, pause.starts_at, limit.unit, calendar)
            if passed is None or passed >= left:
                break
            left -= passed
        start = max(start, pause.ends_at)
    return _after_work(start, left, calendar) if limit.unit == WORK_MINUTES else start.astimezone(UTC) + left


def _passed(start: datetime, end: datetime, unit: str, calendar: Calendar) -> timedelta | None:
    if unit != WORK_MINUTES:
        return end - start
    if not calendar.knows(_day(start), _day(end)):
        return None
    return calendar.position(end) - calendar.position(start)


def _days_between(start: datetime, end: datetime, unit: str, calendar: Calendar) -> int | None:
    if unit == WORK_DAYS:
        return calendar.working_days_between(_day(start), _day(end))
    return (_day(end) - _day(start)).days


def _working_days_over(start: datetime, end: datetime, calendar: Calendar) -> int | None:
    last = _day(end)
    if end < _moment(last, calendar.closing()):
        last -= _DAY
    return calendar.working_days_between(_day(start), last)


def _in_order(pauses: Iterable[Pause]) -> list[Pause]:
    ordered = sorted(pauses, key=lambda pause: (pause.starts_at, pause.ends_at))
    for sooner, later in pairwise(ordered):
        if later.starts_at < sooner.ends_at:
            raise ValueError("Pauses cannot overlap.")
    return ordered


def _day(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()


def _moment(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, SHANGHAI).astimezone(UTC)


def _end_of(day: date) -> datetime:
    """24:00, which is 00:00 of the day after."""
    return _moment(day + _DAY, _MIDNIGHT)


def _span(opens: time, closes: time) -> timedelta:
    return datetime.combine(date.min, closes) - datetime.combine(date.min, opens)
