"""A year without a calendar, a clock set back a day or forward four hundred: nothing guessed, nothing revived."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from linli.foundation.paths import ROOT
from linli.foundation.rules import Actor
from linli.kernel.cases import api, jobs
from linli.kernel.cases.models import Assignment, Case
from linli.kernel.cases.queries import showing
from linli.kernel.cases.queries.codes import tracking_code
from linli.kernel.figures.models import Counted
from linli.kernel.journal import services as journal
from linli.kernel.journal.queries import history_of
from linli.kernel.notices.models import Notice
from linli.kernel.people.models import Post
from linli.kernel.rulebook import services as rulebook
from linli.shell import reactions
from tests.proofs import replay
from tests.world import TEN, a_person, a_world

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NEW_YEARS_EVE = datetime(2026, 12, 31, 9, 0, tzinfo=UTC)  # half past business: two hours run into 2027
WORDS = "看过了。"


def working_2027() -> list[date]:
    days = (date(2027, 1, 1) + n * DAY for n in range(365))
    return [day for day in days if day.isoweekday() <= 5 and day != date(2027, 1, 1)]


@pytest.fixture
def world():
    world = a_world("default")
    world.people["admin"] = a_person(world, "admin", "system_admin", world.county)
    Post.objects.filter(account=world.people["admin"]).update(
        place_id=None, path=ROOT
    )  # a post without a place
    return world


def told(world, template):
    return Notice.objects.filter(to_id=world.people["admin"].pk, template=template, channel="inbox").count()


def test_a_deadline_in_a_year_without_a_calendar_stays_open_until_it_is_published(world, client):
    case = world.raise_case(now=NEW_YEARS_EVE)

    assert (case.due_at, case.due_pending, case.state) == (None, True, "submitted")
    assert showing.qa_of(case, NEW_YEARS_EVE)["due"].words == "期限待定"
    page = client.get(f"/t/{tracking_code(case.pk)}")
    assert (page.status_code, "期限待定" in page.text) == (200, True)
    answer = api.case_out(case)
    assert (answer["due_at"], answer["due_pending"]) == (None, True)
    assert jobs.deadlines(NEW_YEARS_EVE + 400 * DAY) == 0

    for _ in range(3):
        assert reactions.tell_pending(NEW_YEARS_EVE) == 1
    assert told(world, "rulebook.calendar_missing") == 1

    by = Actor("person", world.people["admin"].pk)
    rulebook.publish_calendar(
        year=2027, days=working_2027(), source="国务院办公厅通知", by=by, now=NEW_YEARS_EVE + DAY
    )

    case.refresh_from_db()
    events = list(history_of("case", case.pk))
    assert [event.name for event in events] == ["request.raise", "request.schedule"]
    assert (case.due_at, case.due_pending) == replay.expected(events, replay.Rules.stored())
    # Half an hour of the two is left of 2026 (17:00 to 17:30); the rest ends on Monday the 4th at 10:30.
    assert case.due_at == datetime(2027, 1, 4, 2, 30, tzinfo=UTC)
    assert told(world, "rulebook.published") == 1


def test_intake_goes_on_through_a_year_without_a_calendar(world):
    later = [NEW_YEARS_EVE + n * DAY for n in (1, 30, 200)]
    found = [world.raise_case(now=now) for now in later]

    assert [(case.due_at, case.due_pending) for case in found] == [(None, True)] * 3
    world.take(found[0], "sort", "community", later[0], sort="public", reason="law")
    assert Case.objects.get(pk=found[0].pk).state == "sorted"


JUMPS = [-1 * DAY, timedelta(hours=2), 400 * DAY]


@pytest.mark.parametrize("jump", JUMPS)
def test_case_numbers_go_up_whatever_the_clock_does(world, jump):
    numbers = [world.raise_case(now=now).number for now in (TEN, TEN + jump, TEN, TEN + jump)]

    assert numbers == sorted(set(numbers))


def at_work(world, now=TEN):
    case = world.raise_case(now=now)
    world.take(case, "sort", "community", now, sort="public", reason="law")
    world.take(case, "dispatch", "community", now)
    return world.take(case, "accept", "property", now)


def test_a_clock_set_back_a_day_makes_no_duration_negative(world):
    before = TEN - DAY
    case = at_work(world)
    world.take(case, "whistle", "property", TEN, lead=str(world.desks["department:water"].pk), words=WORDS)
    world.take(case, "arrive", "property", before)
    world.take(case, "arrive", "department:water", before)
    world.take(case, "finish", "department:water", before)
    world.take(case, "ask_suspension", "property", TEN, words=WORDS, until="2026-03-13")
    world.take(case, "approve_suspension", "community", TEN, words=WORDS)
    case = world.take(case, "resume", "property", before)
    assert [(a <= b) for a, b in case.pauses] == [True]
    world.take(case, "ask_suspension", "property", before, words=WORDS, until="2026-03-13")
    world.take(case, "approve_suspension", "community", before, words=WORDS)
    case = world.take(
        case, "resume", "property", before
    )  # a second pause, which begins before the first one ended

    assert all(a <= b for a, b in case.pauses)
    assert case.pauses[0][1] <= case.pauses[1][0]
    events = list(history_of("case", case.pk))
    assert [event.data["minutes"] for event in events if event.name == "request.arrive"] == [0, 0]
    assert [event.version for event in events] == list(range(1, len(events) + 1))
    journal.sequence(TEN)
    journal.consume("figures", now=TEN)
    assert (
        min(Counted.objects.filter(figure__startswith="requests.arrival").values_list("value", flat=True))
        == 0
    )
    lines = showing.qa_of(case, before)
    assert "-" not in lines["lasted"]
    assert all("-" not in str(hand["used"]) for hand in showing.hands_of(case, before))


def test_what_was_overdue_stays_so_when_the_clock_goes_back(world):
    case = at_work(world)
    jobs.deadlines(TEN + 400 * DAY)
    case.refresh_from_db()
    version, late = case.version, history_of("case", case.pk).filter(name="request.overdue").count()
    assert late == 1

    for now in (TEN, TEN - DAY):
        assert jobs.deadlines(now) == 0

    case.refresh_from_db()
    assert (case.version, case.closed_at) == (version, None)


def test_what_has_lapsed_is_not_rated_when_the_clock_goes_back(world):
    case = at_work(world)
    world.take(case, "resolve", "property", words=WORDS)
    world.take(case, "check", "community")
    world.take(case, "reply", "community", words=WORDS)
    jobs.deadlines(TEN + 400 * DAY)
    case.refresh_from_db()
    assert (case.state, case.closed_how) == ("closed", "not_rated")

    with pytest.raises(Exception, match="情况已经变了"):
        world.take(case, "rate", "reporter", TEN, solved="yes", satisfied="good")


def test_an_untouched_matter_climbs_desk_by_desk_and_stops_at_the_top(world):
    case = world.raise_case()
    world.take(case, "sort", "community", sort="public", reason="law")
    case = world.take(case, "dispatch", "community", desk=str(world.desks["grid"].pk))
    holders, now = [case.holder_id], TEN
    for _ in range(8):
        now += 3 * DAY
        jobs.deadlines(now)
        case.refresh_from_db()
        if case.holder_id != holders[-1]:
            holders.append(case.holder_id)

    names = {desk.pk: key for key, desk in world.desks.items()}
    assert [names[holder] for holder in holders] == ["grid", "community", "street", "county"]
    assert case.overdue_at is not None
    assert history_of("case", case.pk).filter(name="request.escalate").count() == 3


def test_calls_end_with_their_case(world):
    case = at_work(world)
    world.take(case, "whistle", "property", lead=str(world.desks["department:water"].pk), words=WORDS)
    world.take(case, "protect", "property", words=WORDS)

    assert jobs.calls(TEN + 30 * DAY) == 0
    assert Assignment.objects.get(case=case).overdue_at is None
