"""What the demonstration shows of the seldom: each of it can happen, and no state is left without a matter."""

from __future__ import annotations

import pytest

from linli.apps.requests.choices import ClosedHow
from linli.apps.requests.flow import FLOW, PROTECTED
from linli.demo.corners import CORNERS, DEJIANG, JIANHE
from linli.demo.practice import PROFILE
from linli.demo.staffing import COMMUNITY
from linli.demo.today import MATTERS
from linli.foundation.flow import STAY, Profile
from linli.kernel.rulebook.queries import Catalogue
from tests.catalog.shipped import shipped

CATALOGUE = Catalogue(shipped("categories.toml")["data"])


def practice(path):
    data = shipped(f"profiles/{path}")["data"]
    return Profile(data["key"], frozenset(data["on"]), data.get("choose", {}))


PRACTICE = {
    COMMUNITY: Profile("demo", frozenset(PROFILE["on"])),
    DEJIANG: practice("request/dejiang.toml"),
    JIANHE: practice("request/jianhe.toml"),
}


def is_protected(corner):
    suggested = CATALOGUE.suggest(corner.said, 1)
    return bool(suggested) and CATALOGUE[suggested[0]].protected


def walked(corner):
    """Return where the moves lead, by the tables alone."""
    own, guarded = (
        FLOW.compile(PRACTICE[corner.community]),
        PROTECTED.compile(practice("protected/default.toml")),
    )
    flow = guarded if is_protected(corner) else own
    state = flow.steps["raise"].targets[0]
    for step, data in corner.moves:
        row = flow.steps[step]
        assert state in row.sources, f"{corner.said}: {step} from {state}"
        if row.to != STAY:
            state = row.targets[1] if len(row.targets) > 1 and data.get("sort") == "own" else row.targets[0]
        flow = guarded if step == "protect" else flow
    return state


@pytest.mark.parametrize("corner", CORNERS, ids=lambda corner: corner.said[:8])
def test_each_of_it_leads_where_it_is_said_to_stand(corner):
    assert walked(corner) == corner.stands


def test_something_stands_in_every_state_of_both_flows():
    open_states = {str(state) for state in FLOW.states} | {str(state) for state in PROTECTED.states}
    there = {corner.stands for corner in CORNERS} | {matter.stands for matter in MATTERS}

    assert open_states - there == set()
    assert {corner.stands for corner in CORNERS if is_protected(corner)} == set(PROTECTED.states)


def test_every_way_to_end_that_needs_a_hand_has_been_gone():
    ended = {corner.how for corner in CORNERS if corner.how}

    assert ended == {ClosedHow.REFUSED, ClosedHow.WITHDRAWN, ClosedHow.REFERRED}
    assert {corner.stands for corner in CORNERS if corner.how} == {"closed"}
