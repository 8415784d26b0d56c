"""What requests add up to, taken through the one door and counted by the real consumer."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from linli.foundation.paths import ROOT
from linli.kernel.figures import queries, registry, services
from linli.kernel.figures.models import Counted, Rollup, Spot, Standing
from linli.kernel.figures.queries import last_days, recount, resummed
from linli.kernel.journal import services as journal
from linli.kernel.journal.verify import Report
from tests.kernel.figures.builders import sums_of
from tests.world import TEN, a_world

pytestmark = pytest.mark.django_db

WEEK = last_days(7, TEN + timedelta(days=3))
HOUR = timedelta(hours=1)


def count():
    journal.sequence(TEN)
    while journal.consume("figures", now=TEN):
        continue


def figures(path=ROOT, *codes):
    found = queries.totals([f"requests.{code}" for code in codes], path, WEEK)
    return tuple(int(found[f"requests.{code}"]) for code in codes)


def findings():
    checks = (recount.check, resummed.check)
    return [finding.where for check in checks for finding in check(Report())]


@pytest.fixture
def world():
    return a_world("wanshan")


def done(world, **data):
    """One request that goes the whole way, at the property's desk."""
    case = world.raise_case(**data)
    world.take(case, "sort", "community", TEN + HOUR, sort="shared", reason="common_part")
    world.take(case, "dispatch", "community", TEN + HOUR)
    world.take(case, "accept", "property", TEN + 2 * HOUR)
    world.take(case, "arrive", "property", TEN + 2 * HOUR)
    return world.take(case, "resolve", "property", TEN + 3 * HOUR, words="换好了")


def test_the_whole_way_is_counted_step_by_step(world):
    done(world)
    world.raise_case()
    count()
    counted = figures(ROOT, "received", "accepted", "accepted_on_time", "resolved", "done", "closed", "open")
    assert counted == (2, 1, 1, 1, 1, 1, 1)
    assert findings() == []


def test_figures_stand_at_every_place_above_and_nowhere_else(world):
    done(world)
    count()
    for place in (world.county, world.street, world.community, world.grid):
        assert figures(place.path, "received", "closed") == (1, 1)
    assert figures(world.grid2.path, "received", "closed") == (0, 0)


def test_minutes_to_arrival_are_kept_for_each_and_their_median_is_shown(world):
    done(world)
    done(world, now=TEN + HOUR)
    count()
    minutes = Counted.objects.filter(figure="requests.arrival").values_list("value", flat=True)
    assert sorted(minutes) == [60, 120]
    median = queries.median("requests.arrival", world.community.path, queries.month_of(WEEK.last))
    assert (median, median.unit) == (90, registry.get("requests.arrival").unit)


def test_overdue_stands_until_the_next_clock_starts(world):
    case = world.raise_case()
    world.take(case, "overdue", "clock", TEN + 30 * HOUR)
    count()
    assert figures(ROOT, "overdue", "overdue_now", "open") == (1, 1, 1)
    world.take(case, "sort", "community", TEN + 31 * HOUR, sort="shared", reason="common_part")
    count()
    assert figures(ROOT, "overdue", "overdue_now", "open") == (1, 0, 1)
    assert findings() == []


def test_a_matter_that_turns_out_to_be_protected_leaves_every_figure(world):
    case = world.raise_case()
    count()
    assert figures(ROOT, "received", "open") == (1, 1)
    world.take(case, "protect", "community", words="有人受伤")
    count()
    assert figures(ROOT, "received", "open", "closed") == (0, 0, 0)
    assert not Counted.objects.exists()
    assert findings() == []


def test_what_is_withdrawn_is_closed_and_no_longer_open(world):
    case = world.raise_case()
    world.take(case, "withdraw", "reporter", TEN + HOUR)
    count()
    assert figures(ROOT, "received", "closed", "open") == (1, 1, 0)


def _sums():
    columns = ("path", "day", "category", "county", "value")
    return [(code, *row) for code in registry.declared() for row in sums_of(code).values_list(*columns)]


def test_a_figure_counted_again_from_the_journal_is_the_same(world):
    done(world)
    world.raise_case()
    count()
    before = _sums()
    for code in registry.declared():
        services.rebuild(code)
    assert _sums() == before
    assert len(before) > 50


def test_a_figure_declared_later_catches_up_and_then_keeps_level(world):
    done(world)
    count()
    registry.figure("requests.late", "迟来的", "件", column=32, of="request.raise")
    try:
        world.raise_case()
        count()
        assert figures(ROOT, "late") == (0,)
        services.catch_up(TEN)
        assert figures(ROOT, "late") == (2,)
        world.raise_case()
        count()
        assert figures(ROOT, "late") == (3,)
        assert findings() == []
    finally:
        registry.forget("requests.late")


def test_verify_finds_a_sum_that_was_tampered_with(world):
    done(world)
    count()
    row = sums_of("requests.received").get(path=world.street.path, category="")
    Rollup.objects.filter(pk=row.pk).update(**{registry.get("requests.received").field: 5})
    assert len(findings()) == 1
    assert findings()[0].startswith("requests.received sum ")


def test_verify_finds_a_record_that_was_removed(world):
    done(world)
    count()
    Counted.objects.filter(figure="requests.received").delete()
    where = findings()
    assert "requests.received position" in where[0]
    assert any(line.startswith("requests.received sum ") for line in where)


@pytest.mark.parametrize(
    ("model", "changed"),
    [
        (Counted, {"subject_id": UUID(int=1)}), (Counted, {"part": 1}), (Counted, {"subject_kind": "other"}),
        (Counted, {"position": 900}), (Standing, {"position": 900}), (Standing, {"subject_kind": "other"}),
        (Rollup, {"family": "nothing"}), (Rollup, {"v31": 1}), (Rollup, {"v32": 0}), (Rollup, {"v19": None}), (Rollup, {"category": "other"}),
        (Rollup, {"day": date(2026, 1, 2)}), (Rollup, {"county": "520624"}),
        (Spot, {"parent": "/9/"}), (Spot, {"path": "/9/"}),
    ],
)  # fmt: skip
def test_verify_finds_a_stock_that_was_tampered_with(world, model, changed):
    done(world)
    world.raise_case()
    count()
    assert findings() == []
    rows = {Rollup: sums_of("requests.open"), Spot: Spot.objects.all()}
    row = (
        rows[model].order_by("pk").first()
        if model in rows
        else model.objects.filter(figure="requests.open")[0]
    )
    model.objects.filter(pk=row.pk).update(**changed)
    assert findings() != []
