"""Which grid a point lies in: an STR tree over the grids' outlines, in memory.

Everything is done in whole units of 1e-7 degree, in which the outlines are
stored, so that every side-of-a-line decision is exact. A point on a border lies
in several grids; the one with the lowest code has it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

import numpy as np
import shapely
from django.db.models import Q

from linli.foundation import geometry
from linli.kernel.journal.memory import Remembered
from linli.kernel.places.choices import Level
from linli.kernel.places.models import Outline
from linli.kernel.places.queries import tree
from linli.kernel.places.queries.tree import PlaceRef


class Locator:
    """The outlines of one day, sorted by code: of several hits the first has the point."""

    def __init__(self, on: date, ids: list[UUID], polygons: np.ndarray) -> None:
        self.on = on
        self.ids = ids
        self.polygons = polygons
        shapely.prepare(polygons)
        self.index = shapely.STRtree(polygons)

    def find(self, x: int, y: int) -> UUID | None:
        """Return the place that has the point, given in 1e-7 degree."""
        hits = self.index.query(shapely.points(float(x), float(y)), predicate="intersects")
        return self.ids[hits.min()] if hits.size else None

    def find_many(self, points: np.ndarray) -> list[UUID | None]:
        """Return the place of each point, an array of shape (n, 2) in 1e-7 degree."""
        owner = np.full(len(points), len(self.ids), dtype=np.int64)
        which, hits = self.index.query(shapely.points(points.astype(float)), predicate="intersects")
        np.minimum.at(owner, which, hits)
        return [self.ids[n] if n < len(self.ids) else None for n in owner.tolist()]


def _load() -> Locator:
    return locator_of(tree.today())


def locator_of(on: date) -> Locator:
    """Read the outlines of the grids of a day."""
    held = Q(valid_from__isnull=True) | Q(valid_from__lte=on)
    open_ = Q(valid_to__isnull=True) | Q(valid_to__gt=on)
    rows = list(Outline.objects.filter(held, open_, place__level=Level.GRID).values_list("place_id", "wkb"))
    codes = _first_codes(place_id for place_id, _wkb in rows)
    rows.sort(key=lambda row: codes[row[0]])
    polygons = shapely.from_wkb([bytes(wkb) for _place_id, wkb in rows])
    return Locator(on, [place_id for place_id, _wkb in rows], polygons)


def _first_codes(place_ids: Iterable[UUID]) -> dict[UUID, tuple[str, int]]:
    """Return what decides between places on a border: the code, or else the short id."""
    now = tree.tree()
    lowest: dict[UUID, str] = {}
    for code, spans in now.codes.items():
        for span in spans:
            if code < lowest.get(span.place_id, "~"):
                lowest[span.place_id] = code
    return {place_id: (lowest.get(place_id, "~"), _short(place_id)) for place_id in place_ids}


def _short(place_id: UUID) -> int:
    row = tree.tree().row(place_id)
    return row.short if row else 0


_locator: Remembered[Locator] = Remembered("places", _load)
_turned: Locator | None = None


def locator() -> Locator:
    """Return the index as it is now; at midnight it is built anew for the new day."""
    global _turned  # noqa: PLW0603 -- the process's one copy, swapped whole
    found = _locator.get()
    on = tree.today()
    if found.on == on:
        return found
    if _turned is None or _turned.on != on:
        _turned = locator_of(on)
    return _turned


def locate(lon: float, lat: float) -> PlaceRef | None:
    """Return the grid a WGS-84 point (degrees) lies in, or None outside every grid."""
    return locate_at(*geometry.snap(lon, lat))


def locate_at(x: int, y: int) -> PlaceRef | None:
    """Return the grid of a point given in 1e-7 degree, as cases store it."""
    place_id = locator().find(x, y)
    return tree.get(place_id) if place_id is not None else None
