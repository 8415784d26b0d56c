"""What must hold for every start, amount and pause."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.worktime import (
    HOURS,
    LAW_DAYS,
    MINUTES,
    NATURAL_DAYS,
    SHANGHAI,
    UNITS,
    WORK_DAYS,
    WORK_MINUTES,
    Limit,
    Pause,
    due,
    due_with_pauses,
    elapsed,
)
from tests.foundation.workdays import CALENDAR

starts = st.datetimes(  # hypothesis wants the bounds without a zone
    datetime.fromisoformat("2025-01-01"), datetime.fromisoformat("2026-06-30"), timezones=st.just(SHANGHAI)
)
units = st.sampled_from(UNITS)
amounts = st.integers(1, 60)
minutes = st.integers(0, 5000)


@st.composite
def pauses(draw: st.DrawFn, start: datetime) -> list[Pause]:
    edges = [start]
    for _ in range(2 * draw(st.integers(0, 4))):
        edges.append(edges[-1] + timedelta(minutes=draw(minutes)))
    return [Pause(sooner, later) for sooner, later in list(pairwise(edges[1:]))[::2]]


@given(starts, minutes, amounts, units)
def test_a_later_start_is_never_due_sooner(start: datetime, later: int, amount: int, unit: str) -> None:
    first = due(start, Limit(amount, unit), CALENDAR)
    second = due(start + timedelta(minutes=later), Limit(amount, unit), CALENDAR)
    assert first is not None
    assert second is not None
    assert first <= second


@given(starts, amounts, units)
def test_a_longer_limit_is_never_due_sooner(start: datetime, amount: int, unit: str) -> None:
    shorter = due(start, Limit(amount, unit), CALENDAR)
    longer = due(start, Limit(amount + 1, unit), CALENDAR)
    assert shorter is not None
    assert longer is not None
    assert start < shorter <= longer
    if unit != LAW_DAYS:  # two last days may both move to the same working day
        assert shorter < longer


@given(starts, amounts, st.sampled_from([WORK_MINUTES, WORK_DAYS]))
def test_what_is_counted_in_working_time_is_due_in_business_hours(
    start: datetime, amount: int, unit: str
) -> None:
    found = due(start, Limit(amount, unit), CALENDAR)
    assert found is not None
    assert CALENDAR.is_open(found) is True


@given(starts, amounts)
def test_a_law_period_ends_on_a_working_day(start: datetime, amount: int) -> None:
    found = due(start, Limit(amount, LAW_DAYS), CALENDAR)
    assert found is not None
    last = (found - timedelta(microseconds=1)).astimezone(SHANGHAI).date()
    assert CALENDAR.is_working_day(last) is True


@given(starts, amounts, st.sampled_from([WORK_MINUTES, MINUTES, HOURS, WORK_DAYS, NATURAL_DAYS]))
def test_what_has_elapsed_when_it_is_due_is_the_limit(start: datetime, amount: int, unit: str) -> None:
    found = due(start, Limit(amount, unit), CALENDAR)
    assert found is not None
    assert elapsed(start, found, unit, CALENDAR) == amount
    assert elapsed(start, found - timedelta(microseconds=1), unit, CALENDAR) == amount - 1


@given(st.data(), starts, amounts, st.sampled_from([WORK_MINUTES, MINUTES, HOURS]))
def test_replaying_pauses_is_the_same_as_letting_the_clock_run_piece_by_piece(
    data: st.DataObject, start: datetime, amount: int, unit: str
) -> None:
    stops = data.draw(pauses(start))
    assert due_with_pauses(start, Limit(amount, unit), stops, CALENDAR) == _piecewise(
        start, amount, unit, stops
    )


@given(st.data(), starts, amounts, units)
def test_a_pause_never_makes_it_due_sooner_and_the_order_they_are_told_in_does_not_matter(
    data: st.DataObject, start: datetime, amount: int, unit: str
) -> None:
    stops = data.draw(pauses(start))
    limit = Limit(amount, unit)
    known = [due_with_pauses(start, limit, stops[:count], CALENDAR) for count in range(len(stops) + 1)]
    assert known[0] == due(start, limit, CALENDAR)
    assert all(
        sooner is not None and later is not None and sooner <= later for sooner, later in pairwise(known)
    )
    assert due_with_pauses(start, limit, stops[::-1], CALENDAR) == known[-1]


@given(st.data(), starts, amounts, units)
def test_the_due_date_after_each_event_depends_on_the_events_so_far_alone(
    data: st.DataObject, start: datetime, amount: int, unit: str
) -> None:
    """A pause that begins after the due date computed so far leaves it as it is."""
    stops = data.draw(pauses(start))
    so_far = due(start, Limit(amount, unit), CALENDAR)
    for count, pause in enumerate(stops, 1):
        after = due_with_pauses(start, Limit(amount, unit), stops[:count], CALENDAR)
        assert so_far is not None
        if pause.starts_at >= so_far:
            assert after == so_far
        so_far = after


def _piecewise(start: datetime, amount: int, unit: str, stops: list[Pause]) -> datetime | None:
    """Count window by window of business hours: the slow way, without positions."""
    step = timedelta(minutes=1) if unit != HOURS else timedelta(hours=1)
    left = amount * step
    for pause in stops:
        run = _ran(start, pause.starts_at, unit)
        if run >= left:
            break
        left, start = left - run, pause.ends_at
    return _after(start, left, unit)


def _ran(start: datetime, end: datetime, unit: str) -> timedelta:
    if unit != WORK_MINUTES:
        return end - start
    return sum((_overlap(start, end, *window) for window in _windows(start, end)), timedelta())


def _after(start: datetime, left: timedelta, unit: str) -> datetime:
    if unit != WORK_MINUTES:
        return start + left
    for opens, closes in _windows(start, start + timedelta(days=40)):
        length = _overlap(start, closes, opens, closes)
        if length and left <= length:
            return max(start, opens) + left
        left -= length
    raise AssertionError("forty days hold more than sixty working minutes")


def _windows(start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    day, found = start.date(), []
    while day <= end.astimezone(SHANGHAI).date():
        if day in CALENDAR.working:
            found += [
                (datetime.combine(day, opens, SHANGHAI), datetime.combine(day, closes, SHANGHAI))
                for opens, closes in CALENDAR.hours
            ]
        day += timedelta(days=1)
    return found


def _overlap(start: datetime, end: datetime, opens: datetime, closes: datetime) -> timedelta:
    return max(timedelta(), min(end, closes) - max(start, opens))
