"""One request travels the whole way, through the one door."""

from __future__ import annotations

import pytest

from linli.kernel.journal.queries import history_of
from tests.world import a_world

pytestmark = pytest.mark.django_db


def names(case):
    return [event.name for event in history_of("case", case.pk)]


def test_a_request_goes_from_the_resident_to_the_desk_and_is_closed():
    world = a_world("wanshan")
    case = world.raise_case()
    assert (case.state, case.holder_id) == ("submitted", world.desks["community"].pk)

    world.take(case, "sort", "community", sort="shared", reason="common_part")
    case = world.take(case, "dispatch", "community")
    assert (case.state, case.holder_id) == ("dispatched", world.desks["property"].pk)
    world.take(case, "accept", "property")
    case = world.take(case, "resolve", "property", words="换了灯泡，亮了。")

    assert (case.state, case.closed_how) == ("closed", "handled")
    assert names(case) == [
        "request.raise",
        "request.sort",
        "request.dispatch",
        "request.accept",
        "request.resolve",
    ]
