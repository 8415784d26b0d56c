"""Which grid a point lies in, from the outlines in memory.

Everything is done in whole units of 1e-7 degree, in which the outlines are
stored, so that every side-of-a-line decision is exact. A point on a border lies
in several grids; the one with the lowest code has it.

Asking an STR tree for one point costs more than 10 µs, most of it for making the
point. So the ground is cut into cells a third of a grid wide: a cell that lies in
one grid answers at once, the others name the few grids that must be asked. Many
points at a time go through the STR tree, which is the faster way for them.
``bench/locate.py`` measures it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
import shapely
from shapely import lib

from linli.foundation import geometry
from linli.kernel.journal.memory import Remembered
from linli.kernel.places.choices import Level
from linli.kernel.places.models import Outline
from linli.kernel.places.queries import days, tree
from linli.kernel.places.queries.tree import PlaceRef

OUTLINES = "places.outlines"  # the stamp that moves when grids are drawn anew
_ACROSS = 3  # cells across a grid of the usual size
_CELLS_EACH = 24  # cells per grid, at most; more than this and they are made wider
_STRIDE = 1 << 32  # two numbers of a cell in one key

Polygons = npt.NDArray[Any]
Cell = int | tuple[int, ...]


class Locator:
    """The outlines of one day, sorted by code: of several hits the first has the point."""

    def __init__(self, on: date, ids: list[UUID], polygons: Polygons) -> None:
        self.on = on
        self.ids = ids
        shapely.prepare(polygons)
        self._polygons: list[Any] = list(polygons)
        self._index = shapely.STRtree(polygons)
        self._width, self._height, self._cells = _cut(polygons) if ids else (1, 1, {})

    def find(self, x: int, y: int) -> UUID | None:
        """Return the place that has the point, given in 1e-7 degree."""
        cell = self._cells.get(x // self._width * _STRIDE + y // self._height)
        if cell is None:
            return None
        if isinstance(cell, int):
            return self.ids[cell]
        for n in cell:
            # shapely.intersects_xy itself prepares and checks anew each time: 2.9 µs against 1.6.
            if lib.intersects_xy(self._polygons[n], x, y):
                return self.ids[n]
        return None

    def find_many(self, points: npt.NDArray[Any]) -> list[UUID | None]:
        """Return the place of each point, an array of shape (n, 2) in 1e-7 degree."""
        owner = np.full(len(points), len(self.ids), dtype=np.int64)
        which, hits = self._index.query(shapely.points(points.astype(float)), predicate="intersects")
        np.minimum.at(owner, which, hits)
        return [self.ids[n] if n < len(self.ids) else None for n in owner.tolist()]


def _cut(polygons: Polygons) -> tuple[int, int, dict[int, Cell]]:
    """Return a cell's width and height, and for each cell which polygons reach into it.

    A cell's key is column × 2³² + row. It has a number when it lies in one polygon
    and no other touches it, else the polygons in their order.
    """
    boxes = shapely.bounds(polygons).astype(np.int64)
    width, height = _cell_size(boxes)
    first = np.floor_divide(boxes[:, :2], (width, height))
    spans = np.floor_divide(boxes[:, 2:], (width, height)) - first + 1
    counts = spans[:, 0] * spans[:, 1]
    owner = np.repeat(np.arange(len(polygons)), counts)
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    column = first[owner, 0] + nth // spans[owner, 1]
    row = first[owner, 1] + nth % spans[owner, 1]
    squares = shapely.box(column * width, row * height, (column + 1) * width, (row + 1) * height)
    met = shapely.intersects(polygons[owner], squares)
    owner, squares, keys = owner[met], squares[met], (column * _STRIDE + row)[met]
    whole = shapely.contains(polygons[owner], squares)
    cells: dict[int, Cell] = {}
    alone: dict[int, bool] = {}
    for key, n, inside in zip(keys.tolist(), owner.tolist(), whole.tolist(), strict=True):
        others = cells.get(key, ())
        cells[key] = (*others, n) if isinstance(others, tuple) else (others, n)
        alone[key] = inside and not others
    return width, height, {key: cell[0] if alone[key] else cell for key, cell in cells.items()}  # type: ignore[index]


def _cell_size(boxes: npt.NDArray[np.int64]) -> tuple[int, int]:
    """Return a size such that there are some cells to a polygon, and not very many to a large one."""
    sizes = np.maximum(boxes[:, 2:] - boxes[:, :2], 1)
    width, height = (max(int(side) // _ACROSS, 1) for side in np.median(sizes, axis=0))
    while (np.ceil(sizes[:, 0] / width) * np.ceil(sizes[:, 1] / height)).sum() > _CELLS_EACH * len(boxes):
        width, height = width * 2, height * 2
    return width, height


def locator_of(on: date) -> Locator:
    """Read the outlines of the grids of a day."""
    found = Outline.objects.filter(days.held_on(on), place__level=Level.GRID)
    order = _order()
    rows = sorted(found.values_list("place_id", "wkb"), key=lambda row: order(row[0]))
    polygons = shapely.from_wkb([bytes(wkb) for _place_id, wkb in rows])
    return Locator(on, [place_id for place_id, _wkb in rows], np.asarray(polygons, dtype=object))


def _order() -> Any:
    """Return what decides between places on a border: the lowest code, or else the short id."""
    now = tree.tree()
    lowest: dict[UUID, str] = {}
    for code, spans in now.codes.items():
        for span in spans:
            if span.place_id not in lowest or code < lowest[span.place_id]:
                lowest[span.place_id] = code

    def order(place_id: UUID) -> tuple[bool, str, int]:
        row = now.row(place_id)
        code = lowest.get(place_id, "")
        return not code, code, row.short if row else 0

    return order


class _Ground:
    """The index and the tree of one state of the register; at midnight another day's index begins."""

    def __init__(self) -> None:
        self.tree = tree.tree()
        self.turn()

    def turn(self) -> None:
        """Take the index of today, which other states of the register may share."""
        self.until = days.midnight()
        on, by_day = days.today(), _drawn.get()
        if on not in by_day:
            made = locator_of(on)
            by_day.clear()
            by_day[on] = made
        self.locator = by_day[on]


_drawn: Remembered[dict[date, Locator]] = Remembered(OUTLINES, dict)
_ground: Remembered[_Ground] = Remembered(tree.STAMP, _Ground)


def _today() -> _Ground:
    ground = _ground.get()
    if time.time() >= ground.until:
        ground.turn()
    return ground


def locator() -> Locator:
    """Return the index as it is today."""
    return _today().locator


def locate(lon: float, lat: float) -> PlaceRef | None:
    """Return the grid a WGS-84 point (degrees) lies in, or None outside every grid."""
    return locate_at(*geometry.snap(lon, lat))


def locate_at(x: int, y: int) -> PlaceRef | None:
    """Return the grid of a point given in 1e-7 degree, as cases store it."""
    ground = _today()
    place_id = ground.locator.find(x, y)
    return ground.tree.ref(place_id) if place_id is not None else None


def locate_many(points: Iterable[tuple[int, int]]) -> list[PlaceRef | None]:
    """Return the grid of each point, given in 1e-7 degree."""
    ground = _today()
    found = ground.locator.find_many(np.asarray(list(points), dtype=np.int64).reshape(-1, 2))
    return [ground.tree.ref(place_id) if place_id is not None else None for place_id in found]
