"""The demonstration's ground: real places, counted facts, invented outlines.

Everything goes through the services of ``places``, as any county's data would. The
outlines follow from the seed and the anchor date alone and are marked 示意.
"""

from __future__ import annotations

import csv
import gzip
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import shapely
from django.conf import settings
from shapely import Polygon

from linli.demo.outlines import KM, Drawing, Sketch, draw, points_in
from linli.foundation.rules import IMPORT
from linli.kernel.places import services
from linli.kernel.places.choices import Level, Scheme
from linli.kernel.places.models import Code, Place, Zone

HERE = Path(__file__).parent
SCHEMATIC = "示意"
SOURCE_OF_FACTS = "公开报道"
NUMERALS = "一二三四五六七八九十"
BUILDING = 0.02  # km, half the side of a building as drawn


@dataclass
class Ground:
    """What was built. ``places`` are ids by code, ``grids`` and ``buildings`` by the community's code,
    ``zones`` by name, ``shapes`` the ground of each grid in degrees (to find points in it)."""

    county: UUID
    places: dict[str, UUID] = field(default_factory=dict)
    grids: dict[str, list[UUID]] = field(default_factory=dict)
    buildings: dict[str, list[UUID]] = field(default_factory=dict)
    zones: dict[str, UUID] = field(default_factory=dict)
    shapes: dict[UUID, Polygon] = field(default_factory=dict)

    def point_in(self, grid_id: UUID, random: Random) -> tuple[float, float]:
        """Return a point of a grid in degrees, to 1e-7."""
        [point] = points_in(self.shapes[grid_id], 1, random)
        return round(point.x, 7), round(point.y, 7)


def build_ground(seed: str, anchor: date, now: datetime) -> Ground:
    """Build the ground, or find it where it stands: called again, nothing is doubled."""
    plan = tomllib.loads((HERE / "ground.toml").read_text(encoding="utf-8"))
    rows = _divisions(plan["sketch"])
    _saved(services.import_divisions(rows=rows, source="国家统计局2023年统计用区划代码", now=now))
    ids = dict(Code.objects.filter(valid_to__isnull=True, scheme=Scheme.STAT).values_list("code", "place_id"))
    ground = Ground(county=ids["520603000000"], places={row["code"]: ids[row["code"]] for row in rows})
    key = f"{seed}:{anchor.isoformat()}"
    for sketch, is_whole in sketches(plan["sketch"], rows):
        drawing = draw(sketch, key)
        _outline(sketch, drawing, now, plan["source"], is_whole=is_whole)
        _divide(ground, drawing, now, plan["source"])
    for row in plan["buildings"]:
        _build(ground, row, Random(f"{key}:{row['community']}"), now)  # noqa: S311 -- a drawing, not a secret
    _tell(ground, plan, now)
    return ground


def sketches(
    found: Iterable[Mapping[str, Any]], rows: Sequence[Mapping[str, str]]
) -> list[tuple[Sketch, bool]]:
    """Return what is to be drawn, each with whether the whole county is."""
    sketched = []
    for row in found:
        streets: dict[str, dict[str, int]] = {}
        for division in rows:
            code = division["code"]
            if (
                division["level"] == "5"
                and code.startswith(row["code"])
                and (row["whole"] or code in row["grids"])
            ):
                streets.setdefault(division["parent"], {})[code] = row["grids"].get(code, 0)
        lon, lat = row["centre"]
        sketched.append((Sketch(row["code"], (lon, lat), row["radius"], streets), bool(row["whole"])))
    return sketched


def facts() -> list[dict[str, Any]]:
    """Return the counted facts, each with code, place, key, metric, value, unit and entry."""
    found: list[dict[str, Any]] = tomllib.loads((HERE / "facts.toml").read_text(encoding="utf-8"))["fact"]
    return found


def grid_name(number: int) -> str:
    """Return 第一网格, 第十二网格 …"""
    tens, ones = divmod(number, 10)
    head = ("" if tens == 1 else NUMERALS[tens - 1]) + "十" if tens else ""
    return f"第{head}{NUMERALS[ones - 1] if ones else ''}网格"


