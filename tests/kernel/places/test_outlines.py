from __future__ import annotations

import json
from datetime import date

import pytest
import shapely

from linli.foundation import geometry
from linli.foundation.errors import InvalidInput
from linli.kernel.places import queries, services
from linli.kernel.places.models import Outline
from linli.kernel.places.services import shapes
from linli.kernel.places.services.shipped import DIVISIONS, rows_of
from tests.kernel.places import ground
from tests.shared import SHARED

pytestmark = pytest.mark.django_db

# As published, six outlines cross themselves.
CROSSED = 6


def counties(system):
    text = (SHARED / "divisions" / f"guizhou_counties_{system}.geojson").read_text(encoding="utf-8")
    return json.loads(text)


def imported(geojson, **more):
    return services.import_outlines(geojson=geojson, source="test", now=ground.NOW, **more)


@pytest.fixture
def county():
    ground.a_county()
    return ground.place(ground.COUNTY)


@pytest.fixture
def all_counties(settings):
    rows = [row for row in rows_of(settings.ROOT / DIVISIONS) if row["level"] < "4"]
    assert services.import_divisions(rows=rows, source="test", now=ground.NOW).is_saved


@pytest.mark.shared
def test_all_county_outlines_come_in_and_again_change_nothing(all_counties):
    assert imported(counties("wgs84")).counts == {"added": 88}
    assert imported(counties("wgs84")).counts == {"unchanged": 88}
    wanshan = Outline.objects.get(place__name="万山区")
    assert shapely.is_valid(shapes.load(wanshan.wkb))
    assert wanshan.box == [int(side) for side in shapely.bounds(shapes.load(wanshan.wkb))]


@pytest.mark.shared
def test_outlines_that_cross_themselves_are_refused_with_the_place_and_a_point(all_counties):
    report = imported(counties("gcj02"), system="gcj02")

    assert not report.is_saved
    assert not Outline.objects.exists()
    assert len(report.refused) == CROSSED
    boxes = {
        feature["properties"]["name"]: shapely.from_geojson(json.dumps(feature["geometry"])).bounds
        for feature in counties("wgs84")["features"]
    }
    for line in report.refused:
        west, south, east, north = boxes[line.place.split()[1]]
        assert str(line.why) == "边界自相交或自相接。"
        assert west - 1e-4 < line.point[0] < east + 1e-4
        assert south - 1e-4 < line.point[1] < north + 1e-4


@pytest.mark.shared
def test_outlines_that_cross_themselves_are_mended_only_when_asked_and_the_report_says_so(all_counties):
    report = imported(counties("gcj02"), system="gcj02", repairing=True)

    assert report.counts == {"added": 88 - CROSSED, "repaired": CROSSED}
    assert all("已修补，面积变化" in str(line.why) for line in report.lines if line.outcome == "repaired")
    grounds = [shapes.load(row.wkb) for row in Outline.objects.all()]
    assert all(shapely.is_valid(drawn) and shapely.area(drawn) > 0 for drawn in grounds)
    true = {
        f["properties"]["name"]: shapely.from_geojson(json.dumps(f["geometry"]))
        for f in counties("wgs84")["features"]
    }
    for row in Outline.objects.select_related("place"):
        drawn = shapely.transform(shapes.load(row.wkb), lambda points: points / geometry.UNITS)
        assert shapely.hausdorff_distance(drawn, true[row.place.name]) < 2e-5


def test_an_outline_of_an_unknown_place_is_refused_and_none_is_saved(county):
    known = ground.feature("万山区", ground.WEST_GRID, adcode="520603")
    report = imported(
        ground.collection(known, ground.feature("无", ground.WEST_GRID, adcode="520699"), known)
    )

    assert [(line.number, str(line.why)) for line in report.refused] == [
        (2, "没有这个代码的地方。"),
        (3, "这个地方在文件里出现了两次。"),
    ]
    assert not Outline.objects.exists()


@pytest.mark.parametrize(
    ("system", "away"),
    [
        ("gcj02", geometry.wgs84_to_gcj02),
        ("bd09", lambda *p: geometry.gcj02_to_bd09(*geometry.wgs84_to_gcj02(*p))),
    ],
)
def test_outlines_in_another_system_are_brought_back_to_the_true_ground(county, system, away):
    shifted = ground.feature("万山区", [away(*corner) for corner in ground.WEST_GRID], adcode="520603")
    imported(ground.collection(shifted), system=system)

    [drawn] = Outline.objects.all()
    assert (
        shapely.get_coordinates(shapes.load(drawn.wkb)).tolist()
        == shapely.get_coordinates(
            shapely.normalize(shapely.Polygon([geometry.snap(*corner) for corner in ground.WEST_GRID]))
        ).tolist()
    )
    with pytest.raises(InvalidInput, match="坐标系"):
        imported(ground.collection(shifted), system="wgs72")


def test_a_new_outline_holds_from_its_day(county):
    imported(
        ground.collection(ground.feature("万山区", ground.WEST_GRID, adcode="520603")), on=date(2026, 1, 1)
    )
    report = imported(
        ground.collection(ground.feature("万山区", ground.NORTH_GRID, adcode="520603")), on=date(2026, 7, 1)
    )

    assert report.counts == {"changed": 1}
    assert list(Outline.objects.order_by("id").values_list("valid_from", "valid_to")) == [
        (date(2026, 1, 1), date(2026, 7, 1)),
        (date(2026, 7, 1), None),
    ]


def test_grids_are_drawn_for_the_map_with_their_names_and_marked_when_schematic():
    ground.a_county()
    community = ground.place(ground.WANGJIA)
    services.import_grids(
        geojson=ground.grids(), community_id=community.id, source="test", now=ground.NOW, is_schematic=True
    )
    drawn = queries.grid_features(ground.place(ground.STREET).path)

    json.dumps(drawn)
    assert drawn["is_schematic"] is True
    assert [feature["properties"]["label"] for feature in drawn["features"]] == [
        *("第一网格（示意）", "第二网格（示意）", "第三网格（示意）")
    ]
    first = drawn["features"][0]
    assert first["properties"]["full_name"] == "万山区丹都街道旺家社区第一网格"
    corners = set(map(tuple, first["geometry"]["coordinates"][0]))
    assert set(ground.WEST_GRID) <= corners
    assert queries.grid_features(ground.place(ground.LONGSHENG).path)["features"] == []


def test_the_map_costs_the_same_for_one_grid_and_for_three(django_assert_num_queries):
    ground.a_county()
    for code, geojson in (
        (
            ground.LONGSHENG,
            ground.collection(ground.feature("甲", [(109.3, 27.5), (109.4, 27.5), (109.4, 27.6)])),
        ),
        (ground.WANGJIA, ground.grids()),
    ):
        services.import_grids(
            geojson=geojson, community_id=ground.place(code).id, source="test", now=ground.NOW
        )
    for code, count in ((ground.LONGSHENG, 1), (ground.WANGJIA, 3)):
        path = ground.place(code).path
        queries.grid_features(path)
        with django_assert_num_queries(2):
            assert len(queries.grid_features(path)["features"]) == count
