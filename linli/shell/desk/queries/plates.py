"""The plates (扫码牌) of a ground: grids, buildings, facilities, in the order of the tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q

from linli.foundation.paths import under
from linli.kernel.places import queries as places
from linli.kernel.places.choices import Level
from linli.kernel.places.models import Place
from linli.kernel.places.queries import PlaceRef

SHEET = 6  # plates on a page of A4
PAGE = 10 * SHEET  # plates printed at once
LEVELS = (Level.GRID, Level.BUILDING, Level.FACILITY, Level.ESTATE, Level.SITE)


@dataclass(frozen=True, slots=True)
class Plates:
    """Places to make plates for; ``after`` is the place to go on from, None at the end."""

    places: Sequence[PlaceRef]
    after: UUID | None


def plates(path: str, level: str, on: date, *, after: UUID | None = None) -> Plates:
    """Return the places of one level, or of all that have plates, under a path. At most three queries."""
    found = Place.objects.filter(_here(path, on), level__in=[level] if level in LEVELS else LEVELS)
    found = found.filter(Q(valid_to=None) | Q(valid_to__gt=on))
    if after and (start := places.get(after)):
        found = found.filter(path__gt=start.path)
    ids = list(found.order_by("path").values_list("id", flat=True)[: PAGE + 1])
    known = places.get_many(ids[:PAGE])
    return Plates(
        [known[one] for one in ids[:PAGE] if one in known], ids[PAGE - 1] if len(ids) > PAGE else None
    )


def _here(path: str, on: date) -> Q:
    """Under a grid stand also the buildings that it houses, whose place in the tree is elsewhere."""
    grid = places.by_path(path)
    if grid is None or grid.level != Level.GRID:
        return under(path) if path != "/" else Q()
    return under(path) | Q(id__in=[place.id for place in places.children(grid, on)])
