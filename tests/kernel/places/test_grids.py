from __future__ import annotations

from datetime import date

import pytest
import shapely

from linli.foundation.errors import InvalidInput
from linli.kernel.journal.models import Event
from linli.kernel.places import queries, services
from linli.kernel.places.models import Outline, Place
from linli.kernel.places.services import shapes
from tests.kernel.places import ground

pytestmark = pytest.mark.django_db


@pytest.fixture
def community():
    ground.a_county()
    return ground.place(ground.WANGJIA)


def imported(community, geojson, **more):
    return services.import_grids(
        geojson=geojson, community_id=community.id, source="test", now=ground.NOW, **more
    )


def refusals(report):
    assert not report.is_saved
    assert not Outline.objects.exists()
    assert not Place.objects.filter(level="grid").exists()
    return [(line.place, str(line.why), line.point) for line in report.refused]


def test_grids_that_cover_are_saved_with_their_sides_matched_and_give_the_community_its_outline(community):
    report = imported(community, ground.grids())

    assert report.counts == {"added": 3}
    outlines = {row.place.name: shapes.load(row.wkb) for row in Outline.objects.select_related("place")}
    whole = outlines.pop("旺家社区")
    assert shapely.coverage_is_valid(list(outlines.values()))
    assert shapely.equals(shapely.union_all(list(outlines.values())), whole)
    # The corner that the first grid did not name is on its side now.
    assert [1_092_200_000.0, 275_171_717.0] in shapely.get_coordinates(outlines["第一网格"]).tolist()
    assert Event.objects.get(name="place.import_grids").subject_id == community.id


def test_the_same_grids_again_change_nothing(community):
    imported(community, ground.grids())
    before = list(Outline.objects.order_by("id").values_list("id", "wkb"))

    assert imported(community, ground.grids()).counts == {"unchanged": 3}
    assert list(Outline.objects.order_by("id").values_list("id", "wkb")) == before


def test_a_gap_is_refused_with_the_community_and_a_point_in_it(community):
    outline = [
        (109.21, 27.51),
        (109.2333333, 27.51),
        (109.2333333, 27.5171717),
        (109.24, 27.53),
        (109.21, 27.53),
    ]
    services.import_outlines(
        geojson=ground.collection(ground.feature("旺家", outline, adcode=ground.WANGJIA)),
        source="test",
        now=ground.NOW,
    )
    short = [(109.22, 27.51), (109.23, 27.51), (109.23, 27.5171717), (109.22, 27.5171717)]
    report = imported(community, ground.grids(第二网格=short))

    [line] = report.refused
    assert (line.place, str(line.why)) == ("旺家社区", "社区里有没划进网格的地方。")
    lon, lat = line.point
    assert 109.23 < lon < 109.2333333
    assert 27.51 < lat < 27.5171717
    assert not Place.objects.filter(level="grid").exists()


def test_a_hole_between_the_grids_is_refused_where_the_community_has_no_outline(community):
    ring = [
        ground.feature("甲", [(0.0, 0.0), (3.0, 0.0), (3.0, 1.0), (0.0, 1.0)]),
        ground.feature("乙", [(0.0, 1.0), (1.0, 1.0), (1.0, 2.0), (0.0, 2.0)]),
        ground.feature("丙", [(2.0, 1.0), (3.0, 1.0), (3.0, 2.0), (2.0, 2.0)]),
        ground.feature("丁", [(0.0, 2.0), (3.0, 2.0), (3.0, 3.0), (0.0, 3.0)]),
    ]

    assert refusals(imported(community, ground.collection(*ring))) == [
        ("旺家社区", "网格之间有空隙。", (1.5, 1.5))
    ]


def test_a_gap_of_one_centimetre_is_a_gap(community):
    apart = [(109.22, 27.51), (109.2333333, 27.51), (109.2333333, 27.5171715), (109.22, 27.5171717)]
    services.import_outlines(
        geojson=ground.collection(
            ground.feature(
                "旺家",
                [
                    *ground.WEST_GRID[:1],
                    *ground.SOUTH_GRID[1:2],
                    *ground.NORTH_GRID[1:3],
                    *ground.WEST_GRID[3:],
                ],
                adcode=ground.WANGJIA,
            )
        ),
        source="test",
        now=ground.NOW,
    )
    report = imported(community, ground.grids(第二网格=apart))

    assert [str(line.why) for line in report.refused] == ["社区里有没划进网格的地方。"]


def test_an_overlap_is_refused_with_both_names_and_a_point_in_it(community):
    wide = [(109.219, 27.51), (109.2333333, 27.51), (109.2333333, 27.5171717), (109.219, 27.5171717)]
    [(names, why, (lon, lat))] = refusals(imported(community, ground.grids(第二网格=wide)))

    assert (names, why) == ("第一网格、第二网格", "两个网格重叠。")
    assert 109.219 < lon < 109.22
    assert 27.51 < lat < 27.5171717


def test_a_grid_that_crosses_itself_is_refused_with_its_name_and_the_point(community):
    bow = [(109.22, 27.51), (109.24, 27.53), (109.24, 27.51), (109.22, 27.53)]

    assert refusals(imported(community, ground.grids(第三网格=bow))) == [
        ("第三网格", "边界自相交或自相接。", (109.23, 27.52))
    ]


