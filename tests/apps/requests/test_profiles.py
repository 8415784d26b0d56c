"""Local practice: the four rows of mechanisms.md X-1, compiled from the shipped rule sets."""

from __future__ import annotations

import tomllib
from itertools import combinations
from pathlib import Path

import pytest

from linli.apps.requests.flow import FLOW
from linli.foundation.flow import FlowError, Profile

CATALOG = Path(__file__).parents[3] / "catalog" / "profiles" / "request"
# What may happen beside the main line anywhere: it changes nothing about who finds a hand and who judges.
BESIDE = {
    "withdraw", "refuse", "protect", "return", "redirect", "escalate", "resort", "contest", "redo", "lapse", "reopen",
    "ask_suspension", "approve_suspension", "deny_suspension", "resume",
}  # fmt: skip

# Written by hand from the table X-1; "–" in the table is a step that does not exist there.
EXPECTED = {
    "wanshan": {("raise", "sort", "dispatch", "accept", "resolve")},
    "leishan": {("raise", "accept", "resolve", "rate")},
    "dejiang": {("raise", "dispatch", "accept", "hand_over", "accept_unit", "verify", "resolve", "reply")},
    "jianhe": {("raise", "publish", "claim", "resolve", "approve", "rate")},
}


def compiled(name, **changes):
    data = tomllib.loads((CATALOG / f"{name}.toml").read_text())["data"]
    return FLOW.compile(
        Profile(name, frozenset(data["on"]) | changes.get("on", frozenset()), data.get("choose", {}))
    )


def sequences(flow):
    return {path for path in flow.sequences(leaving_out=BESIDE) if path[-1] != "sort"}


@pytest.mark.parametrize("name", EXPECTED)
def test_the_event_sequences_of_a_profile_are_those_of_its_row(name):
    assert sequences(compiled(name)) == EXPECTED[name]


def test_no_two_profiles_have_the_same_sequences():
    assert all(sequences(compiled(a)) != sequences(compiled(b)) for a, b in combinations(EXPECTED, 2))


def test_leishan_can_switch_its_dispatch_on():
    flow = compiled("leishan", on=frozenset({"dispatching"}))

    assert sequences(flow) == {("raise", "dispatch", "accept", "resolve", "rate")}


@pytest.mark.parametrize("name", EXPECTED)
def test_whistling_is_there_only_where_the_row_has_it(name):
    assert ("whistle" in compiled(name).steps) == (name in ("wanshan", "dejiang"))


def test_a_profile_that_names_a_switch_nobody_has_is_refused():
    with pytest.raises(FlowError, match="switches what 'request' does not have"):
        FLOW.compile(Profile("x", frozenset({"teleporting"})))


def test_a_profile_that_chooses_what_is_no_alternative_is_refused():
    with pytest.raises(FlowError, match="which is no 'hand'"):
        FLOW.compile(Profile("x", frozenset(), {"hand": "rate"}))


def test_changing_one_place_leaves_the_others_alone():
    before = sequences(compiled("jianhe"))
    compiled("leishan", on=frozenset({"dispatching", "sorting"}))

    assert sequences(compiled("jianhe")) == before
