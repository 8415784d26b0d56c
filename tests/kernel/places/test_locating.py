from __future__ import annotations

import random
from datetime import date
from functools import cache

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.foundation import geometry
from linli.foundation.ids import new_id
from linli.kernel.places import queries, services
from linli.kernel.places.models import Outline
from linli.kernel.places.queries.locating import Locator
from linli.kernel.places.services import coverage, shapes
from tests.kernel.places import ground

WEST, SOUTH, SIDE, CELLS = 1_092_000_000, 275_000_000, 20_000, 4


@cache
def published() -> list[shapely.Polygon]:
    """Sixteen crooked cells, as a survey would draw them: corners of one lie inside another's sides."""
    chance = random.Random(7)
    corners = {
        (i, j): (
            WEST + i * SIDE + (chance.randint(-4000, 4000) if 0 < i < CELLS else 0),
            SOUTH + j * SIDE + (chance.randint(-4000, 4000) if 0 < j < CELLS else 0),
        )
        for i in range(CELLS + 1)
        for j in range(CELLS + 1)
    }
    cells = []
    for i in range(CELLS):
        for j in range(CELLS):
            square = [corners[i, j], corners[i + 1, j], corners[i + 1, j + 1], corners[i, j + 1]]
            # Every second cell names a corner halfway along its sides that its neighbour does not.
            named = [
                p for n, p in enumerate(square) for p in _side(p, square[(n + 1) % 4], named=(i + j) % 2)
            ]
            cells.append(shapely.Polygon(named))
    return cells


