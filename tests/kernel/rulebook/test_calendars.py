"""Publishing a year, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from linli.foundation.errors import InvalidInput
from linli.foundation.worktime import WORK_DAYS, Limit, due
from linli.kernel.journal.models import Event
from linli.kernel.rulebook import queries, registry, services
from linli.kernel.rulebook.models import RuleSet
from tests.kernel.rulebook.builders import ANNA, BEN, NOW, TODAY, a_world

pytestmark = pytest.mark.django_db
NOTICE = "国务院办公厅关于2027年部分节假日安排的通知（测试用的假通知）"
LAST_DAY = datetime(2026, 12, 31, 2, tzinfo=UTC)


@pytest.fixture
def told() -> Iterator[list[tuple[int, bool]]]:
    """The years whose publication was told, and whether the calendar already had them."""
    kept, seen = list(registry.LISTENERS), []
    registry.LISTENERS.clear()
    services.on_published(lambda year, _now: seen.append((year, year in queries.calendar().years)))
    yield seen
    registry.LISTENERS[:] = kept


def days_of(year: int, *, but: set[date] | None = None) -> list[date]:
    all_days = (date(year, 1, 1) + timedelta(n) for n in range(365))
    return [day for day in all_days if day.isoweekday() <= 5 and day not in (but or set())]


def test_before_publication_a_clock_into_the_year_has_no_due_date_and_afterwards_it_has() -> None:
    services.load_catalog(now=NOW)
    assert not queries.is_published(2027)
    assert due(LAST_DAY, Limit(1, WORK_DAYS), queries.calendar()) is None
    days = days_of(2027, but={date(2027, 1, 1)})
    rule = services.publish_calendar(year=2027, days=days, source=NOTICE, by=ANNA, now=NOW)
    assert queries.is_published(2027)
    assert due(LAST_DAY, Limit(1, WORK_DAYS), queries.calendar()) == datetime(2027, 1, 4, 9, 30, tzinfo=UTC)
    assert (rule.origin, rule.made_by, rule.approved_by, rule.basis) == ("published", ANNA.id, None, NOTICE)
    assert rule.data == {"off": {"2027-01-01": "放假"}, "work": {}}


def test_make_up_days_are_kept() -> None:
    days = [*days_of(2027, but={date(2027, 1, 1)}), date(2027, 1, 9)]
    rule = services.publish_calendar(year=2027, days=days, source=NOTICE, by=ANNA, now=NOW)
    assert rule.data["work"] == {"2027-01-09": "调休上班"}
    assert queries.calendar().working == frozenset(days)


def test_who_waits_for_a_calendar_is_told_in_the_same_transaction(told: list[tuple[int, bool]]) -> None:
    days = days_of(2027)
    services.publish_calendar(year=2027, days=days[:-1], source=NOTICE, by=ANNA, now=NOW)
    assert told == [(2027, True)]


def test_a_correction_is_a_new_version_and_is_told_too(told: list[tuple[int, bool]]) -> None:
    for but in ({date(2027, 1, 1)}, {date(2027, 1, 1), date(2027, 1, 4)}):
        services.publish_calendar(year=2027, days=days_of(2027, but=but), source=NOTICE, by=ANNA, now=NOW)
    assert told == [(2027, True), (2027, True)]
    assert list(RuleSet.objects.filter(key="calendar.2027").values_list("version", flat=True)) == [1, 2]
    assert queries.calendar().is_working_day(date(2027, 1, 4)) is False
    names = Event.objects.filter(subject_kind="rule").values_list("name", flat=True)
    assert list(names) == ["rulebook.publish_calendar"] * 2


def test_a_calendar_may_also_be_proposed_and_approved(told: list[tuple[int, bool]]) -> None:
    proposal = services.propose(
        key="calendar.2027", place_id=None, valid_from=date(2027, 1, 1), basis=NOTICE, actor=ANNA, now=NOW,
        data={"off": {"2027-01-01": "元旦"}, "work": {}},
    )  # fmt: skip
    assert told == []
    services.approve(proposal_id=proposal.id, actor=BEN, now=NOW)
    assert told == [(2027, True)]


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        ([*days_of(2027), date(2028, 1, 3)], "2027年之内"),
        (days_of(2027)[:200], "有200个工作日"),
        ([date(2027, 1, 1) + timedelta(n) for n in range(365)], "有365个工作日"),
    ],
)
def test_a_calendar_that_cannot_be_right_is_refused(days: list[date], sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        services.publish_calendar(year=2027, days=days, source=NOTICE, by=ANNA, now=NOW)
    assert not queries.is_published(2027)


def test_a_calendar_is_one_for_the_whole_country() -> None:
    world = a_world()
    with pytest.raises(InvalidInput, match="全国一样"):
        services.propose(
            key="calendar.2027", place_id=world.county.id, valid_from=date(2027, 1, 1), basis=NOTICE, actor=ANNA,
            now=NOW, data={"off": {"2027-01-01": "元旦"}, "work": {}},
        )  # fmt: skip


def test_a_calendar_holds_the_days_of_the_year_it_is_named_after() -> None:
    with pytest.raises(InvalidInput, match="2027年的日历里有别的年份"):
        services.propose(
            key="calendar.2027", place_id=None, valid_from=date(2027, 1, 1), basis=NOTICE, actor=ANNA,
            now=NOW, data={"off": {"2028-01-03": "元旦"}, "work": {}},
        )  # fmt: skip


def test_business_hours_are_those_of_the_place() -> None:
    world = a_world()
    services.load_catalog(now=NOW)
    proposal = services.propose(
        key="worktime", place_id=world.county.id, valid_from=TODAY, basis="作息通知", actor=ANNA, now=NOW,
        data={"hours": [["08:30", "12:00"], ["14:30", "18:00"]], "law_days_end": "closing"},
    )  # fmt: skip
    services.approve(proposal_id=proposal.id, actor=BEN, now=NOW)
    assert queries.calendar(world.community.path, TODAY).closing().isoformat() == "18:00:00"
    assert queries.calendar(world.community.path, TODAY).closing_ends_law_days is True
    assert queries.calendar(world.other.path, TODAY).closing().isoformat() == "17:30:00"
    assert queries.calendar().years == queries.calendar(world.community.path, TODAY).years


def test_a_calendar_is_built_once() -> None:
    services.load_catalog(now=NOW)
    assert queries.calendar() is queries.calendar()
