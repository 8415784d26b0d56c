"""Outlines as GeoJSON for the desk map, WGS-84 degrees, drawn no finer than a screen shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from django.utils.translation import gettext as _
from shapely.geometry import mapping

from linli.foundation import geometry
from linli.foundation.paths import under
from linli.kernel.places.choices import Level
from linli.kernel.places.models import Outline
from linli.kernel.places.queries import days, tree

TOLERANCE = 500  # 1e-7 degree: about 5 m
_DECIMALS = 6


def grid_features(path: str, level: str = Level.GRID, tolerance: int = TOLERANCE) -> dict[str, Any]:
    """Return a FeatureCollection of the outlines of a level under a path, ready for JSON.

    Neighbours are simplified together, so that no cracks open between them. A
    schematic outline has ``is_schematic`` and the word 示意 in its label, and the
    collection says whether there is one. Two queries, whatever the number.
    """
    rows = list(
        Outline.objects.filter(days.held_on(days.today()), under(path, "place__path"), place__level=level)
        .order_by("place__path")
        .values("place_id", "wkb", "is_schematic", "review_number", "source")
    )
    grounds = _simplified([bytes(row["wkb"]) for row in rows], tolerance)
    now = tree.tree()
    features = []
    for row, ground in zip(rows, grounds, strict=True):
        place = now.ref(row["place_id"])
        if place is not None:
            features.append(_feature(place, row, ground))
    return {
        "type": "FeatureCollection",
        "features": features,
        "is_schematic": any(row["is_schematic"] for row in rows),
    }


def points_of(place_ids: Iterable[UUID]) -> dict[UUID, tuple[float, float]]:
    """Return a point inside the outline of each place that has one, lon and lat in degrees. One query."""
    rows = Outline.objects.filter(days.held_on(days.today()), place_id__in=set(place_ids))
    found = [
        (place_id, shapely.from_wkb(bytes(wkb))) for place_id, wkb in rows.values_list("place_id", "wkb")
    ]
    points = ((place_id, shapely.point_on_surface(ground)) for place_id, ground in found)
    return {
        place_id: (round(point.x / geometry.UNITS, _DECIMALS), round(point.y / geometry.UNITS, _DECIMALS))
        for place_id, point in points
    }


def _simplified(wkbs: list[bytes], tolerance: int) -> list[Any]:
    """Return the grounds in degrees with corners left out that nobody would see."""
    if not wkbs:
        return []
    grounds = np.asarray(shapely.from_wkb(wkbs), dtype=object)
    drawn = shapely.coverage_simplify(grounds, tolerance) if tolerance else grounds
    return list(shapely.transform(drawn, lambda points: np.round(points / geometry.UNITS, _DECIMALS)))


def _feature(place: tree.PlaceRef, row: Any, ground: Any) -> dict[str, Any]:
    label = _("%(name)s（示意）") % {"name": place.name} if row["is_schematic"] else place.name
    return {
        "type": "Feature",
        "id": str(place.id),
        "properties": {
            "id": str(place.id),
            "name": place.name,
            "label": label,
            "level": place.level,
            "full_name": place.full_name,
            "is_schematic": row["is_schematic"],
            "review_number": row["review_number"],
            "source": row["source"],
        },
        "geometry": mapping(ground),
    }