def _side(start, end, *, named):
    return [start, ((start[0] + end[0]) // 2, (start[1] + end[1]) // 2)] if named else [start]


@cache
def covered() -> tuple[coverage.Coverage, Locator]:
    found = coverage.cover(published(), None)
    assert found.faults == []
    ids = [new_id() for _cell in found.grids]
    return found, Locator(date(2026, 3, 2), ids, np.array(found.grids))


def points() -> st.SearchStrategy[tuple[int, int]]:
    """Anywhere on the ground, at a corner, on a side, and one unit beside them."""
    corners = [(int(x), int(y)) for x, y in shapely.get_coordinates(np.array(published()))]
    outer = SIDE * CELLS
    anywhere = st.tuples(st.integers(WEST, WEST + outer), st.integers(SOUTH, SOUTH + outer))
    near = st.integers(-2, 2)
    at_corner = st.builds(lambda p, dx, dy: (p[0] + dx, p[1] + dy), st.sampled_from(corners), near, near)
    sides = st.sampled_from(corners)
    on_side = st.builds(
        lambda a, b, share, dx, dy: (
            a[0] + (b[0] - a[0]) * share // 64 + dx,
            a[1] + (b[1] - a[1]) * share // 64 + dy,
        ),
        sides,
        sides,
        st.integers(0, 64),
        near,
        near,
    )
    return st.one_of(anywhere, at_corner, on_side)


@pytest.mark.slow  # two thousand points
@settings(max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(points())
def test_every_point_of_a_covered_community_lies_in_exactly_one_grid(point):
    found, locator = covered()
    holding = [n for n, cell in enumerate(found.grids) if shapely.intersects_xy(cell, *point)]
    inside = shapely.intersects_xy(found.ground, *point)
    interiors = [n for n in holding if shapely.contains_xy(found.grids[n], *point)]

    # At least one holds it, never the inner ground of two, and the lowest code decides on a border.
    assert bool(holding) == inside
    assert len(interiors) <= 1
    assert not interiors or holding == interiors
    assert locator.find(*point) == (locator.ids[min(holding)] if holding else None)


def test_a_corner_of_four_grids_belongs_to_the_lowest_code():
    found, locator = covered()
    counts: dict[tuple[float, float], int] = {}
    for cell in found.grids:
        for corner in {tuple(corner) for corner in shapely.get_coordinates(cell).tolist()}:
            counts[corner] = counts.get(corner, 0) + 1
    shared_by_four = [corner for corner, count in counts.items() if count == 4]

    assert len(shared_by_four) == (CELLS - 1) ** 2
    for x, y in shared_by_four:
        lowest = min(n for n, cell in enumerate(found.grids) if shapely.intersects_xy(cell, x, y))
        assert locator.find(int(x), int(y)) == locator.ids[lowest]


def test_many_points_at_once_get_the_same_answers_as_one_by_one():
    _found, locator = covered()
    chance = random.Random(3)
    asked = [
        (
            WEST + chance.randint(-9000, SIDE * CELLS + 9000),
            SOUTH + chance.randint(-9000, SIDE * CELLS + 9000),
        )
        for _n in range(3000)
    ]
    answers = [locator.find(x, y) for x, y in asked]

    assert locator.find_many(np.array(asked)) == answers
    assert 0 < answers.count(None) < 3000


def test_large_and_small_grids_together_do_not_make_countless_cells():
    small = [shapely.box(n * 10, 0, n * 10 + 10, 10) for n in range(200)]
    large = shapely.box(0, 10, 2_000_000, 2_000_010)
    locator = Locator(date(2026, 3, 2), [new_id() for _n in range(201)], np.array([*small, large]))

    assert len(locator._cells) <= 17 * 201
    assert locator.find(1_999_999, 1_999_999) == locator.ids[200]
    assert locator.find(5, 5) == locator.ids[0]
    assert locator.find(5, 10) == locator.ids[0]


@pytest.mark.django_db
def test_a_point_finds_its_grid_and_a_point_outside_finds_none():
    ground.a_county()
    grids = ground.three_grids()

    assert queries.locate(109.215, 27.52).full_name == "万山区丹都街道旺家社区第一网格"
    assert queries.locate(109.225, 27.5171717).id == grids["第二网格"].id
    assert queries.locate(109.25, 27.52) is None
    assert queries.locate_at(1_092_150_000, 275_200_000).id == grids["第一网格"].id
    assert [ref and ref.name for ref in queries.locate_many([(1_092_150_000, 275_200_000), (0, 0)])] == [
        "第一网格",
        None,
    ]


@pytest.mark.django_db
def test_a_border_point_goes_to_the_lowest_code_whatever_came_first():
    ground.a_county()
    coded = zip(ground.GRIDS.items(), ["G3", "G2", "G1"], strict=True)
    geojson = ground.collection(*(ground.feature(name, ring, code=code) for (name, ring), code in coded))
    services.import_grids(
        geojson=geojson, community_id=ground.place(ground.WANGJIA).id, source="test", now=ground.NOW
    )

    assert queries.locate(109.22, 27.5171717).name == "第三网格"
    assert queries.locate(109.22, 27.512).name == "第二网格"


@pytest.mark.django_db
def test_locating_follows_when_the_outlines_change():
    ground.a_county()
    community = ground.place(ground.WANGJIA)
    ground.three_grids()
    assert queries.locate(109.225, 27.517).name == "第二网格"
    south = [*ground.SOUTH_GRID[:2], (109.2333333, 27.5161), (109.22, 27.5161)]
    north = [(109.22, 27.5161), (109.2333333, 27.5161), *ground.SOUTH_GRID[2:3], *ground.NORTH_GRID[2:]]
    report = services.import_grids(
        geojson=ground.grids(第二网格=south, 第三网格=north),
        community_id=community.id,
        source="test",
        now=ground.NOW,
    )

    assert report.is_saved, report.refused
    assert queries.locate(109.225, 27.517).name == "第三网格"


@pytest.mark.django_db
def test_outlines_are_kept_in_whole_units_of_1e_7_degree():
    ground.a_county()
    ground.three_grids()
    for outline in Outline.objects.all():
        corners = shapely.get_coordinates(shapes.load(outline.wkb))
        assert (corners == np.round(corners)).all()
        assert all(geometry.snap(*geometry.degrees(int(x), int(y))) == (x, y) for x, y in corners)
