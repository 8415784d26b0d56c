"""What can be asked of the register of places."""

from __future__ import annotations

from linli.foundation.paths import under
from linli.kernel.places.queries.locating import locate, locate_at
from linli.kernel.places.queries.searching import search
from linli.kernel.places.queries.tree import (
    PlaceRef,
    along,
    by_code,
    by_path,
    chain,
    children,
    get,
    get_many,
    path_on,
    today,
)

__all__ = [
    "PlaceRef",
    "along",
    "by_code",
    "by_path",
    "chain",
    "children",
    "get",
    "get_many",
    "locate",
    "locate_at",
    "path_on",
    "search",
    "today",
    "under",
]
