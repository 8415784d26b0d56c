"""Synthetic ground: plausible outlines drawn from a seed, with no map behind them.

A county is drawn as one mesh of small cells. A grid is a union of cells, a community
a union of grids, a street a union of communities: whatever lies side by side shares its
border to the last digit, as the coverage check of the grids asks. All is in degrees,
snapped to 1e-7.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import shapely
from shapely import MultiPoint, Point, Polygon

KM = 1 / 111.32  # degrees of latitude in a kilometre
SNAP = 1e-7
MESH = 40  # cells across a county
CELLS_PER_GRID = 24


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is to be drawn: where a county lies, and its communities by street, with their numbers of grids.

    ``centre`` in degrees, ``radius`` in km. A community with 0 grids is drawn whole.
    """

    code: str
    centre: tuple[float, float]
    radius: float
    streets: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Outlines by code; ``grids`` by community, in order from north-west to south-east."""

    county: Polygon
    streets: Mapping[str, Polygon]
    communities: Mapping[str, Polygon]
    grids: Mapping[str, Sequence[Polygon]]


def draw(sketch: Sketch, seed: str) -> Drawing:
    """Draw a county. The same sketch and seed give the same outlines on every machine."""
    random = Random(f"{seed}:{sketch.code}")  # noqa: S311 -- a drawing, not a secret
    outline = blob(sketch.centre, sketch.radius, random)
    codes, seats = _seats(sketch, outline, random)
    wanted = {code: n for communities in sketch.streets.values() for code, n in communities.items()}
    cells, owner = _mesh(outline, seats, [max(wanted[code], 1) for code in codes], random)
    grids: dict[str, list[Polygon]] = {}
    communities: dict[str, Polygon] = {}
    for index, code in enumerate(codes):
        own = cells[owner == index]
        communities[code] = shapely.coverage_union_all(own)
        if wanted[code]:
            grids[code] = _grids(own, wanted[code], random)
    streets = {
        street: shapely.coverage_union_all([communities[code] for code in of])
        for street, of in sketch.streets.items()
    }
    return Drawing(shapely.coverage_union_all(list(streets.values())), streets, communities, grids)


def blob(centre: tuple[float, float], radius: float, random: Random) -> Polygon:
    """Return a rounded, slightly irregular outline of about ``radius`` km."""
    waves = [(n, random.uniform(0.05, 0.3) / n, random.uniform(0, math.tau)) for n in range(2, 15)]
    lon, lat = centre
    wide = KM / math.cos(math.radians(lat))
    ring = []
    for step in range(180):
        angle = math.tau * step / 180
        reach = radius * (1 + sum(height * math.sin(n * angle + phase) for n, height, phase in waves))
        ring.append((lon + wide * reach * math.cos(angle), lat + KM * reach * math.sin(angle)))
    return Polygon(ring)


def points_in(polygon: Polygon, count: int, random: Random, *, apart: float = 0.0) -> list[Point]:
    """Return ``count`` points inside, at least ``apart`` degrees from each other while there is room."""
    west, south, east, north = polygon.bounds
    shapely.prepare(polygon)
    found: list[Point] = []
    tries = 0
    while len(found) < count:
        tries += 1
        if tries % 200 == 0:
            apart *= 0.8
        point = Point(random.uniform(west, east), random.uniform(south, north))
        if polygon.contains(point) and (not apart or all(point.distance(other) >= apart for other in found)):
            found.append(point)
    return found


def _seats(sketch: Sketch, outline: Polygon, random: Random) -> tuple[list[str], list[Point]]:
    """Spread the streets over the county and the communities around their street's seat."""
    inner = outline.buffer(-sketch.radius * KM * 0.12)
    room = math.sqrt(inner.area / len(sketch.streets))
    middles = points_in(inner, len(sketch.streets), random, apart=room * 0.8)
    pieces = _by_nearest(inner, middles)
    codes: list[str] = []
    seats: list[Point] = []
    for communities, piece in zip(sketch.streets.values(), pieces, strict=True):
        apart = math.sqrt(piece.area / len(communities)) * 0.75
        seats.extend(points_in(piece, len(communities), random, apart=apart))
        codes.extend(communities)
    return codes, seats


def _by_nearest(ground: Polygon, seats: Sequence[Point]) -> list[Polygon]:
    """Cut ``ground`` into one piece for each seat: all that is nearer to it than to any other."""
    if len(seats) == 1:
        return [ground]
    pieces = shapely.voronoi_polygons(MultiPoint(seats), extend_to=ground, ordered=True).geoms
    return [_largest(piece.intersection(ground)) for piece in pieces]


def _largest(geometry: shapely.Geometry) -> Polygon:
    parts = [part for part in shapely.get_parts(geometry) if isinstance(part, Polygon)]
    return max(parts, key=lambda part: part.area)


def _mesh(
    outline: Polygon, seats: Sequence[Point], grids: Sequence[int], random: Random
) -> tuple[np.ndarray, np.ndarray]:
    """Return the small cells, and for each the index of the seat whose ground it is."""
    points = [*seats, *points_in(outline, MESH * MESH, random)]
    for piece, count in zip(_by_nearest(outline, seats), grids, strict=True):
        points.extend(points_in(piece, CELLS_PER_GRID * count, random))
    cells = np.array([_snapped(cell) for cell in _by_nearest(outline, points)])
    owner = _nearest(shapely.points(shapely.get_coordinates(points)), seats)
    return cells, _joined(cells, owner)


def _snapped(cell: Polygon) -> Polygon:
    ring = np.round(shapely.get_coordinates(cell.exterior) / SNAP).astype(np.int64)
    return Polygon(shapely.get_coordinates(shapely.remove_repeated_points(shapely.linestrings(ring))) * SNAP)


def _nearest(points: np.ndarray, seats: Sequence[Point]) -> np.ndarray:
    distances = shapely.distance(points[:, None], np.array(seats)[None, :])
    return distances.argmin(axis=1)


def _joined(cells: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Give cells cut off from the rest of their owner's ground to the neighbour beside them."""
    owner = owner.copy()
    tree = shapely.STRtree(cells)
    for _round in range(10):
        stray = _strays(cells, owner)
        if not stray:
            break
        for index in stray:
            beside = [n for n in tree.query(cells[index], predicate="touches") if owner[n] != owner[index]]
            shared = {n: shapely.length(cells[n].intersection(cells[index])) for n in beside}
            owner[index] = owner[max(shared, key=lambda n: shared[n])]
    return owner


def _strays(cells: np.ndarray, owner: np.ndarray) -> list[int]:
    found: list[int] = []
    for index in np.unique(owner):
        mine = np.flatnonzero(owner == index)
        parts = shapely.get_parts(shapely.coverage_union_all(cells[mine]))
        if len(parts) > 1:
            body = max(parts, key=lambda part: part.area)
            found.extend(int(n) for n in mine if not body.covers(cells[n].representative_point()))
    return found


def _grids(cells: np.ndarray, count: int, random: Random) -> list[Polygon]:
    """Put a community's cells together into grids of about the same size."""
    middles = shapely.centroid(cells)
    seats = [middles[n] for n in random.sample(range(len(cells)), count)]
    for _round in range(12):
        owner = _nearest(middles, seats)
        seats = [shapely.centroid(MultiPoint(list(middles[owner == n]))) for n in range(count)]
    owner = _joined(cells, _nearest(middles, seats))
    grids = [shapely.coverage_union_all(cells[owner == n]) for n in range(count)]
    return sorted(grids, key=lambda grid: grid.centroid.x - grid.centroid.y)
