"""What `linli verify` says of cases: where they are, and the desks called to them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from linli.foundation.rules import IMPORT
from linli.kernel.cases import jobs
from linli.kernel.cases.models import Assignment, Case
from linli.kernel.cases.verify import CALL_GONE, CALLED_OTHERWISE, ELSEWHERE, LATE_TOO_EARLY, NEVER_CALLED
from linli.kernel.journal.queries import history_of
from linli.kernel.journal.verify import run
from linli.kernel.places import services as places
from tests.world import TEN, a_world

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
WHY = {"reason": "no_show", "words": "催了三次没有来。"}


@pytest.fixture
def world():
    return a_world("wanshan")


def desk(world, key):
    return str(world.desks[f"department:{key}"].pk)


def whistled(world):
    case = world.raise_case()
    world.take(case, "sort", "community", sort="shared", reason="common_part")
    world.take(case, "dispatch", "community")
    world.take(case, "accept", "property")
    return world.take(
        case,
        "whistle",
        "property",
        lead=desk(world, "water"),
        co=[desk(world, "urban")],
        words="请来看主管。",
    )


def found():
    return [(one.sentence, one.where) for one in run(["cases.calls", "cases.ground"]).findings]


def test_calls_can_be_recounted_from_the_events_whatever_became_of_them(world):
    case = whistled(world)
    world.take(case, "arrive", "department:water", TEN + HOUR)
    world.take(case, "finish", "department:water", TEN + 2 * HOUR)
    world.take(case, "call_off", "property", TEN + 3 * HOUR, desk=desk(world, "urban"), **WHY)
    world.take(
        case, "whistle", "property", TEN + 4 * HOUR, lead=desk(world, "urban"), co=[], words="还是请来。"
    )
    jobs.calls(TEN + timedelta(days=30))

    report = run(["cases.calls", "cases.ground"])

    assert report.findings == []
    assert report.counts == {"calls": 3, "paths of cases": 1}
    assert Assignment.objects.exclude(overdue_at=None).count() == 1
    assert [bool(event.data.get("calls")) for event in history_of("case", case.pk)] == [False] * 4 + [
        True
    ] * 5


@pytest.mark.parametrize(
    "changed",
    [
        {"part": "co"}, {"called_at": TEN + HOUR}, {"arrive_by": None}, {"due_at": TEN}, {"arrived_at": TEN},
        {"done_at": TEN + HOUR}, {"called_off_at": TEN}, {"called_off_why": "no_show"}, {"round": 2}, {"county": "520602"},
    ],
)  # fmt: skip
def test_a_call_that_was_changed_is_found(world, changed):
    whistled(world)
    call = Assignment.objects.get(part="lead")
    Assignment.objects.filter(pk=call.pk).update(**changed)
    assert found() == [(CALLED_OTHERWISE, str(call.pk))]


def test_a_call_that_is_gone_and_one_that_was_never_made_are_found(world):
    case, quiet = whistled(world), world.raise_case()
    gone = Assignment.objects.get(part="co").pk
    Assignment.objects.filter(pk=gone).delete()
    invented = [
        Assignment.objects.create(
            case=one,
            county=one.county,
            path=one.path,
            desk_id=world.desks["protected"].pk,
            part="co",
            called_at=TEN,
        ).pk
        for one in (case, quiet)
    ]
    assert found() == [(CALL_GONE, str(gone)), *((NEVER_CALLED, str(pk)) for pk in invented)]


def test_a_call_marked_overdue_before_it_was_due_is_found(world):
    whistled(world)
    call = Assignment.objects.get(part="lead")
    Assignment.objects.filter(pk=call.pk).update(overdue_at=TEN)
    assert found() == [(LATE_TOO_EARLY, str(call.pk))]


def test_a_case_moved_to_other_ground_is_found_and_one_that_moved_with_its_place_is_not(world):
    case = whistled(world)
    other = places.add_place(
        level="community", name="新社区", parent_id=world.street.pk, now=TEN, actor=IMPORT
    )
    before = case.path
    places.move(place_id=world.grid.pk, parent_id=other.pk, now=TEN, actor=IMPORT)
    case.refresh_from_db()
    assert case.path != before
    assert found() == []

    Case.objects.filter(pk=case.pk).update(path=world.grid2.path)
    assert found() == [(ELSEWHERE, case.number)] * 3  # the case, and both calls differ from it now
