from __future__ import annotations

from random import Random

import numpy as np
import pytest
import shapely

from linli.demo.outlines import Sketch, draw, points_in

SKETCH = Sketch(
    "000000",
    (109.2, 27.5),
    6,
    {"east": {"e1": 4, "e2": 0, "e3": 2}, "west": {"w1": 1, "w2": 0}, "south": {"s1": 7}},
)


@pytest.fixture(scope="module")
def drawing():
    return draw(SKETCH, "seed")


def test_the_same_seed_draws_the_same_ground(drawing):
    again = draw(SKETCH, "seed")
    assert drawing.county.wkb == again.county.wkb
    assert [grid.wkb for grid in drawing.grids["s1"]] == [grid.wkb for grid in again.grids["s1"]]


def test_another_seed_draws_another_ground(drawing):
    assert not drawing.county.equals(draw(SKETCH, "other").county)


@pytest.mark.parametrize("seed", ["a", "b", "c", "d"])
def test_grids_cover_their_community_to_the_last_digit(seed):
    drawing = draw(SKETCH, seed)
    assert {code: len(grids) for code, grids in drawing.grids.items()} == {"e1": 4, "e3": 2, "w1": 1, "s1": 7}
    for code, grids in drawing.grids.items():
        assert shapely.coverage_is_valid(grids)
        assert shapely.union_all(grids).equals(drawing.communities[code])
        assert all(grid.geom_type == "Polygon" and grid.is_valid for grid in grids)


def test_communities_cover_their_streets_and_streets_the_county(drawing):
    assert shapely.coverage_is_valid(list(drawing.communities.values()))
    assert shapely.union_all([drawing.communities[c] for c in ("e1", "e2", "e3")]).equals(
        drawing.streets["east"]
    )
    assert shapely.union_all(list(drawing.streets.values())).equals(drawing.county)
    assert all(shape.geom_type == "Polygon" for shape in [*drawing.communities.values(), drawing.county])


def test_every_corner_is_a_whole_number_of_ten_millionths(drawing):
    units = shapely.get_coordinates(list(drawing.communities.values())) * 1e7
    assert np.abs(units - np.round(units)).max() < 1e-4


def test_a_community_of_more_grids_is_not_cut_into_crumbs(drawing):
    areas = [grid.area for grid in drawing.grids["s1"]]
    assert max(areas) < 6 * min(areas)


def test_points_lie_inside_and_apart(drawing):
    points = points_in(drawing.county, 30, Random(1), apart=0.005)
    assert len(points) == 30
    assert all(drawing.county.contains(point) for point in points)
    nearest = min(a.distance(b) for a in points for b in points if a is not b)
    assert nearest >= 0.005 * 0.8**5
