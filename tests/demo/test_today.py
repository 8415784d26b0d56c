"""What lies on the desks of the demonstration's logins follows the flow table."""

from __future__ import annotations

from datetime import UTC, date, datetime

from linli.apps.requests.flow import FLOW
from linli.demo.life import last_day, stories
from linli.demo.today import MATTERS, ON


def test_each_matter_of_today_has_a_story_and_stands_where_the_way_leads():
    told = {story.category for story in stories()}
    ways = [*ON, "replied"]
    assert [matter.category for matter in MATTERS if matter.category not in told] == []
    assert [matter.stands for matter in MATTERS if matter.stands not in ways] == []
    assert all(matter.minutes <= matter.hours * 60 for matter in MATTERS)


def test_each_step_of_the_way_is_one_that_the_flow_has_from_there():
    assert [
        state for state, step in ON.items() if state not in FLOW.steps[step].sources and step != "resolve"
    ] == []
    assert {matter.extra for matter in MATTERS} - {""} <= set(FLOW.steps)


def test_every_step_of_the_way_has_something_lying_there():
    assert {matter.stands for matter in MATTERS} >= {
        "submitted",
        "dispatched",
        "handling",
        "resolved",
        "checked",
        "replied",
    }


def test_the_story_ends_today_or_where_that_would_be_in_the_future_yesterday():
    before, after = datetime(2026, 11, 21, 3, 39, tzinfo=UTC), datetime(2026, 11, 21, 3, 40, tzinfo=UTC)
    assert (last_day(before), last_day(after)) == (date(2026, 11, 20), date(2026, 11, 21))
