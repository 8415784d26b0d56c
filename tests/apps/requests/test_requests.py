"""What becomes of a request: sorted, returned, whistled, suspended, checked, judged, done again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from linli.foundation.errors import InvalidInput, NotAllowed, WrongState
from linli.kernel.cases import jobs, services
from linli.kernel.cases.models import Assignment, Case
from linli.kernel.journal import services as journal
from linli.kernel.journal.queries import history_of
from tests.world import TEN, a_world, full_practice, seat

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    world = a_world("wanshan")
    full_practice(world)
    return world


def names(case):
    return [event.name.removeprefix("request.") for event in history_of("case", case.pk)]


def handled(world, **data):
    """A request that the property desk is doing."""
    case = world.raise_case(**data)
    world.take(case, "sort", "community", sort="shared", reason="common_part")
    world.take(case, "dispatch", "community")
    return world.take(case, "accept", "property")


def replied(world):
    case = handled(world)
    world.take(case, "resolve", "property", words="换好了。")
    world.take(case, "check", "community")
    return world.take(case, "reply", "community", words="灯亮了，您看看。")


def test_what_is_somebodys_own_is_advised_and_never_reaches_a_department(world):
    case = world.raise_case(text="楼上漏水滴到我家")

    case = world.take(
        case, "sort", "community", sort="own", reason="household", words="先请楼上一起关阀试水。"
    )

    assert (case.state, case.holder_id) == ("advised", world.desks["community"].pk)
    with pytest.raises(WrongState):
        world.take(case, "dispatch", "community")


def test_an_own_matter_can_be_contested_once_to_a_person_one_level_up(world):
    case = world.raise_case(text="楼上漏水滴到我家")
    world.take(case, "sort", "community", sort="own", reason="household", words="请自行商量。")

    case = world.take(case, "contest", "reporter", words="是主管漏水，不是一家的事。")
    assert (case.state, case.holder_id, case.round) == ("submitted", world.desks["street"].pk, 2)

    world.take(case, "sort", "street", sort="own", reason="household", words="看过了，是支管。")
    with pytest.raises(NotAllowed, match="已经提过一次"):
        world.take(case, "contest", "reporter", words="再提一次。")


def test_a_return_names_a_reason_and_a_desk_and_reaches_one_level_up(world):
    case = world.raise_case()
    world.take(case, "sort", "community", sort="shared", reason="common_part")
    world.take(case, "dispatch", "community")

    case = world.take(
        case,
        "return",
        "property",
        reason="not_ours",
        desk=str(world.desks["department:urban"].pk),
        words="归城管。",
    )

    assert (case.state, case.holder_id) == ("returned", world.desks["community"].pk)
    event = history_of("case", case.pk).last()
    assert event.data["proposed"] == str(world.desks["department:urban"].pk)
    case = world.take(case, "redirect", "community", desk=str(world.desks["department:urban"].pk))
    assert (case.state, case.holder_id) == ("dispatched", world.desks["department:urban"].pk)


def test_a_whistle_calls_a_lead_and_others_each_on_a_clock_of_its_own(world):
    case = handled(world)
    water, urban = world.desks["department:water"], world.desks["department:urban"]

    case = world.take(
        case, "whistle", "property", lead=str(water.pk), co=[str(urban.pk)], words="请来看主管。"
    )

    calls = {call.desk_id: call for call in Assignment.objects.filter(case=case)}
    assert {desk: call.part for desk, call in calls.items()} == {water.pk: "lead", urban.pk: "co"}
    assert all(call.due_at > call.arrive_by > TEN for call in calls.values())
    with pytest.raises(NotAllowed, match="还有单位没办完"):
        world.take(case, "resolve", "property", words="好了。")

    for who in ("department:water", "department:urban"):
        world.take(case, "arrive", who, now=TEN + timedelta(minutes=12))
        world.take(case, "finish", who, words="查过了。")
    assert [call.standing for call in Assignment.objects.filter(case=case)] == ["done", "done"]
    case = world.take(case, "resolve", "property", words="三家都办完了。")
    assert case.state == "resolved"


def test_a_unit_that_was_not_called_cannot_report_arrival(world):
    case = handled(world)

    with pytest.raises(NotAllowed):
        world.take(case, "arrive", "department:water")


def test_a_desk_in_the_county_can_be_called_twice_only_after_it_is_done(world):
    case = handled(world)
    water = str(world.desks["department:water"].pk)
    world.take(case, "whistle", "property", lead=water, words="请来。")

    with pytest.raises(InvalidInput, match="已经在场"):
        world.take(case, "whistle", "property", lead=water, words="再来。")


def test_the_doer_does_not_check_their_own_work(world):
    case = handled(world)
    case = world.take(case, "resolve", "property", words="换好了。")
    assert case.holder_id == world.desks["community"].pk

    with pytest.raises(NotAllowed):
        world.take(case, "check", "property")
    case = world.take(case, "check", "community")
    assert case.state == "checked"


def test_where_there_are_checkers_they_check_and_the_desk_above_answers(world):
    seat(world, "check", world.street, "quality_checker")
    with transaction.atomic():
        journal.bump("desks")
    case = handled(world)
    case = world.take(case, "resolve", "property", words="换好了。")
    assert case.holder_id == world.desks["check"].pk

    with pytest.raises(NotAllowed):
        world.take(case, "check", "community")
    case = world.take(case, "redo", "check", words="还差一个灯罩。")
    assert case.holder_id == world.desks["property"].pk
    world.take(case, "resolve", "property", words="灯罩也装了。")
    case = world.take(case, "check", "check")
    assert (case.state, case.holder_id) == ("checked", world.desks["community"].pk)
    assert world.take(case, "reply", "community", words="修好了。").state == "replied"


def test_checkers_do_not_come_between_where_the_party_organisation_confirms():
    world = a_world("jianhe")
    seat(world, "check", world.street, "quality_checker")
    with transaction.atomic():
        journal.bump("desks")
    case = world.raise_case()
    world.take(case, "publish", "community")
    world.take(case, "claim", "members")
    assert world.take(case, "resolve", "members", words="好了。").holder_id == world.desks["community"].pk


def test_sent_back_it_lies_with_the_same_desk_and_says_why(world):
    case = handled(world)
    world.take(case, "resolve", "property", words="换好了。")

    case = world.take(case, "redo", "community", words="二楼还不亮。")

    assert (case.state, case.holder_id) == ("handling", world.desks["property"].pk)


def test_solved_and_satisfied_are_asked_apart_and_a_good_answer_closes(world):
    case = replied(world)

    case = world.take(case, "rate", "reporter", solved="yes", satisfied="fair")

    assert (case.state, case.closed_how) == ("closed", "solved")
    assert history_of("case", case.pk).last().data["solved"] is True
    assert history_of("case", case.pk).last().data["satisfied"] == "fair"


@pytest.mark.parametrize(("solved", "satisfied"), [("no", "good"), ("yes", "bad")])
def test_a_bad_answer_starts_a_new_round_at_a_person_one_level_up(world, solved, satisfied):
    case = replied(world)

    case = world.take(case, "rate", "reporter", solved=solved, satisfied=satisfied, words="还是不亮。")

    assert (case.state, case.round, case.closed_at) == ("returned", 2, None)
    assert case.holder_id == world.desks["community"].pk


def test_nobody_but_the_reporter_rates(world):
    case = replied(world)

    with pytest.raises(NotAllowed):
        world.take(case, "rate", "community", solved="yes", satisfied="good")


def test_not_rated_in_time_it_ends_and_says_so(world):
    case = replied(world)
    later = case.due_at + timedelta(minutes=1)

    assert jobs.deadlines(later) == 1

    case.refresh_from_db()
    assert (case.state, case.closed_how) == ("closed", "not_rated")


def test_reopened_within_its_days_it_reaches_a_person_and_not_after(world):
    case = replied(world)
    case = world.take(case, "rate", "reporter", solved="yes", satisfied="good")

    with pytest.raises(NotAllowed, match="已经过了"):
        world.take(case, "reopen", "reporter", now=TEN + timedelta(days=16), words="又坏了。")
    case = world.take(case, "reopen", "reporter", now=TEN + timedelta(days=14), words="又坏了。")

    assert (case.state, case.round, case.closed_how) == ("returned", 2, "")
    assert case.holder_id == world.desks["community"].pk


def test_overdue_is_said_and_climbs_by_itself(world):
    case = handled(world)
    late = case.due_at + timedelta(minutes=1)

    jobs.deadlines(late)

    case.refresh_from_db()
    assert names(case)[-2:] == ["overdue", "escalate"]
    assert (case.state, case.holder_id) == ("dispatched", world.desks["community"].pk)


def test_escalated_by_hand_it_lies_one_level_up_until_the_top(world):
    case = handled(world)
    for who, desk in (("property", "community"), ("community", "street"), ("street", "county")):
        case = world.take(case, "escalate", who, words="办不了。")
        assert case.holder_id == world.desks[desk].pk

    with pytest.raises(NotAllowed, match="最高一级"):
        world.take(case, "escalate", "county", words="再上。")


def test_suspension_is_asked_for_and_approved_by_another(world):
    case = handled(world)
    case = world.take(case, "ask_suspension", "property", words="等配件。", until="2026-03-13")
    assert (case.state, case.holder_id) == ("asked", world.desks["community"].pk)
    before = case.due_at

    with pytest.raises(NotAllowed):
        world.take(case, "approve_suspension", "property", words="同意。")
    case = world.take(
        case, "approve_suspension", "community", now=TEN + timedelta(hours=1), words="配件没到。"
    )
    assert (case.state, case.paused_since) == ("suspended", TEN + timedelta(hours=1))
    assert jobs.deadlines(before + timedelta(days=9)) == 0

    case = world.take(case, "resume", "property", now=TEN + timedelta(days=2, hours=1))
    # Two working days were paused, and a weekend lies behind Friday the 13th.
    assert (before, case.due_at) == (
        TEN.replace(day=13, hour=9, minute=30),
        TEN.replace(day=17, hour=9, minute=30),
    )


def test_withdrawn_it_ends_and_says_who_ended_it(world):
    case = world.raise_case()

    case = world.take(case, "withdraw", "reporter")

    assert (case.state, case.closed_how) == ("closed", "withdrawn")


def test_refused_it_names_its_class_and_where_to_turn(world):
    case = world.raise_case()

    case = world.take(case, "refuse", "community", reason="in_court", words="法院正在审，请等判决。")

    assert (case.closed_how, history_of("case", case.pk).last().data["reason"]) == ("refused", "in_court")


def test_a_protected_matter_has_its_own_flow_from_the_first_word(world):
    case = world.raise_case(text="邻居打孩子，打得很凶")

    assert (case.flow, case.state, case.confidential) == ("protected", "received", True)
    assert case.holder_id == world.desks["protected"].pk


def test_what_turns_out_to_be_protected_leaves_every_other_desk(world):
    case = world.raise_case()

    case = world.take(case, "protect", "community", words="其实是家里动手。")

    assert (case.flow, case.holder_id, case.closed_at) == ("protected", world.desks["protected"].pk, None)
    case = world.take(case, "accept", "protected")
    assert case.state == "handling"


def test_two_presses_of_one_button_count_once(world):
    case = world.raise_case()
    version = case.version
    world.take(case, "sort", "community", sort="public", reason="law")

    moment = world.viewer("community").moment(case, TEN)
    with pytest.raises(WrongState, match="刚才有人先办了一步"):
        services.take(
            case_id=case.pk,
            step="sort",
            data={"sort": "public", "reason": "law"},
            moment=moment,
            version=version,
        )


def test_unknown_names_in_the_input_are_refused_by_name(world):
    case = world.raise_case()

    with pytest.raises(InvalidInput, match="status"):
        world.take(case, "sort", "community", sort="public", reason="law", status="closed")


def test_every_event_is_one_step_and_the_chain_stands(world):
    case = replied(world)
    events = list(history_of("case", case.pk))

    assert [event.version for event in events] == list(range(1, len(events) + 1))
    assert case.version == len(events)
    assert [bytes(event.prev) for event in events[1:]] == [bytes(event.digest) for event in events[:-1]]
    assert bytes(Case.objects.get(pk=case.pk).head) == bytes(events[-1].digest)
