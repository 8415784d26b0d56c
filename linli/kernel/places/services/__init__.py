"""What can be done with the register of places. Every verb is one transaction under one lock."""

from __future__ import annotations

from linli.kernel.places.services.changing import (
    add_alias,
    add_code,
    add_place,
    end_place,
    merge,
    move,
    rename,
    set_facts,
)
from linli.kernel.places.services.divisions import import_divisions
from linli.kernel.places.services.grids import import_grids
from linli.kernel.places.services.outlines import import_outlines
from linli.kernel.places.services.register import follow
from linli.kernel.places.services.reports import Line, Report
from linli.kernel.places.services.shipped import import_aliases, load_shipped
from linli.kernel.places.services.zones import add_zone, house, set_zone_members

__all__ = [
    "Line",
    "Report",
    "add_alias",
    "add_code",
    "add_place",
    "add_zone",
    "end_place",
    "follow",
    "house",
    "import_aliases",
    "import_divisions",
    "import_grids",
    "import_outlines",
    "load_shipped",
    "merge",
    "move",
    "rename",
    "set_facts",
    "set_zone_members",
]
