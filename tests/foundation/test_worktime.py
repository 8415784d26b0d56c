"""Working time by example: each expected date was counted by hand."""

from __future__ import annotations

from datetime import date, time

import pytest

from linli.foundation.worktime import (
    HOURS,
    LAW_DAYS,
    MINUTES,
    NATURAL_DAYS,
    UNITS,
    WORK_DAYS,
    WORK_MINUTES,
    Calendar,
    Limit,
    Pause,
    due,
    due_with_pauses,
    elapsed,
    replay,
)
from tests.foundation.workdays import CALENDAR, at, local, weekdays


def due_at(start: str, amount: int, unit: str) -> str | None:
    return local(due(at(start), Limit(amount, unit), CALENDAR))


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-01-05 09:00", 120, "2026-01-05 11:00"),
        ("2026-01-05 11:00", 120, "2026-01-05 14:00"),  # over the noon break
        ("2026-01-05 11:00", 60, "2026-01-05 12:00"),  # to the end of the morning, not to 13:00
        ("2026-01-05 16:30", 120, "2026-01-06 10:00"),  # over the night
        ("2026-01-05 12:30", 30, "2026-01-05 13:30"),  # from within the break
        ("2026-01-05 20:00", 30, "2026-01-06 09:30"),  # from the evening
        ("2026-01-09 17:00", 60, "2026-01-12 09:30"),  # over a weekend
        ("2025-12-31 17:00", 60, "2026-01-04 09:30"),  # over new year to a Sunday that is worked
        ("2026-01-05 09:00", 450, "2026-01-05 17:30"),  # one whole day
        ("2026-01-05 09:00", 451, "2026-01-06 09:01"),
    ],
)
def test_working_minutes_run_only_in_business_hours(start: str, minutes: int, end: str) -> None:
    assert due_at(start, minutes, WORK_MINUTES) == end


def test_hours_and_minutes_by_the_clock_run_day_and_night() -> None:
    assert due_at("2026-01-01 23:50", 12, HOURS) == "2026-01-02 11:50"
    assert due_at("2026-01-01 23:50", 30, MINUTES) == "2026-01-02 00:20"


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-01-05 16:00", 1, "2026-01-06 17:30"),
        ("2026-01-05 00:00", 5, "2026-01-12 17:30"),
        ("2026-01-01 10:00", 1, "2026-01-04 17:30"),  # the Sunday that is worked
        ("2025-12-31 10:00", 3, "2026-01-06 17:30"),
        ("2026-01-10 10:00", 1, "2026-01-12 17:30"),  # from a Saturday
    ],
)
def test_working_days_end_with_business_and_do_not_count_the_first_day(
    start: str, days: int, end: str
) -> None:
    assert due_at(start, days, WORK_DAYS) == end


def test_a_make_up_saturday_is_a_working_day_as_the_law_example_counts_it() -> None:
    # Accepted Friday the 1st, 5 working days; Monday the 4th off, Saturday the 9th worked: due that Saturday.
    days = {*weekdays(2025), date(2025, 8, 9)} - {date(2025, 8, 4)}
    calendar = Calendar.of({2025: days})
    assert local(due(at("2025-08-01 16:00"), Limit(5, WORK_DAYS), calendar)) == "2025-08-09 17:30"
    plain = Calendar.of({2025: weekdays(2025)})
    assert local(due(at("2025-08-01 16:00"), Limit(5, WORK_DAYS), plain)) == "2025-08-08 17:30"


def test_natural_days_end_at_midnight_whatever_day_it_is() -> None:
    assert due_at("2026-01-05 08:00", 5, NATURAL_DAYS) == "2026-01-11 00:00"  # 24:00 of Saturday the 10th


def test_a_law_period_that_ends_on_a_holiday_ends_on_the_next_working_day() -> None:
    assert due_at("2026-01-05 08:00", 4, LAW_DAYS) == "2026-01-10 00:00"  # Friday the 9th, 24:00
    assert due_at("2026-01-05 08:00", 5, LAW_DAYS) == "2026-01-13 00:00"  # Saturday moves to Monday the 12th
    assert (
        due_at("2025-12-27 08:00", 5, LAW_DAYS) == "2026-01-05 00:00"
    )  # new year moves to Sunday the 4th, worked


