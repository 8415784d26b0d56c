"""A small piece of ground to test on: one county, two communities, grids with corners on sides."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from linli.foundation.rules import IMPORT
from linli.kernel.places import services
from linli.kernel.places.models import Code, Place

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # noon in Shanghai
DAY = date(2026, 3, 2)
ROWS = [
    {"code": "520000000000", "level": "1", "name": "贵州省", "parent": ""},
    {"code": "520600000000", "level": "2", "name": "铜仁市", "parent": "520000000000"},
    {"code": "520603000000", "level": "3", "name": "万山区", "parent": "520600000000"},
    {"code": "520603004000", "level": "4", "name": "丹都街道", "parent": "520603000000"},
    {"code": "520603004003", "level": "5", "name": "旺家社区居民委员会", "parent": "520603004000"},
    {"code": "520603004006", "level": "5", "name": "龙生社区居民委员会", "parent": "520603004000"},
]
WANGJIA, LONGSHENG, STREET, COUNTY = "520603004003", "520603004006", "520603004000", "520603000000"

# Degrees. The third grid's corner lies on the middle of the first's side, where the first has none.
WEST_GRID = [(109.21, 27.51), (109.22, 27.51), (109.22, 27.53), (109.21, 27.53)]
SOUTH_GRID = [(109.22, 27.51), (109.2333333, 27.51), (109.2333333, 27.5171717), (109.22, 27.5171717)]
NORTH_GRID = [(109.22, 27.5171717), (109.2333333, 27.5171717), (109.24, 27.53), (109.22, 27.53)]
GRIDS = {"第一网格": WEST_GRID, "第二网格": SOUTH_GRID, "第三网格": NORTH_GRID}


def a_county() -> None:
    """Take in the divisions above."""
    report = services.import_divisions(rows=ROWS, source="test", now=NOW)
    assert report.is_saved


def place(code: str) -> Place:
    return Code.objects.get(code=code, valid_to__isnull=True).place


def add(level: str, name: str, parent: Place, **more: Any) -> Place:
    return services.add_place(level=level, name=name, parent_id=parent.id, now=NOW, actor=IMPORT, **more)


def feature(name: str, corners: list[tuple[float, float]], **properties: Any) -> dict[str, Any]:
    ring = [list(corner) for corner in [*corners, corners[0]]]
    return {
        "type": "Feature",
        "properties": {"name": name, **properties},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def collection(*features: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def grids(**changed: list[tuple[float, float]] | None) -> dict[str, Any]:
    """Return the three grids as GeoJSON, some with other corners, or left out (None)."""
    shapes = {**GRIDS, **changed}
    return collection(*(feature(name, corners) for name, corners in shapes.items() if corners))


def three_grids() -> dict[str, Place]:
    """Divide 旺家社区 and return its grids by name."""
    report = services.import_grids(geojson=grids(), community_id=place(WANGJIA).id, source="test", now=NOW)
    assert report.is_saved, report.refused
    return {grid.name: grid for grid in Place.objects.filter(level="grid")}
