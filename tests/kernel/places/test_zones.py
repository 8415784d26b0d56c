from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
import shapely

from linli.foundation.errors import Absent, InvalidInput
from linli.kernel.journal import verify
from linli.kernel.journal.models import Event
from linli.kernel.places import queries, services
from linli.kernel.places.models import Outline, Place, ZoneMember
from tests.kernel.places import ground

pytestmark = pytest.mark.django_db

BY = {"now": ground.NOW, "actor": ground.IMPORT}


@pytest.fixture
def estate():
    ground.a_county()
    return services.add_zone(
        kind="estate",
        name="中天花园",
        place_ids=[ground.place(ground.WANGJIA).id, ground.place(ground.LONGSHENG).id],
        facts={"households": {"value": 4380, "source": "test"}},
        **BY,
    )


def test_an_estate_in_two_communities_is_listed_under_both_and_counted_once_in_the_street(estate):
    services.add_zone(
        kind="estate",
        name="旺家苑",
        place_ids=[ground.place(ground.WANGJIA).id],
        facts={"households": {"value": 100, "source": "test"}},
        **BY,
    )
    wangjia, longsheng, street = (
        ground.place(c).path for c in (ground.WANGJIA, ground.LONGSHENG, ground.STREET)
    )

    assert [zone.name for zone in queries.zones_under(wangjia)] == ["中天花园", "旺家苑"]
    assert [zone.name for zone in queries.zones_under(longsheng)] == ["中天花园"]
    assert queries.zones_under(street, "estate").count() == 2
    assert queries.zone_total(wangjia, "estate", "households") == 4480
    assert queries.zone_total(longsheng, "estate", "households") == 4380
    assert queries.zone_total(street, "estate", "households") == 4480


def test_a_total_of_what_nobody_counted_is_no_value(estate):
    assert queries.zone_total("", "estate", "people") is None


def test_a_zone_of_one_county_belongs_to_it_and_its_change_is_in_the_journal(estate):
    community = ground.place(ground.WANGJIA)
    services.set_zone_members(zone_id=estate.id, place_ids=[community.id, community.id], **BY)

    assert list(ZoneMember.objects.values_list("place_id", flat=True)) == [community.id]
    assert [zone.county for zone in queries.zones_of(community.id)] == ["520603"]
    names = Event.objects.filter(subject_kind="zone", subject_id=estate.id).order_by("id")
    assert list(names.values_list("name", flat=True)) == ["zone.add", "zone.members"]


def test_a_zone_of_nothing_or_of_unknown_places_is_refused(estate):
    for place_ids in ([], [uuid4()]):
        with pytest.raises(InvalidInput, match="没有"):
            services.set_zone_members(zone_id=estate.id, place_ids=place_ids, **BY)
    with pytest.raises(Absent):
        services.set_zone_members(zone_id=uuid4(), place_ids=[], **BY)
    with pytest.raises(InvalidInput, match="名称和种类"):
        services.add_zone(kind="empire", name="甲", place_ids=[], **BY)
    assert ZoneMember.objects.count() == 2


@pytest.mark.parametrize(
    ("people", "warned"),
    [(170_000, True), (17_000, False), (6_043, True), (6_044, False), (32_232, False), (32_233, True)],
)
def test_people_per_household_outside_one_and_a_half_to_eight_is_warned_of(people, warned):
    ground.a_county()
    community = services.set_facts(
        place_id=ground.place(ground.WANGJIA).id,
        facts={
            "households": {"value": 4029, "source": "test"},
            "people": {"value": people, "source": "test", "on": "2025-12-31"},
        },
        **BY,
    )

    assert [warning.code for warning in queries.warnings(community)] == ["people_per_household"] * warned
    assert all("旺家社区有4029户" in str(warning.sentence) for warning in queries.warnings(community))


def test_people_without_households_are_warned_of_and_no_facts_are_not():
    ground.a_county()
    community = ground.place(ground.WANGJIA)
    assert queries.warnings(community) == []
    community.facts = {"people": {"value": 3}, "households": {"value": 0}}
    assert [warning.code for warning in queries.warnings(community)] == ["no_households"]


@pytest.mark.parametrize(
    "fact",
    [
        {"value": -1, "source": "test"},
        {"value": 1.5, "source": "test"},
        {"value": True, "source": "test"},
        {"value": 3},
        {"value": 3, "source": " "},
        {"value": 3, "source": "test", "note": "x"},
    ],
)
def test_a_fact_without_a_count_or_a_source_is_refused(fact):
    ground.a_county()
    community = ground.place(ground.WANGJIA)
    with pytest.raises(InvalidInput):
        services.set_facts(place_id=community.id, facts={"people": fact}, **BY)
    with pytest.raises(InvalidInput, match="英文标识"):
        services.set_facts(place_id=community.id, facts={"人口": {"value": 3, "source": "test"}}, **BY)
    assert ground.place(ground.WANGJIA).facts == {}


def test_buildings_and_households_in_no_grid_are_listed_until_they_are_in_one():
    ground.a_county()
    grids = ground.three_grids()
    community = ground.place(ground.WANGJIA)
    loose = ground.add("building", "9栋", community)
    housed = ground.add("building", "3栋", grids["第一网格"])
    waiting = [
        ground.add("household", "101", loose),
        ground.add("household", "201", ground.add("unit", "1单元", loose)),
        ground.add("household", "散户", community),
    ]
    ground.add("household", "301", ground.add("unit", "1单元", housed))
    ground.add("household", "村户", grids["第二网格"])

    assert list(queries.unassigned_buildings(community.path, ground.DAY)) == [loose]
    assert set(queries.unassigned_households(community.path, ground.DAY)) == set(waiting)
    services.house(building_ids=[loose.id], grid_id=grids["第三网格"].id, on=None, **BY)
    assert list(queries.unassigned_buildings(community.path, ground.DAY)) == []
    assert list(queries.unassigned_households(community.path, ground.DAY)) == [waiting[2]]
    services.end_place(place_id=waiting[2].id, on=ground.DAY, **BY)
    assert list(queries.unassigned_households(community.path, ground.DAY)) == []
    assert list(queries.unassigned_households(community.path, date(2026, 3, 1))) == [waiting[2]]


def test_verify_finds_a_path_that_left_its_parent_and_grids_that_overlap():
    ground.a_county()
    grids = ground.three_grids()
    assert verify.run(["places.register"]).findings == []

    Place.objects.filter(id=grids["第三网格"].id).update(path="/9/9/")
    wide = shapely.box(*Outline.objects.get(place__name="旺家社区").box)
    Outline.objects.filter(place=grids["第一网格"]).update(wkb=shapely.to_wkb(wide))
    report = verify.run(["places.register"])

    assert [(finding.where, str(finding.sentence)) for finding in report.findings] == [
        (str(grids["第三网格"].id), "地方的路径和它的上级对不上。"),
        (str(ground.place(ground.WANGJIA).id), "社区的网格重叠，或者边界没有对齐。"),
    ]
    assert report.counts == {"places": 9, "communities with grids": 1}