def test_ground_beyond_the_communitys_outline_is_refused(community):
    services.import_outlines(
        geojson=ground.collection(ground.feature("旺家", ground.WEST_GRID, adcode=ground.WANGJIA)),
        source="test",
        now=ground.NOW,
    )
    report = imported(community, ground.grids())

    assert {str(line.why) for line in report.refused} == {"网格超出了社区的边界。"}


def test_the_ground_of_another_communitys_grid_is_refused(community):
    imported(community, ground.grids())
    other = ground.place(ground.LONGSHENG)
    report = imported(other, ground.collection(ground.feature("甲", ground.WEST_GRID)))

    [line] = report.refused
    assert (line.place, str(line.why)) == ("旺家社区第一网格", "和别的社区的网格重叠。")
    assert not Place.objects.filter(parent=other).exists()


def test_a_neighbour_that_only_shares_the_border_is_taken(community):
    imported(community, ground.grids())
    beside = [(109.20, 27.51), (109.21, 27.51), (109.21, 27.53), (109.20, 27.53)]
    report = imported(ground.place(ground.LONGSHENG), ground.collection(ground.feature("甲", beside)))

    assert report.counts == {"added": 1}


def test_a_grid_missing_from_the_file_is_named_and_nothing_changes(community):
    imported(community, ground.grids())
    report = imported(community, ground.grids(第三网格=None))

    assert not report.is_saved
    assert [line.place for line in report.refused] == ["第三网格"]
    assert Outline.objects.filter(valid_to__isnull=True).count() == 4


@pytest.mark.parametrize(
    ("name", "why"),
    [("", "每个网格要有自己的名称和代码。"), ("第二网格", "每个网格要有自己的名称和代码。")],
)
def test_a_grid_without_a_name_of_its_own_is_refused(community, name, why):
    first = ground.feature("第二网格", ground.WEST_GRID)
    [(_, given, _)] = refusals(
        imported(community, ground.collection(first, ground.feature(name, ground.SOUTH_GRID)))
    )

    assert given == why


def test_grids_are_found_again_by_code_and_take_a_new_name(community):
    coded = ground.collection(ground.feature("第一网格", ground.WEST_GRID, code="520603004003001"))
    renamed = ground.collection(ground.feature("幸福网格", ground.WEST_GRID, code="520603004003001"))
    imported(community, coded)
    before = Place.objects.get(level="grid").id

    assert imported(community, renamed).counts == {"changed": 1}
    assert queries.by_code("520603004003001", ground.DAY).id == before
    assert queries.get(before).full_name == "万山区丹都街道旺家社区幸福网格"


def test_a_new_division_holds_from_its_day_and_the_old_one_until_then(community):
    imported(community, ground.grids(), on=date(2026, 1, 1))
    north = [(109.22, 27.5170000), *ground.NORTH_GRID[1:2], *ground.NORTH_GRID[2:]]
    south = [*ground.SOUTH_GRID[:3], (109.22, 27.5170000)]
    report = imported(community, ground.grids(第三网格=north, 第二网格=south), on=date(2026, 7, 1))

    assert report.counts == {"changed": 3}
    third = Outline.objects.filter(place__name="第三网格").order_by("valid_from")
    assert [(row.valid_from, row.valid_to) for row in third] == [
        (date(2026, 1, 1), date(2026, 7, 1)),
        (date(2026, 7, 1), None),
    ]


def test_only_a_community_is_divided_into_grids(community):
    with pytest.raises(InvalidInput, match="社区或村"):
        imported(ground.place(ground.STREET), ground.grids())


@pytest.mark.parametrize(
    ("geometry", "why"),
    [
        ({"type": "Point", "coordinates": [109.2, 27.5]}, "边界要是面（Polygon 或 MultiPolygon）。"),
        ({"type": "Polygon", "coordinates": [[[109.2, 27.5], [109.3, 27.5]]]}, "边界的坐标读不懂。"),
        ({"type": "Polygon", "coordinates": "x"}, "边界的坐标读不懂。"),
        ({"type": "Polygon", "coordinates": []}, "边界的坐标读不懂。"),
        (None, "边界要是面（Polygon 或 MultiPolygon）。"),
        (
            {
                "type": "Polygon",
                "coordinates": [[[10920, 27.5], [10930, 27.5], [10930, 27.6], [10920, 27.5]]],
            },
            "坐标不在经纬度的范围里。",
        ),
        (
            {
                "type": "Polygon",
                "coordinates": [[[109.2, 27.5], [109.3, 27.5], [109.4, 27.5], [109.2, 27.5]]],
            },
            "边界没有围成面。",
        ),
    ],
)
def test_a_shape_that_is_none_is_refused_with_its_row(community, geometry, why):
    bad = {"type": "Feature", "properties": {"name": "甲"}, "geometry": geometry}

    assert [(place, given) for place, given, _ in refusals(imported(community, ground.collection(bad)))] == [
        ("甲", why)
    ]


@pytest.mark.parametrize("geojson", [{}, {"type": "FeatureCollection", "features": []}, {"type": "Feature"}])
def test_what_is_no_collection_is_refused(community, geojson):
    with pytest.raises(InvalidInput, match="FeatureCollection"):
        imported(community, geojson)
