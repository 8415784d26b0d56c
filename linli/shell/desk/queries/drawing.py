"""The map as a drawing (SVG), for a browser without WebGL or JavaScript."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import cos, radians
from typing import Any
from uuid import UUID

import shapely
from shapely.geometry import shape

from linli.shell.desk.queries.ground import BANDS, Part

WIDTH, TALLEST, EDGE = 820, 900, 20
BESIDE = 40  # from one mark to the next
Box = tuple[float, float, float, float]
Point = tuple[float, float]


class Sheet:
    """Puts degrees on paper: north is up, a degree of longitude as short as it is there."""

    def __init__(self, box: Box) -> None:
        west, south, east, north = box
        self.west, self.north = west, north
        self.squeeze = cos(radians((south + north) / 2))
        wide, high = (east - west) * self.squeeze, north - south
        self.scale = min((WIDTH - 2 * EDGE) / (wide or 1), (TALLEST - 2 * EDGE) / (high or 1))
        self.width = round(wide * self.scale) + 2 * EDGE
        self.height = round(high * self.scale) + 2 * EDGE

    def at(self, lon: float, lat: float) -> Point:
        x = EDGE + (lon - self.west) * self.squeeze * self.scale
        return round(x, 1), round(EDGE + (self.north - lat) * self.scale, 1)


def box_of(features: Sequence[dict[str, Any]]) -> Box | None:
    """Return west, south, east, north of all outlines together; None without any."""
    if not features:
        return None
    west, south, east, north = shapely.total_bounds([shape(feature["geometry"]) for feature in features])
    return float(west), float(south), float(east), float(north)


def draw(
    features: Sequence[dict[str, Any]], parts: Iterable[Part], bands: dict[UUID, dict[str, int]]
) -> dict[str, Any] | None:
    """Return the drawing of ``desk/_drawing.html``; ``bands`` counts the cases of each part by band."""
    box = box_of(features)
    if box is None:
        return None
    sheet = Sheet(box)
    known = {str(part.place.id): part for part in parts}
    drawn = [
        (known[feature["id"]], shape(feature["geometry"])) for feature in features if feature["id"] in known
    ]
    return {
        "box": f"0 0 {sheet.width} {sheet.height}",
        "cells": [_cell(part, ground, sheet) for part, ground in drawn],
        "marks": [
            mark
            for part, ground in drawn
            for mark in _marks(part, ground, sheet, bands.get(part.place.id, {}))
        ],
    }


def _cell(part: Part, ground: Any, sheet: Sheet) -> dict[str, Any]:
    x, y = _middle(ground, sheet)
    name = part.place.name
    return {
        "name": name,
        "url": part.url,
        "d": _lines(ground, sheet),
        "x": x,
        "y": y - 22,
        "hint": part.hint,
        "current": part.current,
    }


def _marks(part: Part, ground: Any, sheet: Sheet, bands: dict[str, int]) -> Iterator[dict[str, Any]]:
    """Yield the marks of one part side by side under its name."""
    x, y = _middle(ground, sheet)
    there = [band for band in BANDS if bands.get(band)]
    for place, band in enumerate(there):
        beside = (place - (len(there) - 1) / 2) * BESIDE
        yield {"x": round(x + beside, 1), "y": y + 26, "state": band, "count": bands[band]}


def _middle(ground: Any, sheet: Sheet) -> Point:
    middle = ground.centroid if ground.contains(ground.centroid) else ground.point_on_surface()
    return sheet.at(middle.x, middle.y)


def _lines(ground: Any, sheet: Sheet) -> str:
    """Return the path of an outline: each ring closed, holes too."""
    polygons = getattr(ground, "geoms", [ground])
    rings = [ring for polygon in polygons for ring in (polygon.exterior, *polygon.interiors)]
    return "".join(f"M{_ring(ring.coords, sheet)}z" for ring in rings)


def _ring(coords: Iterable[Any], sheet: Sheet) -> str:
    return "L".join(f"{x:g} {y:g}" for x, y in (sheet.at(lon, lat) for lon, lat in coords))
