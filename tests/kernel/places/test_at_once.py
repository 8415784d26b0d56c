from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import shapely
from django.db import connections

from linli.kernel.places import services
from linli.kernel.places.models import Outline, Place
from linli.kernel.places.services import shapes
from tests.kernel.places import ground

ONE = ground.grids()
OTHER = ground.collection(
    ground.feature("东网格", ground.WEST_GRID), ground.feature("南网格", ground.SOUTH_GRID)
)


def at_once(*calls):
    barrier = Barrier(len(calls))

    def one(call):
        try:
            barrier.wait()
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


def imported(code, geojson):
    return lambda: services.import_grids(
        geojson=geojson, community_id=ground.place(code).id, source="test", now=ground.NOW
    )


def test_two_divisions_of_one_community_at_once_leave_one_of_them_whole(committed_db):
    ground.a_county()
    reports = at_once(imported(ground.WANGJIA, ONE), imported(ground.WANGJIA, OTHER))

    assert sorted(report.is_saved for report in reports) == [False, True]
    saved = next(report for report in reports if report.is_saved)
    grids = Outline.objects.filter(place__level="grid")
    assert {outline.place.name for outline in grids} == {line.place for line in saved.lines}
    assert shapely.coverage_is_valid([shapes.load(outline.wkb) for outline in grids])


def test_two_communities_cannot_take_the_same_ground_at_once(committed_db):
    ground.a_county()
    reports = at_once(imported(ground.WANGJIA, ONE), imported(ground.LONGSHENG, ONE))

    assert sorted(report.is_saved for report in reports) == [False, True]
    assert Place.objects.filter(level="grid").count() == 3


def test_short_ids_taken_at_once_are_all_different(committed_db):
    ground.a_county()
    community = ground.place(ground.WANGJIA)
    at_once(*(lambda n=n: ground.add("building", f"{n}栋", community) for n in range(8)))

    buildings = Place.objects.filter(level="building")
    assert len({building.short for building in buildings}) == len(buildings) == 8
    assert all(building.path.startswith(community.path) for building in buildings)
