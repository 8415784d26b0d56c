"""How long does it take to say which grid a point lies in? ``python -m bench.locate``

Twenty thousand seven hundred grids, as many as Guizhou has in its cities, with
crooked borders of six pieces a side; points at random over all of them. Printed
per point in microseconds: the median of the batches, the fastest and the slowest
one. The floor is the same loop with a function that does nothing. The time is the
process's own (CPU), so that other work on the machine does not count.
"""

from __future__ import annotations

import os
import platform
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django
import numpy as np
import shapely

ROWS = COLUMNS = 144
SIDE = 20_000  # 1e-7 degree: about 200 m
WEST, SOUTH = 1_050_000_000, 260_000_000
PIECES = 6
BATCHES, POINTS = 41, 1_000
CORNERS_EACH = 4 * PIECES

Asked = list[tuple[int, int]]


def polygons() -> list[shapely.Polygon]:
    """Return crooked cells that share every corner of their borders."""
    chance = np.random.default_rng(1)
    steps = np.stack(np.meshgrid(np.arange(COLUMNS + 1), np.arange(ROWS + 1)), axis=-1) * SIDE
    corners = np.add(steps, np.array([WEST, SOUTH])) + chance.integers(-5000, 5000, steps.shape)
    borders: dict[tuple[tuple[int, int], tuple[int, int]], list[tuple[int, int]]] = {}

    def border(start: tuple[int, int], end: tuple[int, int]) -> list[tuple[int, int]]:
        key = (min(start, end), max(start, end))
        if key not in borders:
            bent = [
                tuple(
                    int(a + (b - a) * n / PIECES + chance.integers(-900, 900))
                    for a, b in zip(*key, strict=True)
                )
                for n in range(1, PIECES)
            ]
            borders[key] = [key[0], *bent, key[1]]  # type: ignore[list-item]
        line = borders[key]
        return line if start == key[0] else line[::-1]

    found = []
    for row in range(ROWS):
        for column in range(COLUMNS):
            places = [(row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column)]
            square = [(int(corners[at][0]), int(corners[at][1])) for at in places]
            ring = [p for n in range(4) for p in border(square[n], square[(n + 1) % 4])[:-1]]
            found.append(shapely.Polygon(ring))
    return found


def settle(drawn: list[shapely.Polygon]) -> None:
    """Put the grids into an empty database as the register keeps them."""
    from linli.kernel.places.models import Code, Outline, Place, Revision  # noqa: PLC0415 -- after django.setup

    Revision.objects.create(id=1, at=datetime.now(UTC))
    top = Place.objects.create(short=1, level="community", name="示意", path="/1/")
    grids = [
        Place(short=n, level="grid", name=f"第{n}网格", parent=top, path=f"/1/{np.base_repr(n, 36).lower()}/")
        for n in range(2, len(drawn) + 2)
    ]
    Place.objects.bulk_create(grids)
    Code.objects.bulk_create(Code(place=grid, scheme="grid", code=f"{grid.short:08d}") for grid in grids)
    Outline.objects.bulk_create(
        Outline(place=grid, wkb=shapely.to_wkb(ground), box=[], source="示意")
        for grid, ground in zip(grids, drawn, strict=True)
    )


def measured(name: str, one: Callable[[int, int], Any], asked: list[Asked]) -> None:
    """Time each batch and print microseconds per point."""
    batches = []
    for points in asked:
        started = time.process_time_ns()
        for x, y in points:
            one(x, y)
        batches.append((time.process_time_ns() - started) / len(points) / 1000)
    told(name, batches)


def told(name: str, batches: list[float]) -> None:
    median = statistics.median(batches)
    print(f"{name:<44}{median:8.2f} µs   {min(batches):6.2f} – {max(batches):.2f}")


def machine() -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    versions = f"Python {platform.python_version()}, shapely {shapely.__version__}, GEOS {shapely.geos_version_string}"
    return f"{model}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {versions}"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
    from django.conf import settings  # noqa: PLC0415 -- after django.setup
    from django.core.management import call_command  # noqa: PLC0415 -- after django.setup

    from linli.kernel.places import queries  # noqa: PLC0415 -- after django.setup
    from linli.kernel.places.queries import locating, tree  # noqa: PLC0415 -- after django.setup

    settings.STAMP_SECONDS = 1  # as in production: the stamp is read once a second
    call_command("migrate", verbosity=0)
    drawn = polygons()
    settle(drawn)
    print(machine())
    print(f"{len(drawn)} grids of {CORNERS_EACH} corners; {BATCHES} batches of {POINTS} points")
    started = time.process_time()
    tree.tree()
    print(f"reading {len(tree.tree().rows)} places into memory: {time.process_time() - started:.2f} s")
    started = time.process_time()
    locator = locating.locator()
    print(f"building the index: {time.process_time() - started:.2f} s")
    chance = random.Random(2)
    asked = [
        [
            (WEST + chance.randrange(COLUMNS * SIDE), SOUTH + chance.randrange(ROWS * SIDE))
            for _n in range(POINTS)
        ]
        for _b in range(BATCHES)
    ]
    index = shapely.STRtree(np.array(drawn))
    print(f"{'per point':<44}{'median':>11}   fastest – slowest batch")
    measured("floor: the loop alone", lambda _x, _y: None, asked)
    measured("locate(lon, lat), first time", lambda x, y: queries.locate(x / 1e7, y / 1e7), asked)
    measured("locate(lon, lat)", lambda x, y: queries.locate(x / 1e7, y / 1e7), asked)
    measured("the index alone", locator.find, asked)
    measured(
        "an STR tree asked point by point",
        lambda x, y: index.query(shapely.points(x, y), "intersects"),
        asked,
    )
    batches = []
    for points in asked:
        started_ns = time.process_time_ns()
        locator.find_many(np.array(points))
        batches.append((time.process_time_ns() - started_ns) / len(points) / 1000)
    told(f"many at once ({POINTS} points)", batches)


if __name__ == "__main__":
    main()
