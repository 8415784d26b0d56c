"""撤回吹哨: a unit that never comes does not hold up what it was called to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from linli.foundation.errors import InvalidInput, NotAllowed
from linli.kernel.cases import jobs
from linli.kernel.cases import queries as cases
from linli.kernel.cases.models import Assignment
from linli.kernel.cases.queries import showing
from linli.kernel.journal import services as journal
from linli.kernel.journal.queries import history_of
from linli.kernel.notices.models import Notice
from tests.kernel.people.builders import signed_in
from tests.world import TEN, a_world, full_practice

pytestmark = pytest.mark.django_db
WHY = {"reason": "no_show", "words": "催了三次没有来。"}


@pytest.fixture
def world():
    world = a_world("wanshan")
    full_practice(world)
    return world


def whistled(world, now=TEN, co=()):
    case = world.raise_case(now=now)
    world.take(case, "sort", "community", now, sort="shared", reason="common_part")
    world.take(case, "dispatch", "community", now)
    world.take(case, "accept", "property", now)
    called = {"lead": desk(world, "department:water"), "co": [desk(world, key) for key in co]}
    return world.take(case, "whistle", "property", now, **called, words="请来看主管。")


def desk(world, key):
    return str(world.desks[key].pk)


def test_called_off_a_unit_no_longer_holds_up_the_end(world):
    case = whistled(world)
    with pytest.raises(NotAllowed, match="还有单位没办完"):
        world.take(case, "resolve", "property", words="好了。")

    world.take(case, "call_off", "property", desk=desk(world, "department:water"), **WHY)

    call = Assignment.objects.get(case=case)
    assert (call.standing, call.called_off_at, call.called_off_why) == ("called_off", TEN, "no_show")
    event = history_of("case", case.pk).last()
    assert (event.name, event.data["called_off"], event.data["reason"], event.data["desk"]) == (
        "request.call_off", desk(world, "department:water"), "no_show", desk(world, "property"),
    )  # fmt: skip
    assert "note" in event.data
    assert world.take(case, "resolve", "property", words="自己办好了。").state == "resolved"


def test_the_others_go_on(world):
    case = whistled(world, co=["department:urban"])

    world.take(case, "call_off", "property", desk=desk(world, "department:urban"), **WHY)

    with pytest.raises(NotAllowed, match="还有单位没办完"):
        world.take(case, "resolve", "property", words="好了。")
    standing = {call.part: call.standing for call in Assignment.objects.filter(case=case)}
    assert standing == {"lead": "called", "co": "called_off"}


def test_only_who_holds_it_calls_off_and_says_why(world):
    case = whistled(world)
    off = {"desk": desk(world, "department:water")}

    for who in ("department:water", "department:urban", "community", "supervisor", "reporter", "clock"):
        with pytest.raises(NotAllowed):
            world.take(case, "call_off", who, **off, **WHY)
    for less in ({"words": "不来。"}, {"reason": "no_show"}, {"reason": "bored", "words": "不来。"}):
        with pytest.raises(InvalidInput):
            world.take(case, "call_off", "property", **off, **less)


def test_nobody_can_be_called_off_who_was_not_called_or_is_done(world):
    case = whistled(world)
    with pytest.raises(InvalidInput):
        world.take(case, "call_off", "property", desk=desk(world, "department:urban"), **WHY)

    world.take(case, "finish", "department:water")
    with pytest.raises(NotAllowed, match="没有还没办完的单位"):
        world.take(case, "call_off", "property", desk=desk(world, "department:water"), **WHY)


def test_after_it_was_called_off_a_unit_reports_nothing_and_can_be_called_again(world):
    case = whistled(world)
    off = {"desk": desk(world, "department:water")}
    world.take(case, "call_off", "property", **off, **WHY)

    with pytest.raises(NotAllowed):
        world.take(case, "finish", "department:water")
    assert cases.called_to(world.viewer("department:water")) == []
    world.take(case, "whistle", "property", lead=off["desk"], words="还是要请您来。")
    assert [call.standing for call in Assignment.objects.filter(case=case).order_by("id")] == [
        "called_off", "called",
    ]  # fmt: skip


def test_the_unit_is_told_and_sees_that_it_was_called_off_and_why(world):
    case = whistled(world)
    world.take(case, "call_off", "property", desk=desk(world, "department:water"), **WHY)
    while journal.sequence(TEN):
        continue
    while journal.consume("notices", now=TEN):
        continue

    told = Notice.objects.filter(template="desk.call_off", channel="inbox")
    assert [(one.to_kind, str(one.to_id)) for one in told] == [("desk", desk(world, "department:water"))]
    hand = showing.hands_of(case, TEN)[0]
    assert (hand["task"], hand["due"]) == ("已撤回：一直没有到场", None)
    page = signed_in(world.people["department:water"]).get(f"/desk/cases/{case.pk}")
    assert (page.status_code, "已撤回：一直没有到场" in page.text, WHY["words"] in page.text) == (
        200,
        True,
        False,
    )


def test_who_supervises_finds_the_calls_that_are_late(world):
    late = whistled(world, co=["department:urban"])
    fine = whistled(world)
    Assignment.objects.filter(case=fine).update(due_at=TEN + timedelta(days=90))
    jobs.calls(TEN + timedelta(days=10))
    world.take(late, "call_off", "property", desk=desk(world, "department:urban"), **WHY)

    above = signed_in(world.people["supervisor"])
    page = above.get("/desk/cases?state=late_calls")
    assert [row["number"] for row in page.context["rows"]] == [late.number]
    assert page.context["rows"][0]["more"] == "吹哨超期：万山区department:water台"
    assert "吹哨超期：万山区department:water台" in page.text
    assert signed_in(world.people["grid2"]).get("/desk/cases?state=late_calls").context["rows"] == []

    world.take(late, "call_off", "property", desk=desk(world, "department:water"), **WHY)
    assert above.get("/desk/cases?state=late_calls").context["rows"] == []
