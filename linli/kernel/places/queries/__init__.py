"""What can be asked of the register of places."""

from __future__ import annotations

from linli.foundation.paths import under
from linli.kernel.places.queries.checks import (
    Warned,
    fact,
    unassigned_buildings,
    unassigned_households,
    warnings,
)
from linli.kernel.places.queries.days import held_on, today
from linli.kernel.places.queries.drawing import grid_features, points_of
from linli.kernel.places.queries.locating import locate, locate_at, locate_many
from linli.kernel.places.queries.searching import search
from linli.kernel.places.queries.tree import (
    PlaceRef,
    along,
    at_building,
    by_code,
    by_path,
    chain,
    children,
    get,
    get_many,
    path_on,
    standing,
)
from linli.kernel.places.queries.zones import zone_total, zones_of, zones_under

__all__ = [
    "PlaceRef",
    "Warned",
    "along",
    "at_building",
    "by_code",
    "by_path",
    "chain",
    "children",
    "fact",
    "get",
    "get_many",
    "grid_features",
    "held_on",
    "locate",
    "locate_at",
    "locate_many",
    "path_on",
    "points_of",
    "search",
    "standing",
    "today",
    "unassigned_buildings",
    "unassigned_households",
    "under",
    "warnings",
    "zone_total",
    "zones_of",
    "zones_under",
]
