from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime
from random import Random

import pytest
from django.db import transaction

from linli.demo.ground import Ground, build_ground, facts, grid_name
from linli.kernel.journal.models import Event
from linli.kernel.places import queries
from linli.kernel.places.models import Outline, Place, Zone
from tests.shared import SHARED

pytestmark = pytest.mark.slow  # the ground is built once, in some seconds, through every check of places

ANCHOR = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def ground(django_db_setup, django_db_blocker):
    """Built once for this module: some seconds; taken back at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build_ground("linli", ANCHOR, NOW)
        transaction.set_rollback(True)


def place(code):
    return queries.by_code(code, ANCHOR)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("520603004003", "万山区丹都街道旺家社区"),
        ("520603003003", "万山区仁山街道贵苑社区"),
        ("522634001001", "雷山县龙头街道城南社区"),
        ("520626003001", "德江县安化街道中华社区"),
        ("522629001007", "剑河县仰阿莎街道馨怡社区"),
    ],
)
def test_places_have_their_real_names_and_codes(ground, code, name):
    assert place(code).full_name == name


def test_neighbours_are_there_by_name(ground):
    assert [place(f"{code}000000").name for code in ("520602", "520622")] == ["碧江区", "玉屏侗族自治县"]


def test_streets_and_communities_have_the_numbers_of_grids_that_are_published(ground):
    chadian = [len(grids) for code, grids in ground.grids.items() if code.startswith("520603002")]
    assert sum(chadian) == 28
    assert len(ground.grids["522301009006"]) == 12


def test_liping_has_its_buildings_and_units(ground):
    buildings = ground.buildings["522301009006"]
    units = Place.objects.filter(level="unit", parent_id__in=buildings).count()
    assert (len(buildings), units) == (59, 121)


def test_every_grid_finds_the_points_that_lie_in_it(ground):
    random = Random(7)
    for grid_id in ground.shapes:
        assert queries.locate(*ground.point_in(grid_id, random)).id == grid_id


def test_a_building_lies_in_its_grid(ground):
    for code, buildings in ground.buildings.items():
        levels = Counter(queries.chain(building, ANCHOR)[1].level for building in buildings)
        assert levels == {"grid": len(buildings)}
        assert {queries.chain(building, ANCHOR)[1].id for building in buildings} == set(ground.grids[code])


def test_every_outline_says_that_it_is_schematic(ground):
    assert Outline.objects.exists()
    assert not Outline.objects.filter(is_schematic=False).exists()


def test_an_estate_crosses_two_communities(ground):
    zone = Zone.objects.get(name="中天花园小区")
    parents = {member.parent.name for member in zone.places.select_related("parent")}
    assert (zone.kind, parents) == ("estate", {"中天花园社区", "御翠岭社区"})
    assert queries.search("中天社区")[0].name == "中天花园社区"


def test_facts_stand_at_their_places_with_their_source(ground):
    wangjia = Place.objects.get(codes__code="520603004003")
    assert wangjia.facts["households"] == {"value": 4029, "source": "公开报道（纳入网格化管理户数；B-01）"}


def test_built_again_nothing_is_doubled(ground):
    before = (Place.objects.count(), Outline.objects.count(), Zone.objects.count(), Event.objects.count())
    again = build_ground("linli", ANCHOR, NOW)
    after = (Place.objects.count(), Outline.objects.count(), Zone.objects.count())
    assert after == before[:3]
    assert isinstance(again, Ground)
    assert (again.grids, again.buildings, again.zones) == (ground.grids, ground.buildings, ground.zones)


@pytest.mark.parametrize(
    ("number", "name"), [(1, "第一网格"), (10, "第十网格"), (12, "第十二网格"), (21, "第二十一网格")]
)
def test_grids_are_counted_in_chinese(number, name):
    assert grid_name(number) == name


@pytest.mark.shared
def test_no_fact_is_other_than_published_nor_doubtful():
    published = json.loads((SHARED / "facts/facts.json").read_text(encoding="utf-8"))
    known = {
        (row["place"], row["metric"], row["value"], row["unit"], row["approx"], row["ref"], row["flagged"])
        for row in published
        if row["kind"] == "figure"
    }
    for fact in facts():
        key = (fact["place"], fact["metric"], fact["value"], fact["unit"], fact.get("approx"), fact["entry"])
        assert (*key, False) in known
        assert (*key, True) not in known