def _divisions(found: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return the rows of what is drawn, of what lies above it, and of the counties beside it."""
    cities = {row["code"][:4] for row in found}
    drawn = tuple(
        code for row in found for code in ([row["code"]] if row["whole"] else {c[:9] for c in row["grids"]})
    )
    file = Path(settings.ROOT) / "catalog/divisions/guizhou_2023.csv.gz"
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        return [
            row
            for row in csv.DictReader(lines)
            if row["level"] in "12"
            or (row["level"] == "3" and row["code"][:4] in cities)
            or row["code"].startswith(drawn)
        ]


def _saved(report: services.Report) -> None:
    if not report.is_saved:
        raise ValueError(f"The ground was refused: {report.refused[:3]}")


def _outline(sketch: Sketch, drawing: Drawing, now: datetime, source: str, *, is_whole: bool) -> None:
    shapes = dict(drawing.communities)
    if is_whole:
        shapes |= {**drawing.streets, sketch.code: drawing.county}
    features = [_feature(shape, adcode=code) for code, shape in shapes.items()]
    collection = {"type": "FeatureCollection", "features": features}
    _saved(services.import_outlines(geojson=collection, source=source, now=now, is_schematic=True))


def _divide(ground: Ground, drawing: Drawing, now: datetime, source: str) -> None:
    for community, shapes in drawing.grids.items():
        codes = [f"{community}{number:03d}" for number in range(1, len(shapes) + 1)]
        features = [
            _feature(shape, name=grid_name(number), code=code)
            for number, (shape, code) in enumerate(zip(shapes, codes, strict=True), start=1)
        ]
        report = services.import_grids(
            geojson={"type": "FeatureCollection", "features": features},
            community_id=ground.places[community],
            source=source,
            now=now,
            is_schematic=True,
        )
        _saved(report)
        by_name = dict(
            Place.objects.filter(parent_id=ground.places[community], level=Level.GRID).values_list(
                "name", "id"
            )
        )
        ids = [by_name[grid_name(number)] for number in range(1, len(shapes) + 1)]
        ground.grids[community] = ids
        ground.shapes.update(zip(ids, shapes, strict=True))


def _feature(shape: Polygon, **properties: str) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(shape)}


def _build(ground: Ground, row: Mapping[str, Any], random: Random, now: datetime) -> None:
    """Put a community's buildings into its grids, each with its units."""
    community, count = row["community"], row["buildings"]
    grids = ground.grids[community]
    units = [row["units"] // count + (number < row["units"] % count) for number in range(count)]
    drawn: dict[str, Polygon] = {}
    for number in range(count):
        grid = grids[number * len(grids) // count]
        code = f"{community}B{number + 1:03d}"
        building = Place.objects.filter(codes__code=code).first() or services.add_place(
            level=Level.BUILDING, name=f"{number + 1}栋", parent_id=grid, code=code, scheme=Scheme.LOCAL,
            tags=[SCHEMATIC], now=now, actor=IMPORT,
        )  # fmt: skip
        known = set(Place.objects.filter(parent=building).values_list("name", flat=True))
        for name in (f"{unit}单元" for unit in range(1, units[number] + 1)):
            if name not in known:
                services.add_place(
                    level=Level.UNIT,
                    name=name,
                    parent_id=building.id,
                    tags=[SCHEMATIC],
                    now=now,
                    actor=IMPORT,
                )
        ground.buildings.setdefault(community, []).append(building.id)
        ground.places[code] = building.id
        drawn[code] = _house(ground.shapes[grid], random)
    features = [_feature(shape, adcode=code) for code, shape in drawn.items()]
    collection = {"type": "FeatureCollection", "features": features}
    _saved(services.import_outlines(geojson=collection, source=SCHEMATIC, now=now, is_schematic=True))


def _house(grid: Polygon, random: Random) -> Polygon:
    """Return a small rectangle inside the grid."""
    [middle] = points_in(grid.buffer(-2 * BUILDING * KM), 1, random)
    return shapely.box(
        middle.x - BUILDING * KM,
        middle.y - BUILDING * KM / 2,
        middle.x + BUILDING * KM,
        middle.y + BUILDING * KM / 2,
    )


def _tell(ground: Ground, plan: Mapping[str, Any], now: datetime) -> None:
    """Write the counted facts, the other names, the zones."""
    by_place: dict[str, dict[str, dict[str, Any]]] = {}
    for fact in facts():
        by_place.setdefault(fact["code"], {})[fact["key"]] = {"value": fact["value"], "source": _source(fact)}
    for code, found in by_place.items():
        services.set_facts(place_id=ground.places[code], facts=found, now=now, actor=IMPORT)
    for row in plan["alias"]:
        place_id = ground.places[row["community"]]
        services.add_alias(place_id=place_id, name=row["name"], source=SOURCE_OF_FACTS, now=now, actor=IMPORT)
    for row in plan["zone"]:
        members = [
            place_id
            for code in row["communities"]
            for place_id in (ground.grids[code][: row["grids"]] if "grids" in row else [ground.places[code]])
        ]
        zone = Zone.objects.filter(kind=row["kind"], name=row["name"]).first() or services.add_zone(
            kind=row["kind"], name=row["name"], place_ids=members, tags=[SCHEMATIC], now=now, actor=IMPORT
        )
        ground.zones[row["name"]] = zone.id


def _source(fact: Mapping[str, Any]) -> str:
    more = f"，{fact['approx']}" if "approx" in fact else ""
    return f"{SOURCE_OF_FACTS}（{fact['metric']}{more}；{fact['entry']}）"
