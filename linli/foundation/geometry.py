"""Coordinates: the three systems used in China, and the units they are stored in.

GCJ-02 is WGS-84 with an offset prescribed for published maps; BD-09 is GCJ-02
with a second one of Baidu's. The offset was never published officially; the
formula here is the widely published one (first in the open "EvilTransform" of
2013, described at https://en.wikipedia.org/wiki/Restrictions_on_geographic_data_in_China),
written from that description. Outside China the systems do not differ.
All angles are in degrees, longitude first.
"""

from __future__ import annotations

from math import atan2, cos, pi, sin, sqrt

UNITS = 10_000_000  # stored coordinates are whole numbers of 1e-7 degree, about 1 cm

# The Krasovsky 1940 ellipsoid, on which the offset is computed.
_AXIS = 6378245.0  # metres
_ECCENTRICITY2 = 0.00669342162296594323
# The offset is a polynomial and a sum of sines around this point (degrees).
_CENTRE = (105.0, 35.0)
_BAIDU = pi * 3000.0 / 180.0
_BAIDU_SHIFT = (0.0065, 0.006)  # degrees
# Where GCJ-02 applies: a box around the mainland, as in the published formula.
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
_CLOSE = 1e-10  # degrees; the inverse is iterated until it moves less than this
_MOST_STEPS = 30


def snap(lon: float, lat: float) -> tuple[int, int]:
    """Return a point in whole units of 1e-7 degree; refuse what is no point on the globe."""
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError("A longitude lies within ±180 and a latitude within ±90 degrees.")
    return round(lon * UNITS), round(lat * UNITS)


def degrees(x: int, y: int) -> tuple[float, float]:
    """Return a stored point in degrees."""
    return x / UNITS, y / UNITS


def in_gcj02_area(lon: float, lat: float) -> bool:
    """Does the offset apply here?"""
    return _WEST <= lon <= _EAST and _SOUTH <= lat <= _NORTH


def wgs84_to_gcj02(lon: float, lat: float) -> tuple[float, float]:
    """Return the point as a map published in China shows it."""
    if not in_gcj02_area(lon, lat):
        return lon, lat
    d_lon, d_lat = _offset(lon, lat)
    return lon + d_lon, lat + d_lat


def gcj02_to_wgs84(lon: float, lat: float) -> tuple[float, float]:
    """Return the true point of one on a published map; exact to far below 1e-7 degree.

    The offset has no closed inverse. It changes slowly, so subtracting the offset
    of the last guess converges: each step gains about two digits.
    """
    if not in_gcj02_area(lon, lat):
        return lon, lat
    guess_lon, guess_lat = lon, lat
    for _step in range(_MOST_STEPS):
        d_lon, d_lat = _offset(guess_lon, guess_lat)
        next_lon, next_lat = lon - d_lon, lat - d_lat
        moved = max(abs(next_lon - guess_lon), abs(next_lat - guess_lat))
        guess_lon, guess_lat = next_lon, next_lat
        if moved < _CLOSE:
            break
    return guess_lon, guess_lat


def gcj02_to_bd09(lon: float, lat: float) -> tuple[float, float]:
    """Return the point as Baidu's maps show it."""
    radius = sqrt(lon * lon + lat * lat) + 0.00002 * sin(lat * _BAIDU)
    angle = atan2(lat, lon) + 0.000003 * cos(lon * _BAIDU)
    return radius * cos(angle) + _BAIDU_SHIFT[0], radius * sin(angle) + _BAIDU_SHIFT[1]


def bd09_to_gcj02(lon: float, lat: float) -> tuple[float, float]:
    """Return a point on Baidu's map as other published maps show it, iterated like the other inverse."""
    guess_lon, guess_lat = lon - _BAIDU_SHIFT[0], lat - _BAIDU_SHIFT[1]
    for _step in range(_MOST_STEPS):
        back_lon, back_lat = gcj02_to_bd09(guess_lon, guess_lat)
        miss_lon, miss_lat = back_lon - lon, back_lat - lat
        guess_lon, guess_lat = guess_lon - miss_lon, guess_lat - miss_lat
        if max(abs(miss_lon), abs(miss_lat)) < _CLOSE:
            break
    return guess_lon, guess_lat


def _offset(lon: float, lat: float) -> tuple[float, float]:
    """Return the offset of GCJ-02 at a point, in degrees."""
    x, y = lon - _CENTRE[0], lat - _CENTRE[1]
    east, north = _east(x, y), _north(x, y)
    phi = lat * pi / 180.0
    curve = 1 - _ECCENTRICITY2 * sin(phi) ** 2
    per_lon = _AXIS / sqrt(curve) * cos(phi) * pi / 180.0
    per_lat = _AXIS * (1 - _ECCENTRICITY2) / (curve * sqrt(curve)) * pi / 180.0
    return east / per_lon, north / per_lat


def _east(x: float, y: float) -> float:
    """Return the offset to the east in metres, ``x`` and ``y`` in degrees from the centre."""
    offset = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    offset += (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    offset += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    return offset + (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0


def _north(x: float, y: float) -> float:
    """Return the offset to the north in metres."""
    offset = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    offset += (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    offset += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    return offset + (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
