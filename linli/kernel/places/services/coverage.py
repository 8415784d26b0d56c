"""Do the grids of a community cover it without gap or overlap?

All coordinates are whole units of 1e-7 degree (1 cm). Where one grid's corner
lies on another's side, the published outlines rarely name the corner twice, and
rounded to whole units it does not lie exactly on the side either. So first every
corner within one unit of a side becomes a corner of that side too; after that,
neighbours share their sides point by point, and what is left is a real gap or a
real overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from django.utils.translation import gettext_lazy as _
from shapely.geometry.base import BaseGeometry

from linli.kernel.places.services import shapes

# A corner rounded to whole units lies at most half a diagonal (0.71) from its side.
_REACH = 0.75
_MOST_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Fault:
    """Which grids are at fault (by position; none for a gap), what it is, and where (degrees)."""

    grids: tuple[int, ...]
    why: Any
    point: shapes.Point


@dataclass
class Coverage:
    """The grids with their sides matched, the ground they cover, and what is wrong."""

    grids: list[BaseGeometry]
    ground: BaseGeometry
    faults: list[Fault]


def cover(grids: Sequence[BaseGeometry], ground: BaseGeometry | None) -> Coverage:
    """Match the grids' sides and look for faults against the community's ground, if it is known."""
    whole = [*grids, ground] if ground is not None else list(grids)
    matched = _match(whole)
    cells, outer = (matched[:-1], matched[-1]) if ground is not None else (matched, None)
    bent = [n for n, cell in enumerate(cells) if not shapely.is_valid(cell)]
    faults = [
        Fault((n,), _("边界自相交或自相接。"), shapes.inner_point(shapes.repair(cells[n]))) for n in bent
    ]
    if faults:
        return Coverage(cells, grids[0], faults)
    faults = _overlaps(cells)
    union = shapely.union_all(np.array(cells)) if faults else shapely.coverage_union_all(np.array(cells))
    faults += _gaps(union, outer)
    if not faults and not shapely.coverage_is_valid(np.array(cells)):
        faults = [Fault((), _("网格之间的边界没有对齐。"), _edge_point(cells))]
    return Coverage(cells, union, faults)


def _overlaps(cells: list[BaseGeometry]) -> list[Fault]:
    array = np.array(cells)
    first, second = shapely.STRtree(array).query(array, predicate="intersects")
    pairs = [(a, b) for a, b in zip(first.tolist(), second.tolist(), strict=True) if a < b]
    faults = []
    for a, b in sorted(pairs):
        shared = shapely.intersection(cells[a], cells[b])
        if shapely.area(shared) > 0:
            faults.append(Fault((a, b), _("两个网格重叠。"), shapes.inner_point(_widest(shared))))
    return faults


def _gaps(union: BaseGeometry, outer: BaseGeometry | None) -> list[Fault]:
    if outer is None:
        holes = [shapely.Polygon(ring) for part in shapely.get_parts(union) for ring in part.interiors]
        return [Fault((), _("网格之间有空隙。"), shapes.inner_point(hole)) for hole in holes]
    missing = _parts(shapely.difference(outer, union))
    beyond = _parts(shapely.difference(union, outer))
    faults = [Fault((), _("社区里有没划进网格的地方。"), shapes.inner_point(part)) for part in missing]
    return faults + [Fault((), _("网格超出了社区的边界。"), shapes.inner_point(part)) for part in beyond]


def _parts(ground: BaseGeometry) -> list[BaseGeometry]:
    """Return the parts of a ground; an empty one has none, where shapely gives one empty part."""
    return [part for part in shapely.get_parts(ground) if not shapely.is_empty(part)]


def _widest(ground: BaseGeometry) -> BaseGeometry:
    return max(shapely.get_parts(ground).tolist(), key=shapely.area)


def _edge_point(cells: list[BaseGeometry]) -> shapes.Point:
    edges = shapely.coverage_invalid_edges(np.array(cells))
    return shapes.inner_point(next(edge for edge in edges if not shapely.is_empty(edge)))


def _match(grounds: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """Put every corner that lies on another's side into that side, until none is left to put."""
    current = list(grounds)
    for _round in range(_MOST_ROUNDS):
        corners = np.unique(shapely.get_coordinates(np.array(current)), axis=0)
        index = shapely.STRtree(shapely.points(corners))
        matched = [_with_corners(ground, corners, index) for ground in current]
        if all(shapely.equals_exact(a, b) for a, b in zip(matched, current, strict=True)):
            break
        current = matched
    return current


def _with_corners(ground: BaseGeometry, corners: npt.NDArray[Any], index: shapely.STRtree) -> BaseGeometry:
    polygons = [
        shapely.Polygon(
            _ring(part.exterior, corners, index), [_ring(hole, corners, index) for hole in part.interiors]
        )
        for part in shapely.get_parts(ground)
    ]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _ring(ring: Any, corners: npt.NDArray[Any], index: shapely.STRtree) -> list[tuple[float, float]]:
    points = shapely.get_coordinates(ring)
    sides = shapely.linestrings(np.stack([points[:-1], points[1:]], axis=1))
    which, near = index.query(sides, predicate="dwithin", distance=_REACH)
    found: dict[int, list[int]] = {}
    for side, corner in zip(which.tolist(), near.tolist(), strict=True):
        found.setdefault(side, []).append(corner)
    line: list[tuple[float, float]] = []
    for n, (start, end) in enumerate(pairwise(points)):
        line.append((start[0], start[1]))
        along = end - start
        between = [(float(along @ (corners[c] - start)), *corners[c]) for c in found.get(n, [])]
        length = float(along @ along)
        line += [(x, y) for reach, x, y in sorted(between) if 0 < reach < length]
    return [*line, line[0]]
