"""The demand as four counties know it, driven through pages by people signed in."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from linli.apps.requests.flow import FLOW
from linli.kernel.cases import jobs
from linli.kernel.cases.models import Assignment
from linli.kernel.cases.queries.codes import tracking_code
from linli.kernel.figures import queries as figures
from linli.kernel.journal import services as journal
from linli.kernel.journal.queries import history_of
from linli.kernel.notices.models import Notice
from linli.kernel.rulebook.models import Proposal
from tests.acceptance.conftest import count
from tests.world import TEN, a_person, a_world

pytestmark = pytest.mark.django_db
SORTED = {"sort": "shared", "reason": "common_part"}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(TEN) as clock:
        yield clock


def events(case):
    return [event.name.removeprefix("request.") for event in history_of("case", case.pk)]


def track(hands, case):
    return hands.page(f"/t/{tracking_code(case.pk)}", "stranger")


def rate(hands, case, status=302, **said):
    case.refresh_from_db()
    sent = {"version": case.version, "solved": "yes", "satisfied": "good"} | said
    response = hands.of("stranger").post(f"/t/{tracking_code(case.pk)}/rate", sent)
    assert response.status_code == status
    case.refresh_from_db()
    return case


# C-01, 万山区


@pytest.mark.entry("C-01")
def test_a_demand_cannot_be_finished_unsorted(hands):
    hands = hands(a_world("wanshan"))
    case = hands.report()
    tried = {}
    for step in set(FLOW.steps) - {"raise", "sort", "refuse", "protect"}:
        data = {
            "words": "办好了",
            "solved": "yes",
            "satisfied": "good",
            "desk": str(hands.world.desks["property"].pk),
        }
        case.refresh_from_db()
        response = hands.of("community").post(
            f"/desk/cases/{case.pk}/{step}", {"version": case.version, **data}
        )
        tried[step] = response.status_code

    case.refresh_from_db()
    assert set(tried.values()) <= {403, 409}
    assert len(tried) == len(FLOW.steps) - 4
    assert (case.state, case.closed_at, events(case)) == ("submitted", None, ["raise"])


@pytest.mark.entry("C-01")
def test_what_is_somebodys_own_affair_calls_no_department(hands):
    hands = hands(a_world("wanshan"))
    case = hands.report()
    hands.take(
        case, "sort", "community", sort="own", reason="household", words="自家的灯泡，可以请物业上门换。"
    )
    count()

    while journal.consume("notices", now=TEN):
        continue

    assert case.state == "advised"
    assert case.holder_id == hands.world.desks["community"].pk
    assert Assignment.objects.count() == 0
    told = set(Notice.objects.filter(to_kind="desk").values_list("to_id", flat=True))
    assert told == {hands.world.desks["community"].pk}
    hands.take(case, "whistle", "community", status=409, words="来")
    hands.take(case, "dispatch", "community", status=409)
    assert "可以请物业上门换" in track(hands, case)


@pytest.mark.entry("C-01")
def test_sorting_anew_is_recorded_with_the_reason(hands):
    hands = hands(a_world("wanshan"))
    case = hands.report()
    hands.take(case, "sort", "community", **SORTED)
    hands.take(case, "resort", "community", sort="public", reason="law", words="路灯归城管，改为公家事。")

    last = list(history_of("case", case.pk))[-1]
    assert (last.name, last.data["sort"], last.data["before"], last.data["reason"]) == (
        "request.resort", "public", "shared", "law",
    )  # fmt: skip
    page = hands.page(f"/desk/cases/{case.pk}", "community")
    assert "重新分了流" in page
    assert "路灯归城管，改为公家事。" in page


# C-03, 雷山县


def ordered(hands):
    """Order, taken, served: the resident has only to judge."""
    case = hands.report()
    assert case.state == "dispatched"
    hands.take(case, "accept", "property")
    return hands.take(case, "resolve", "property", words="换好了灯泡")


@pytest.mark.entry("C-03")
def test_an_order_ends_only_with_the_residents_rating(hands):
    hands = hands(a_world("leishan"))
    case = ordered(hands)
    assert (case.state, case.closed_at) == ("replied", None)
    hands.take(case, "rate", "property", status=403, solved="yes", satisfied="good")

    rate(hands, case)
    assert (case.state, case.closed_how) == ("closed", "solved")
    assert events(case) == ["raise", "accept", "resolve", "rate"]


@pytest.mark.entry("C-03")
def test_after_the_waiting_time_it_ends_as_not_rated_and_says_so(hands, clock):
    hands = hands(a_world("leishan"))
    case = ordered(hands)
    clock.move_to(case.due_at - timedelta(minutes=1))
    assert jobs.deadlines(case.due_at - timedelta(minutes=1)) == 0
    clock.move_to(case.due_at + timedelta(minutes=1))
    assert jobs.deadlines(case.due_at + timedelta(minutes=1)) == 1

    waited = case.due_at
    case.refresh_from_db()
    assert waited - TEN >= timedelta(days=7)
    assert (case.state, case.closed_how) == ("closed", "not_rated")
    assert "到期没有评价" in track(hands, case)


@pytest.mark.entry("C-03")
def test_the_dispatch_step_is_switched_on_and_off_by_two_people(hands):
    world = a_world("leishan")
    world.people["editor"] = a_person(world, "editor", "rule_editor", world.county)
    world.people["approver"] = a_person(world, "approver", "rule_approver", world.county)
    here = hands(world)
    assert here.report().state == "dispatched"

    change_dispatch(here, ["rating", "dispatching"])
    case = here.report("二栋楼道灯不亮")
    assert case.state == "sorted"  # waits for somebody to dispatch it
    here.take(case, "dispatch", "community")
    assert case.state == "dispatched"

    change_dispatch(here, ["rating"])
    assert here.report("一栋楼道灯不亮").state == "dispatched"


def change_dispatch(hands, switches):
    sent = {"label": "四单", "on": switches, "valid_from": TEN.date().isoformat(), "basis": "县里的文件", "choose_hand": "dispatch",
            "choose_confirm": "check", "data": 'reopen_days = 15\ncounts_at = "resolve"\n'}  # fmt: skip
    address = f"/desk/rules/profile.request/propose?place={hands.world.county.pk}"
    assert hands.of("editor").post(address, sent).status_code == 302
    proposal = Proposal.objects.latest("made_at", "id")
    own = hands.of("editor").post(f"/desk/rules/proposals/{proposal.pk}/approve")
    assert own.status_code == 403
    assert hands.of("approver").post(f"/desk/rules/proposals/{proposal.pk}/approve").status_code == 302


# C-05, 德江县


@pytest.mark.entry("C-05")
def test_an_order_handed_to_a_unit_has_two_acceptances_a_verification_and_a_reply(hands):
    hands = hands(a_world("dejiang"))
    case = hands.report("路面积水，雨水排不出")
    unit = hands.world.desks["department:urban"]
    hands.take(case, "dispatch", "community", desk=str(hands.world.desks["street"].pk))
    hands.take(case, "accept", "street")
    hands.take(case, "hand_over", "street", desk=str(unit.pk))
    hands.take(case, "resolve", "department:urban", status=409, words="清了")
    hands.take(case, "accept_unit", "department:urban")
    hands.take(case, "resolve", "department:urban", status=409, words="清了")
    hands.take(case, "verify", "department:urban", words="门口积水十厘米")
    hands.take(case, "resolve", "department:urban", words="疏通了雨水口")
    assert (case.closed_at, case.state) == (None, "checked")
    hands.take(case, "rate", "department:urban", status=409, solved="yes", satisfied="good")
    hands.take(case, "reply", "department:urban", words="雨水口已疏通，请您看看。")

    stamps = [
        (event.name, event.data.get("desk"))
        for event in history_of("case", case.pk)
        if "accept" in event.name
    ]
    assert stamps == [
        ("request.accept", str(hands.world.desks["street"].pk)),
        ("request.accept_unit", str(unit.pk)),
    ]
    assert events(case).count("verify") == 1
    assert (case.state, case.closed_how) == ("closed", "handled")
    assert "雨水口已疏通，请您看看。" in track(hands, case)


# C-07, 剑河县


@pytest.mark.entry("C-07")
def test_what_is_claimed_and_done_counts_nought_before_the_party_organisation_approves(hands):
    hands = hands(a_world("jianhe"))
    case = hands.report("帮老人搬花盆")
    hands.take(case, "publish", "community")
    assert case.number in hands.page("/desk/", "members")
    hands.take(case, "claim", "members")
    hands.take(case, "resolve", "members", words="搬好了")
    assert done_in(hands.world) == 0
    hands.take(case, "approve", "members", status=403)
    hands.take(case, "approve", "party")

    assert done_in(hands.world) == 1


@pytest.mark.entry("C-07")
def test_what_is_returned_goes_back_to_the_claimer_with_the_reason(hands):
    hands = hands(a_world("jianhe"))
    case = hands.report("帮老人搬花盆")
    hands.take(case, "publish", "community")
    hands.take(case, "claim", "members")
    hands.take(case, "resolve", "members", words="搬好了")
    hands.take(case, "redo", "party", words="还差两盆没搬")

    assert (case.state, case.holder_id) == ("handling", hands.world.desks["members"].pk)
    assert "还差两盆没搬" in hands.page(f"/desk/cases/{case.pk}", "members")
    assert done_in(hands.world) == 0


def done_in(world):
    count(TEN)
    return figures.total("requests.done", world.community.path, figures.last_days(1, TEN))


# C-13, 旺家社区


@pytest.mark.entry("C-13")
def test_minutes_to_arrival_are_recorded_and_the_months_median_is_shown(hands, clock):
    hands = hands(a_world("wanshan"))
    for minutes in (5, 12, 40):
        clock.move_to(TEN)
        case = hands.report(f"三栋楼道灯不亮 {minutes}")
        hands.take(case, "sort", "community", **SORTED)
        hands.take(case, "dispatch", "community")
        hands.take(case, "accept", "property")
        clock.move_to(TEN + timedelta(minutes=minutes))
        hands.take(case, "arrive", "property")
        arrival = next(event for event in history_of("case", case.pk) if event.name == "request.arrive")
        assert arrival.data["minutes"] == minutes
        assert not {"lon", "lat"} & set(arrival.data)
    clock.move_to(TEN + timedelta(hours=2))
    count(TEN + timedelta(hours=2))

    page = hands.page("/desk/figures", "supervisor")
    card = page.split("到场用时（3 月中位数）")[1][:300]
    assert ">12" in card
    assert "分钟" in card
    assert case.number in hands.page("/desk/figures/requests.arrival", "supervisor")