def test_a_law_period_ends_with_business_where_business_ends() -> None:
    calendar = Calendar.of({2026: weekdays(2026)}, closing_ends_law_days=True)
    assert local(due(at("2026-01-05 08:00"), Limit(5, LAW_DAYS), calendar)) == "2026-01-12 17:30"


@pytest.mark.parametrize(
    ("start", "amount", "unit"),
    [
        ("2026-12-31 17:00", 31, WORK_MINUTES),
        ("2026-12-31 10:00", 1, WORK_DAYS),
        ("2026-12-28 10:00", 4, LAW_DAYS),  # the last day is the first of January: nothing is guessed
        ("2027-03-01 10:00", 1, WORK_DAYS),
        ("2024-12-31 10:00", 30, WORK_MINUTES),  # the year before is not published either
    ],
)
def test_a_clock_that_runs_into_an_unpublished_year_has_no_due_date(
    start: str, amount: int, unit: str
) -> None:
    assert due_at(start, amount, unit) is None


@pytest.mark.parametrize("unit", [HOURS, MINUTES, NATURAL_DAYS])
def test_clocks_that_ask_no_calendar_run_in_any_year(unit: str) -> None:
    assert due_at("2030-03-01 10:00", 5, unit) is not None


def test_the_last_minute_of_the_last_published_year_is_still_known() -> None:
    assert due_at("2026-12-31 17:00", 30, WORK_MINUTES) == "2026-12-31 17:30"
    assert due_at("2026-12-30 17:00", 1, WORK_DAYS) == "2026-12-31 17:30"


def test_a_gap_between_published_years_is_not_jumped_over() -> None:
    calendar = Calendar.of({2024: weekdays(2024), 2026: weekdays(2026)})
    assert due(at("2024-12-31 10:00"), Limit(1, WORK_DAYS), calendar) is None
    assert due(at("2024-12-31 17:00"), Limit(60, WORK_MINUTES), calendar) is None


def test_a_day_begins_at_midnight_in_shanghai_not_in_greenwich() -> None:
    assert due_at("2026-01-06 00:30", 1, WORK_DAYS) == "2026-01-07 17:30"  # the 5th, 16:30 in UTC


def test_a_pause_adds_only_working_time() -> None:
    pause = Pause(at("2026-01-05 11:00"), at("2026-01-05 14:00"))  # one hour before noon, one after
    found = due_with_pauses(at("2026-01-05 10:00"), Limit(120, WORK_MINUTES), [pause], CALENDAR)
    assert local(found) == "2026-01-05 15:00"


def test_a_pause_in_the_night_adds_nothing() -> None:
    pause = Pause(at("2026-01-05 18:00"), at("2026-01-06 08:00"))
    found = due_with_pauses(at("2026-01-05 17:00"), Limit(120, WORK_MINUTES), [pause], CALENDAR)
    assert local(found) == "2026-01-06 10:30"


@pytest.mark.parametrize(
    ("unit", "end"),
    [(WORK_DAYS, "2026-01-14 17:30"), (NATURAL_DAYS, "2026-01-13 00:00"), (LAW_DAYS, "2026-01-13 00:00")],
)
def test_a_pause_adds_its_days_to_a_limit_in_days(unit: str, end: str) -> None:
    pause = Pause(at("2026-01-07 10:00"), at("2026-01-09 16:00"))  # Wednesday to Friday: two days
    assert local(due_with_pauses(at("2026-01-05 10:00"), Limit(5, unit), [pause], CALENDAR)) == end


def test_a_pause_after_the_end_changes_nothing() -> None:
    pause = Pause(at("2026-01-08 10:00"), at("2026-01-20 10:00"))
    for limit in (Limit(1, WORK_DAYS), Limit(60, WORK_MINUTES), Limit(3, HOURS)):
        start = at("2026-01-05 10:00")
        assert due_with_pauses(start, limit, [pause], CALENDAR) == due(start, limit, CALENDAR)


@pytest.mark.parametrize(
    ("limit", "end"),
    [
        (Limit(60, WORK_MINUTES), "2026-01-07 12:00"),
        (Limit(1, HOURS), "2026-01-07 12:00"),
        (Limit(1, WORK_DAYS), "2026-01-08 17:30"),  # the pause adds one day, the 7th
        (Limit(1, NATURAL_DAYS), "2026-01-09 00:00"),
    ],
)
def test_only_what_lies_after_the_start_of_a_pause_that_began_before_it_counts(
    limit: Limit, end: str
) -> None:
    pause = Pause(at("2026-01-02 10:00"), at("2026-01-07 11:00"))
    assert local(due_with_pauses(at("2026-01-06 10:00"), limit, [pause], CALENDAR)) == end


