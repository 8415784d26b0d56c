from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from math import cos, hypot, radians
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation import geometry
from tests.shared import SHARED

# The published outlines and seats are rounded to 1e-6 degree: half a unit each way is 0.08 m.
ROUNDING = 0.08
lons = st.floats(73.5, 135.0)
lats = st.floats(18.0, 53.5)


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    return hypot((a[0] - b[0]) * 111_320 * cos(radians(a[1])), (a[1] - b[1]) * 110_574)


def corners(coordinates: Any) -> Iterator[tuple[float, float]]:
    if isinstance(coordinates[0], int | float):
        yield coordinates[0], coordinates[1]
        return
    for part in coordinates:
        yield from corners(part)


def outlines(system: str) -> dict[str, list[tuple[float, float]]]:
    text = (SHARED / "divisions" / f"guizhou_counties_{system}.geojson").read_text(encoding="utf-8")
    return {
        feature["properties"]["adcode"]: list(corners(feature["geometry"]["coordinates"]))
        for feature in json.loads(text)["features"]
    }


@pytest.mark.shared
def test_both_ways_agree_with_the_published_outlines_to_their_rounding():
    true, shifted = outlines("wgs84"), outlines("gcj02")
    # Outlines that were mended in one file have other corners there.
    same = [code for code in true if len(true[code]) == len(shifted[code])]
    pairs = [pair for code in same for pair in zip(true[code], shifted[code], strict=True)]

    assert (len(same), len(pairs)) == (82, 25_057)
    assert max(metres(geometry.wgs84_to_gcj02(*a), b) for a, b in pairs) < ROUNDING
    assert max(metres(geometry.gcj02_to_wgs84(*b), a) for a, b in pairs) < ROUNDING


@pytest.mark.shared
def test_both_ways_agree_with_the_published_seats_of_all_88_counties():
    with (SHARED / "divisions" / "guizhou_county_points.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    pairs = [
        (
            (float(row["seat_lng_wgs84"]), float(row["seat_lat_wgs84"])),
            (float(row["seat_lng_gcj02"]), float(row["seat_lat_gcj02"])),
        )
        for row in rows
    ]

    assert len(pairs) == 88
    assert max(metres(geometry.wgs84_to_gcj02(*a), b) for a, b in pairs) < ROUNDING
    assert max(metres(geometry.gcj02_to_wgs84(*b), a) for a, b in pairs) < ROUNDING


def test_a_known_point_is_shifted_as_published():
    # Nanming's seat: 106.712194, 26.577267 is published as 106.715963, 26.573743.
    lon, lat = geometry.wgs84_to_gcj02(106.712194, 26.577267)

    assert (round(lon, 5), round(lat, 5)) == (106.71596, 26.57374)


@given(lons, lats)
def test_there_and_back_by_gcj02_is_the_same_point_to_1e_7_degree(lon, lat):
    back = geometry.gcj02_to_wgs84(*geometry.wgs84_to_gcj02(lon, lat))

    assert max(abs(back[0] - lon), abs(back[1] - lat)) < 1e-9


@given(lons, lats)
def test_there_and_back_by_bd09_is_the_same_point_to_1e_7_degree(lon, lat):
    back = geometry.bd09_to_gcj02(*geometry.gcj02_to_bd09(lon, lat))

    assert max(abs(back[0] - lon), abs(back[1] - lat)) < 1e-9


def test_outside_china_nothing_is_shifted():
    assert geometry.wgs84_to_gcj02(9.52, 47.14) == (9.52, 47.14)
    assert geometry.gcj02_to_wgs84(9.52, 47.14) == (9.52, 47.14)


@given(st.integers(-1_800_000_000, 1_800_000_000), st.integers(-900_000_000, 900_000_000))
def test_a_stored_point_is_read_back_exactly(x, y):
    assert geometry.snap(*geometry.degrees(x, y)) == (x, y)


@pytest.mark.parametrize("point", [(181.0, 0.0), (0.0, -91.0), (float("nan"), 0.0)])
def test_what_is_no_point_on_the_globe_is_refused(point):
    with pytest.raises(ValueError, match="longitude"):
        geometry.snap(*point)
