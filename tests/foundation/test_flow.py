"""Flow tables and the profiles that switch their rows, without a database."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from linli.foundation.errors import NotAllowed, WrongState
from linli.foundation.flow import NEW, STAY, Flow, FlowError, Profile, Step
from linli.foundation.rules import ANYONE, Moment, anyone, rule

EVERYTHING = frozenset({"checking", "second"})


@rule("今天不行。")
def never(_moment):
    return False


def a_flow(**changes):
    steps = {
        "open": Step("open", "开", [NEW], "waiting", anyone),
        "accept": Step("accept", "接", ["waiting"], "handed", anyone),
        "hand": Step("hand", "交", ["handed"], "doing", anyone, switch="second"),
        "give_back": Step("give_back", "退", ["waiting", "handed"], "waiting", anyone),
        "note": Step("note", "记", ["doing"], STAY, anyone),
        "finish": Step("finish", "完", ["doing"], "done", anyone),
        "check": Step("check", "查", ["done"], "closed", anyone, switch="checking"),
        "redo": Step("redo", "返", ["done"], "doing", anyone, switch="checking", detour=True),
    } | changes
    states = dict.fromkeys(["waiting", "handed", "doing", "done", "closed"], "")
    return Flow("test", "试", states=states, final=["closed"], steps=list(steps.values()))


def moment(state):
    return Moment(ANYONE, SimpleNamespace(state=state), None)


def test_what_led_to_a_switched_off_row_leads_where_it_led():
    flow = a_flow().compile(Profile("x", frozenset()))

    assert list(flow.sequences()) == [("open", "accept", "finish")]
    assert flow.steps["finish"].targets == ("closed",)


def test_a_side_row_keeps_the_sources_that_stand():
    flow = a_flow().compile(Profile("x", frozenset()))

    assert flow.steps["give_back"].sources == ["waiting"]


def test_a_switched_off_detour_goes_and_contracts_nothing():
    flow = a_flow().compile(Profile("x", frozenset({"second"})))

    assert "redo" not in flow.steps


def test_with_everything_on_the_flow_is_the_table():
    flow = a_flow().compile(Profile("x", EVERYTHING))

    assert list(flow.sequences()) == [("open", "accept", "hand", "finish", "check")]
    assert set(flow.steps) == set(a_flow().steps)


def test_a_step_that_stays_leads_nowhere_else():
    assert a_flow().steps["note"].targets == ()


def test_a_state_that_nothing_leads_out_of_is_refused():
    flow = a_flow(
        finish=Step("finish", "完", ["doing"], "done", anyone),
        check=Step("check", "查", ["doing"], "closed", anyone),
    )

    with pytest.raises(FlowError, match="'done' is a dead end"):
        flow.compile(Profile("x", frozenset({"second"})))


def test_a_circle_of_switched_off_rows_is_refused():
    there = Step("there", "去", ["waiting"], "handed", anyone, switch="second")
    back = Step("hand", "回", ["handed"], "waiting", anyone, switch="second")

    with pytest.raises(FlowError, match="circle"):
        a_flow(there=there, hand=back).compile(Profile("x", frozenset()))


def test_a_row_that_was_asked_for_and_is_never_reached_is_refused():
    lost = Step("lost", "丢", ["nowhere"], "closed", anyone, switch="second")
    states = dict.fromkeys(["waiting", "nowhere", "closed"], "")
    steps = [
        Step("open", "开", [NEW], "waiting", anyone),
        Step("close", "关", ["waiting"], "closed", anyone),
        lost,
    ]

    with pytest.raises(FlowError, match="'lost' can never be reached"):
        Flow("test", "试", states=states, final=["closed"], steps=steps).compile(
            Profile("x", frozenset({"second"}))
        )


def test_two_steps_of_one_name_are_refused():
    with pytest.raises(FlowError, match="two steps of one name"):
        Flow("t", "", states={"a": ""}, final=["a"], steps=[Step("go", "", [NEW], "a", anyone)] * 2)


def test_an_unknown_state_is_refused():
    with pytest.raises(FlowError, match="unknown states"):
        Flow("t", "", states={"a": ""}, final=["a"], steps=[Step("go", "", [NEW], "b", anyone)])


def test_the_right_is_checked_before_the_state():
    flow = a_flow(finish=Step("finish", "完", ["doing"], "done", never)).compile(Profile("x", EVERYTHING))

    with pytest.raises(NotAllowed, match="今天不行"):
        flow.take("finish", moment("waiting"))


def test_a_step_that_is_off_is_a_wrong_state():
    flow = a_flow().compile(Profile("x", frozenset()))

    with pytest.raises(WrongState, match="没有启用"):
        flow.take("check", moment("done"))


def test_offers_are_the_rows_of_the_state_each_with_its_refusal():
    flow = a_flow(note=Step("note", "记", ["doing"], STAY, never)).compile(Profile("x", EVERYTHING))

    assert [(offer.step.name, str(offer.refusal)) for offer in flow.offers(moment("doing"))] == [
        ("note", "今天不行。"),
        ("finish", ""),
    ]