@pytest.mark.parametrize("unit", UNITS)
def test_a_pause_that_was_over_before_the_start_changes_nothing(unit: str) -> None:
    pause, start = Pause(at("2026-01-02 10:00"), at("2026-01-05 11:00")), at("2026-01-06 10:00")
    assert due_with_pauses(start, Limit(2, unit), [pause], CALENDAR) == due(start, Limit(2, unit), CALENDAR)


def test_a_pause_that_begins_at_the_very_moment_it_is_due_is_too_late() -> None:
    start, limit = at("2026-01-05 10:00"), Limit(1, WORK_DAYS)
    pause = Pause(at("2026-01-06 17:30"), at("2026-01-09 10:00"))
    assert due_with_pauses(start, limit, [pause], CALENDAR) == due(start, limit, CALENDAR)


def test_overlapping_pauses_are_refused() -> None:
    pauses = [
        Pause(at("2026-01-05 10:00"), at("2026-01-05 12:00")),
        Pause(at("2026-01-05 11:00"), at("2026-01-05 13:00")),
    ]
    with pytest.raises(ValueError, match="overlap"):
        due_with_pauses(at("2026-01-05 09:00"), Limit(1, HOURS), pauses, CALENDAR)


def test_events_become_pauses_and_a_second_pause_while_it_stands_is_none() -> None:
    a, b, c, d = (at(f"2026-01-05 1{n}:00") for n in range(4))
    events = [("resume", a), ("pause", a), ("pause", b), ("accept", b), ("resume", c), ("pause", d)]
    assert replay(events) == ([Pause(a, c)], d)


@pytest.mark.parametrize(
    ("start", "end", "unit", "passed"),
    [
        ("2026-01-05 09:00", "2026-01-06 10:00", WORK_MINUTES, 510),
        ("2026-01-05 17:30", "2026-01-06 09:00", WORK_MINUTES, 0),
        ("2026-01-05 09:00", "2026-01-05 10:59", HOURS, 1),
        ("2026-01-05 09:00", "2026-01-06 17:29", WORK_DAYS, 0),
        ("2026-01-05 09:00", "2026-01-06 17:30", WORK_DAYS, 1),
        ("2026-01-09 09:00", "2026-01-11 23:00", WORK_DAYS, 0),
        ("2026-01-05 09:00", "2026-01-06 23:59", NATURAL_DAYS, 0),
        ("2026-01-05 09:00", "2026-01-07 00:00", NATURAL_DAYS, 1),
        ("2026-01-06 09:00", "2026-01-05 09:00", HOURS, 0),
    ],
)
def test_elapsed_counts_what_is_over(start: str, end: str, unit: str, passed: int) -> None:
    assert elapsed(at(start), at(end), unit, CALENDAR) == passed


def test_elapsed_is_unknown_where_the_calendar_is() -> None:
    assert elapsed(at("2026-12-31 09:00"), at("2027-01-05 09:00"), WORK_MINUTES, CALENDAR) is None
    assert elapsed(at("2026-12-31 09:00"), at("2027-01-05 09:00"), WORK_DAYS, CALENDAR) is None


@pytest.mark.parametrize(("amount", "unit"), [(0, HOURS), (-1, HOURS), (1.5, HOURS), (1, "weeks")])
def test_a_limit_is_a_whole_number_of_a_known_unit(amount: int, unit: str) -> None:
    with pytest.raises(ValueError, match=r"limit|unit"):
        Limit(amount, unit)


@pytest.mark.parametrize("hours", [(), ((time(12), time(9)),), ((time(9), time(12)), (time(11), time(17)))])
def test_business_hours_that_overlap_or_run_backwards_are_refused(
    hours: tuple[tuple[time, time], ...],
) -> None:
    with pytest.raises(ValueError, match="Business hours"):
        Calendar.of({2026: weekdays(2026)}, hours)


def test_a_working_day_of_an_unpublished_year_is_refused() -> None:
    with pytest.raises(ValueError, match="not published"):
        Calendar.of({2026: [date(2027, 1, 4)]})
