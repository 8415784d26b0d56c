"""A suspension has an end: asked for, approved, shown, and taken by the clock on its day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from linli.foundation.errors import InvalidInput
from linli.kernel.cases import api, jobs
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import showing
from linli.kernel.cases.queries.codes import tracking_code
from linli.kernel.journal import services as journal
from linli.kernel.journal.queries import history_of
from linli.kernel.notices.models import Notice
from tests.kernel.people.builders import signed_in
from tests.proofs import replay
from tests.world import TEN, a_world, full_practice

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 3, 16)
NINE_ON_MONDAY = datetime(2026, 3, 16, 1, 0, tzinfo=UTC)  # business opens at nine in Shanghai
WHY = "等配件到货。"


@pytest.fixture
def world():
    world = a_world("wanshan")
    full_practice(world)
    return world


def handled(world, now=TEN, **data):
    case = world.raise_case(now=now, **data)
    world.take(case, "sort", "community", now, sort="shared", reason="common_part")
    world.take(case, "dispatch", "community", now)
    return world.take(case, "accept", "property", now)


def suspended(world, now=TEN, **granted):
    case = handled(world, now)
    world.take(case, "ask_suspension", "property", now, words=WHY, until=MONDAY.isoformat())
    return world.take(case, "approve_suspension", "community", now, words="配件周一到。", **granted)


def test_a_suspension_ends_by_itself_when_business_opens_on_its_day(world):
    case = suspended(world)
    assert (case.state, case.paused_since, case.resume_at) == ("suspended", TEN, NINE_ON_MONDAY)

    assert jobs.resumptions(NINE_ON_MONDAY - timedelta(seconds=1)) == 0
    assert jobs.resumptions(NINE_ON_MONDAY) == 1
    assert jobs.resumptions(NINE_ON_MONDAY) == 0

    case = Case.objects.get(pk=case.pk)
    last = history_of("case", case.pk).last()
    assert (case.state, case.paused_since, case.resume_at) == ("handling", None, None)
    assert (last.name, last.by_kind) == ("request.resume", "clock")
    # Thursday, Friday and Monday did not count: two working days from Wednesday end on the next Wednesday.
    assert case.due_at == datetime(2026, 3, 18, 9, 30, tzinfo=UTC)
    events = list(history_of("case", case.pk))
    assert (case.due_at, case.due_pending) == replay.expected(events, replay.Rules.stored())


def test_who_asks_names_a_day(world):
    case = handled(world)

    with pytest.raises(InvalidInput):
        world.take(case, "ask_suspension", "property", words=WHY)


@pytest.mark.parametrize("day", ["2026-03-11", "2026-03-10", "0001-01-01"])
def test_the_day_lies_ahead(world, day):
    case = handled(world)

    with pytest.raises(InvalidInput, match="要在今天以后"):
        world.take(case, "ask_suspension", "property", words=WHY, until=day)


@pytest.mark.parametrize("day", ["2026-03-26", "9999-12-31"])
def test_the_day_lies_within_the_longest_that_the_rulebook_allows(world, day):
    case = handled(world)

    with pytest.raises(InvalidInput, match="最晚到2026年3月25日"):
        world.take(case, "ask_suspension", "property", words=WHY, until=day)
    taken = world.take(case, "ask_suspension", "property", words=WHY, until="2026-03-25")
    assert taken.state == "asked"


@pytest.mark.parametrize(
    "day", ["明天", "2026/03/16", {"not": "a day"}, ["2026-03-16", "2026-03-17"], "\x00", 5]
)
def test_what_is_no_day_is_refused(world, day):
    case = handled(world)

    with pytest.raises(InvalidInput):
        world.take(case, "ask_suspension", "property", words=WHY, until=day)


def test_who_approves_may_name_another_day(world):
    case = suspended(world, until="2026-03-13")  # the Friday before the Monday that was asked for

    assert case.resume_at == datetime(2026, 3, 13, 1, 0, tzinfo=UTC)
    assert history_of("case", case.pk).last().data["until"] == "2026-03-13"


def test_approved_after_the_day_it_was_asked_for_it_needs_another(world):
    case = handled(world)
    world.take(case, "ask_suspension", "property", words=WHY, until="2026-03-12")
    later = TEN + timedelta(days=1)

    with pytest.raises(InvalidInput, match="要在今天以后"):
        world.take(case, "approve_suspension", "community", later, words="同意。")
    case = world.take(case, "approve_suspension", "community", later, words="同意。", until="2026-03-13")
    assert case.resume_at == datetime(2026, 3, 13, 1, 0, tzinfo=UTC)


def test_without_a_calendar_the_longest_is_counted_in_days_of_the_year(world):
    eve = datetime(2026, 12, 30, 2, 0, tzinfo=UTC)
    case = handled(world, eve)

    with pytest.raises(InvalidInput, match="最晚到2027年1月9日"):
        world.take(case, "ask_suspension", "property", eve, words=WHY, until="2027-01-10")
    world.take(case, "ask_suspension", "property", eve, words=WHY, until="2027-01-09")


def test_resumed_by_hand_before_its_day_the_clock_has_nothing_left_to_do(world):
    case = suspended(world)
    case = world.take(case, "resume", "property", TEN + timedelta(hours=1))

    assert (case.resume_at, jobs.resumptions(NINE_ON_MONDAY)) == (None, 0)


def test_what_turns_out_to_be_protected_while_suspended_is_not_resumed(world):
    case = suspended(world)
    world.take(case, "protect", "property", words="其实是家里动手。")

    assert jobs.resumptions(NINE_ON_MONDAY) == 0
    assert Case.objects.get(pk=case.pk).resume_at is None


def test_resident_and_desk_see_until_when_and_why(world, client):
    case = suspended(world)

    assert showing.qa_of(case, TEN)["due"].words == "停到3月16日"
    page = client.get(f"/t/{tracking_code(case.pk)}").text
    assert "3月16日" in page
    assert "配件周一到。" in page
    assert "3月16日" in signed_in(world.people["property"]).get(f"/desk/cases/{case.pk}").text
    assert api.case_out(case)["resume_at"] == "2026-03-16T01:00:00.000Z"


def test_when_the_clock_goes_on_desk_and_reporter_are_told(world):
    case = suspended(world)
    jobs.resumptions(NINE_ON_MONDAY)
    while journal.sequence(TEN):
        continue
    while journal.consume("notices", now=TEN):
        continue

    told = set(
        Notice.objects.filter(template__endswith=".resume").values_list("template", "to_kind", "to_id")
    )
    assert told == {
        ("desk.resume", "desk", world.desks["property"].pk),
        ("request.resume", "case", case.pk),
    }
