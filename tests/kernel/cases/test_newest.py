"""The newest of what may be seen is asked for reason by reason, and is exactly what may be seen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from linli.foundation.rules import Actor
from linli.kernel.cases import queries
from linli.kernel.cases.models import Case
from linli.kernel.journal import jobs
from linli.kernel.people.queries import Viewer
from tests.world import a_world

pytestmark = pytest.mark.django_db
ALL = 1000


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def world(now):
    """Matters at both grids, as far as each of the steps that leave traces at other desks, and one protected."""
    world = a_world()
    for number in range(3):
        case = world.raise_case(now=now, text=f"楼道灯坏了 {number}")
        world.take(case, "sort", "community", now, sort="shared", reason="common_part")
        if number:
            world.take(case, "dispatch", "community", now, desk=str(world.desks["property"].pk))
            case = world.take(case, "accept", "property", now)
        if number > 1:
            world.take(
                case,
                "whistle",
                "property",
                now,
                lead=str(world.desks["department:water"].pk),
                co=[],
                words="请来",
            )
    hidden = world.raise_case(now=now, text="另一件事")
    world.take(hidden, "protect", "community", now, words="有人被打")
    closed = world.raise_case(now=now, text="不在这里")
    world.take(closed, "refuse", "community", now, reason="elsewhere", words="请找那边")
    while jobs.follow(now, strict=True):
        continue
    return world


def viewers(world):
    by_code = [Viewer(Actor("code", case.pk)) for case in Case.objects.all()]
    return [*(world.viewer(who) for who in world.people), *by_code]


def test_everybody_finds_exactly_what_they_may_see_the_newest_first(world):
    seen = []
    for viewer in viewers(world):
        expected = list(queries.visible_to(viewer).order_by("-id"))
        assert queries.newest(viewer, Case.objects.all(), limit=ALL) == expected
        seen.append(len(expected))
    assert len(seen) >= 10
    assert {0, 1} < set(seen)
    assert max(seen) >= 4


def test_pages_follow_each_other_without_gap_or_repeat(world):
    for viewer in viewers(world):
        expected = list(queries.visible_to(viewer).order_by("-id"))
        paged, after = [], None
        while page := queries.newest(viewer, Case.objects.all(), after=after, limit=2):
            paged, after = paged + page, page[-1].pk
        assert paged == expected


def test_what_is_asked_for_is_narrowed_and_never_widened(world):
    for viewer in viewers(world):
        rows = Case.objects.filter(closed_at=None, state="handling")
        expected = list(queries.visible_to(viewer).filter(state="handling").order_by("-id"))
        assert queries.newest(viewer, rows, limit=ALL) == expected


def test_it_costs_the_same_for_one_case_and_for_many(world, now):
    viewer = world.viewer("community")
    costs = []
    for _time in range(2):
        with CaptureQueriesContext(connection) as asked:
            found = queries.newest(viewer, Case.objects.all(), limit=ALL)
        costs.append(len(asked))
        for _n in range(3):
            world.raise_case(now=now + timedelta(minutes=1))
    assert costs == [6, 6]
    assert len(found) < len(queries.newest(viewer, Case.objects.all(), limit=ALL))
