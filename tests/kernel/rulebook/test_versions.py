"""Which version counts where and when."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linli.foundation.errors import Absent
from linli.foundation.ids import new_id
from linli.foundation.rules import IMPORT
from linli.kernel.places import services as places
from linli.kernel.rulebook import queries, services
from tests.kernel.rulebook.builders import KEY, NOW, TODAY, WANSHAN, a_catalog, a_file, a_rule, a_world

pytestmark = pytest.mark.django_db


def size_at(path: str, on: date = TODAY) -> int:
    return queries.rule(KEY, path, on).data["size"]


def test_the_nearest_place_up_the_tree_rules() -> None:
    world = a_world()
    a_rule(1)
    a_rule(2, world.county)
    a_rule(3, world.street)
    assert size_at(world.community.path) == 3
    assert size_at(world.street.path) == 3
    assert size_at(world.county.path) == 2
    assert size_at(world.other.path) == 1
    assert size_at("") == 1


def test_where_nothing_rules_it_says_so() -> None:
    world = a_world()
    a_rule(2, world.county)
    assert queries.rule_or_none(KEY, world.other.path, TODAY) is None
    with pytest.raises(Absent, match=r"还没有“t[.]size”"):
        queries.rule(KEY, world.other.path, TODAY)


def test_a_rule_counts_from_its_first_day_and_no_longer_on_the_day_it_ends() -> None:
    a_rule(1)
    a_rule(2, valid_from=TODAY + timedelta(2), valid_to=TODAY + timedelta(4))
    assert [size_at("", TODAY + timedelta(n)) for n in range(6)] == [1, 1, 2, 2, 1, 1]
    assert queries.rule_or_none(KEY, "", TODAY - timedelta(1)) is None


def test_the_latest_version_of_a_place_wins() -> None:
    a_rule(1)
    a_rule(2)
    found = queries.rule(KEY, "", TODAY)
    assert (found.data["size"], found.version) == (2, 2)


def test_versions_are_numbered_for_each_place() -> None:
    world = a_world()
    numbers = [
        a_rule(1).version,
        a_rule(2, world.county).version,
        a_rule(3).version,
        a_rule(4, world.county).version,
    ]
    assert numbers == [1, 1, 2, 2]


def test_what_is_under_way_keeps_the_version_it_began_with() -> None:
    first = queries.rule(KEY, "", a_rule(1).valid_from)
    a_rule(2)
    assert size_at("") == 2
    assert queries.by_id(first.id) == first
    with pytest.raises(Absent, match="没有这一版规则"):
        queries.by_id(new_id())


def test_a_local_rule_wins_over_a_shipped_one_of_the_same_place_however_late_that_comes(
    tmp_path: Path,
) -> None:
    world = a_world()
    services.load_catalog(now=NOW, folder=a_catalog(tmp_path, size=a_file(1, WANSHAN)))
    a_rule(2, world.county)
    services.load_catalog(now=NOW, folder=a_catalog(tmp_path, size=a_file(3, WANSHAN)))
    assert size_at(world.community.path) == 2
    versions = queries.history(KEY, world.county.id).values_list("version", "origin")
    assert list(versions) == [(3, "shipped"), (2, "local"), (1, "shipped")]


def test_a_place_that_gives_up_its_rule_has_the_shipped_one_and_then_what_lies_above(tmp_path: Path) -> None:
    world = a_world()
    a_rule(1)
    a_rule(2, world.street)
    a_rule(0, world.street, inherits=True)
    assert size_at(world.community.path) == 1
    services.load_catalog(now=NOW, folder=a_catalog(tmp_path, size=a_file(9, WANSHAN)))
    a_rule(3, world.county)
    a_rule(0, world.county, inherits=True)
    assert size_at(world.community.path) == 9


def test_a_rule_stays_with_its_place_when_the_place_moves() -> None:
    world = a_world()
    a_rule(1)
    a_rule(2, world.street)
    places.move(place_id=world.street.id, parent_id=world.other.id, now=NOW, actor=IMPORT)
    world.street.refresh_from_db()
    assert world.street.path.startswith(world.other.path)
    assert size_at(world.street.path) == 2
    assert a_rule(3, world.street).version == 2
    assert size_at(world.street.path) == 3


def test_nobody_can_change_what_a_rule_says_by_accident() -> None:
    a_rule(1)
    with pytest.raises(TypeError):
        queries.rule(KEY, "", TODAY).data["size"] = 2  # type: ignore[index]


def test_a_rule_is_answered_from_memory() -> None:
    world = a_world()
    a_rule(1, world.county)
    size_at(world.community.path)
    with CaptureQueriesContext(connection) as asked:
        for _ in range(5):
            size_at(world.community.path)
    # The tests ask for the stamps each time; the rules themselves are not read again.
    assert [
        query["sql"] for query in asked if "rulebook" in query["sql"] and "stamp" not in query["sql"].lower()
    ] == []
