"""A clock that a version does not name, because it was made before there was one, runs all the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from linli.foundation.worktime import Limit
from linli.kernel.places.models import Place
from linli.kernel.rulebook import queries, services
from linli.kernel.rulebook.models import RuleSet
from linli.kernel.rulebook.schemas.shapes import NEEDED_CLOCKS
from tests.kernel.rulebook.builders import ANNA, BEN, NOW, TODAY, a_world

pytestmark = pytest.mark.django_db
CATALOG = Path(__file__).parents[3] / "catalog"


def row(clock: str, amount: int, **more: str) -> dict[str, Any]:
    return {"clock": clock, "amount": amount, "unit": "natural_days", "basis": "测试", **more}


def some(place: Place | None, *rows: Mapping[str, Any], valid_from: date = TODAY) -> RuleSet:
    """Local limits with what every request needs, and these rows."""
    needed = [row(clock, 1) for clock in NEEDED_CLOCKS]
    proposal = services.propose(
        key="limits", place_id=place.id if place else None, valid_from=valid_from,
        data={"limits": [*needed, *rows]}, basis="测试文件〔2026〕1号", actor=ANNA, now=NOW,
    )  # fmt: skip
    return services.approve(proposal_id=proposal.id, actor=BEN, now=NOW)


def asked(rule: RuleSet, clock: str, category: str = "", on: date = TODAY) -> Limit | None:
    return queries.limit(queries.by_id(rule.id), clock, category, 0, on=on)


@pytest.fixture(autouse=True)
def shipped() -> None:
    services.load_catalog(now=NOW - timedelta(days=30), folder=CATALOG)


def test_a_local_version_made_before_there_was_a_clock_leaves_it_to_what_is_shipped() -> None:
    world = a_world()
    for place in (world.county, None):  # what is local for everywhere stands on what is shipped, too
        rule = some(place)
        assert asked(rule, NEEDED_CLOCKS[0]) == Limit(1, "natural_days")
        assert asked(rule, "data_answer") == Limit(15, "work_days")
        assert asked(rule, "resolve", "homes.lift") == Limit(1, "natural_days")  # named, and so its own


def test_what_the_county_has_said_comes_before_what_is_shipped() -> None:
    world = a_world()
    some(world.county, row("data_answer", 7))
    rule = some(world.community)

    assert asked(rule, "data_answer") == Limit(7, "natural_days")
    assert asked(some(world.other), "data_answer") == Limit(15, "work_days")


def test_the_day_on_which_the_procedure_began_says_which_rule_lies_above() -> None:
    world = a_world()
    some(world.county, row("data_answer", 7), valid_from=TODAY + timedelta(days=10))
    rule = some(world.community)

    assert asked(rule, "data_answer") == Limit(15, "work_days")
    assert asked(rule, "data_answer", on=TODAY + timedelta(days=10)) == Limit(7, "natural_days")


def test_a_clock_that_a_version_names_for_some_matters_has_no_limit_for_others() -> None:
    rule = some(a_world().county, row("data_answer", 7, category="homes"))

    assert asked(rule, "data_answer", "homes.lift") == Limit(7, "natural_days")
    assert asked(rule, "data_answer") is None
    assert asked(rule, "sleep") is None
