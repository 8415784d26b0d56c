"""Reading outlines: from GeoJSON in degrees to valid shapes in whole units of 1e-7 degree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from django.utils.translation import gettext_lazy as _
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from linli.foundation import geometry
from linli.foundation.errors import InvalidInput

SYSTEMS: dict[str, Callable[[float, float], tuple[float, float]] | None] = {
    "wgs84": None,
    "gcj02": geometry.gcj02_to_wgs84,
    "bd09": lambda lon, lat: geometry.gcj02_to_wgs84(*geometry.bd09_to_gcj02(lon, lat)),
}
_AREAL = ("Polygon", "MultiPolygon")

_UNREADABLE = (
    *(ValueError, TypeError, IndexError, KeyError, AttributeError, RecursionError),
    shapely.errors.ShapelyError,
)

Point = tuple[float, float]


class Bad(Exception):
    """A shape that cannot be taken: why, and a point to look at (degrees)."""

    def __init__(self, why: Any, point: Point | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.point = point


def features(geojson: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the features of a GeoJSON collection, or refuse what is none."""
    found = geojson.get("features") if geojson.get("type") == "FeatureCollection" else None
    if not isinstance(found, list) or not found:
        raise InvalidInput(_("文件不是 GeoJSON 的 FeatureCollection，或者里面没有内容。"))
    for number, feature in enumerate(found, start=1):
        parts = (
            [feature, *map(feature.get, ("properties", "geometry"))] if isinstance(feature, dict) else [None]
        )
        if not isinstance(parts[0], dict) or not all(isinstance(part, dict | None) for part in parts):
            raise InvalidInput(_("第 %(number)d 个不是 GeoJSON 的 Feature。") % {"number": number})
    return found


def read(feature: Mapping[str, Any], system: str = "wgs84") -> BaseGeometry:
    """Return the feature's ground in 1e-7 degree, or raise :class:`Bad`; it may still be invalid."""
    given = feature.get("geometry") or {}
    if given.get("type") not in _AREAL:
        raise Bad(_("边界要是面（Polygon 或 MultiPolygon）。"))
    try:
        raw = shapely.force_2d(shape(given))
    except _UNREADABLE as error:
        raise Bad(_("边界的坐标读不懂。")) from error
    points = shapely.get_coordinates(raw)
    if not len(points) or not np.isfinite(points).all():
        raise Bad(_("边界的坐标读不懂。"))
    if (abs(points) > (180.0, 90.0)).any():
        raise Bad(_("坐标不在经纬度的范围里。"))
    if convert := SYSTEMS[system]:
        points = np.array([convert(lon, lat) for lon, lat in points.tolist()])
    snapped = shapely.set_coordinates(raw, np.round(points * geometry.UNITS))
    try:
        return shapely.remove_repeated_points(snapped)
    except shapely.errors.ShapelyError as error:  # nothing but one point, over and over
        raise Bad(_("边界没有围成面。"), _degrees(points[0] * geometry.UNITS)) from error


def check(ground: BaseGeometry) -> BaseGeometry:
    """Return the ground if it is valid, else raise :class:`Bad` with the point where it is not."""
    if not shapely.area(shapely.convex_hull(ground)):
        raise Bad(_("边界没有围成面。"), _first_point(ground))
    if not shapely.is_valid(ground):
        raise Bad(_("边界自相交或自相接。"), _invalid_point(ground))
    return ground


def repair(ground: BaseGeometry) -> BaseGeometry:
    """Return the nearest valid ground in whole units; what encloses nothing is dropped."""
    made = shapely.make_valid(ground, method="structure", keep_collapsed=False)
    return shapely.set_precision(made, 1.0)


def store(ground: BaseGeometry) -> tuple[bytes, list[int]]:
    """Return what an outline keeps: its WKB and its box, in 1e-7 degree."""
    normal = shapely.normalize(ground)
    return bytes(shapely.to_wkb(normal, byte_order=1)), [int(side) for side in shapely.bounds(normal)]


def load(wkb: Any) -> BaseGeometry:
    """Return a stored ground."""
    return shapely.from_wkb(bytes(wkb))


def inner_point(ground: BaseGeometry) -> Point:
    """Return a point within a ground, in degrees."""
    point = shapely.point_on_surface(ground)
    return _degrees(np.array([point.x, point.y]))


def _degrees(point: npt.NDArray[Any]) -> Point:
    return round(float(point[0]) / geometry.UNITS, 7), round(float(point[1]) / geometry.UNITS, 7)


def _first_point(ground: BaseGeometry) -> Point | None:
    points = shapely.get_coordinates(ground)
    return _degrees(points[0]) if len(points) else None


def _invalid_point(ground: BaseGeometry) -> Point | None:
    """The reason reads "Self-intersection[1067130000 265420000]"."""
    inside = shapely.is_valid_reason(ground).partition("[")[2].rstrip("]").split()
    return _degrees(np.array(inside, dtype=float)) if len(inside) == 2 else _first_point(ground)
