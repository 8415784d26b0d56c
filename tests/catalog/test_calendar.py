"""The shipped working days against three sources."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from pathlib import Path

import chinese_calendar
import pytest

from linli.foundation.worktime import SHANGHAI, WORK_DAYS, Limit, due
from tests.catalog.shipped import shipped, shipped_calendar
from tests.shared import SHARED

CALENDAR = shipped_calendar()


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def wrong(vectors: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the vectors "n working days after a day" that we compute differently."""
    return [row for row in vectors if _due_on(row["start_date"], int(row["workdays"])) != row["due_date"]]


def _due_on(start: str, days: int) -> str | None:
    found = due(datetime.fromisoformat(f"{start}T10:00+08:00"), Limit(days, WORK_DAYS), CALENDAR)
    return found.astimezone(SHANGHAI).date().isoformat() if found else None


def test_a_sample_of_the_vectors_is_met() -> None:
    sample = rows(Path(__file__).with_name("add_workdays_sample.csv"))
    assert len(sample) == 119
    assert wrong(sample) == []


@pytest.mark.shared
def test_every_vector_is_met() -> None:
    vectors = rows(SHARED / "calendar/sla_add_workdays_vectors.csv")
    assert len(vectors) == 4788
    assert wrong(vectors) == []


@pytest.mark.shared
def test_every_day_of_2025_and_2026_is_as_three_sources_agree() -> None:
    days = rows(SHARED / "calendar/cn_workdays_2025_2026.csv")
    assert len(days) == 730
    found = {day["date"]: CALENDAR.is_working_day(date.fromisoformat(day["date"])) for day in days}
    assert found == {day["date"]: day["is_workday"] == "1" for day in days}


def test_every_day_from_2004_to_2026_is_as_in_chinesecalendar() -> None:
    day, differing = date(2004, 1, 1), []
    while day.year < 2027:
        if CALENDAR.is_working_day(day) is not chinese_calendar.is_workday(day):
            differing.append(day)
        day += timedelta(days=1)
    assert differing == []


def test_2027_is_not_published_and_not_guessed() -> None:
    assert CALENDAR.years == frozenset(range(2004, 2027))
    assert CALENDAR.is_working_day(date(2027, 1, 1)) is None
    assert _due_on("2026-12-30", 1) == "2026-12-31"
    assert _due_on("2026-12-31", 1) is None


@pytest.mark.parametrize("year", range(2004, 2027))
def test_each_year_names_the_notice_it_rests_on(year: int) -> None:
    file = shipped(f"calendar/{year}.toml")
    assert file["key"] == f"calendar.{year}"
    assert file["valid_from"] == date(year, 1, 1)
    assert f"国务院办公厅关于{year}年部分节假日安排的通知" in file["basis"]
