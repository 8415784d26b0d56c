"""A clock that has leapt ahead lets nothing lapse and erases nothing until somebody has said that it is right."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from linli.foundation.rules import IMPORT
from linli.kernel.cases.models import Case
from linli.kernel.journal import jobs, queries, registry, services
from linli.kernel.journal.models import Event, Tick
from linli.shell.watching.checks import records, work
from tests.world import TEN, a_world

DAY = timedelta(days=1)
FINAL = {
    "cases.calls", "cases.deadlines", "cases.resumptions", "files.erase_due", "files.sweep", "privacy.complete",
    "vault.erase_due", "vault.finish_restricted", "vault.sweep",
}  # fmt: skip


@pytest.fixture(autouse=True)
def guarded(settings, db):
    settings.CLOCK_GAP_DAYS = 10


@pytest.fixture
def ran(monkeypatch):
    """What ran, of two jobs: one that erases and one that does not."""
    done: list[tuple[str, int]] = []
    monkeypatch.setattr(registry, "JOBS", jobs.JOBS)
    monkeypatch.setattr(registry, "CONSUMERS", {})
    for name in list(jobs.JOBS):
        monkeypatch.delitem(jobs.JOBS, name)
    jobs.every(60, "erase", is_final=True)(lambda now: done.append(("erase", (now - TEN).days)) or 1)
    jobs.every(60, "send")(lambda now: done.append(("send", (now - TEN).days)) or 1)
    return done


def days(ran, name):
    return [day for one, day in ran if one == name]


def test_what_erases_or_lets_lapse_says_so():
    assert {name for name, job in jobs.JOBS.items() if job.is_final} == FINAL


def test_a_leap_stops_what_is_final_and_nothing_else_until_the_clock_is_right_again(ran):
    for day in (0, 10, 20, 420, 421, 21):
        jobs.run_due(TEN + day * DAY, strict=True)

    assert days(ran, "send") == [0, 10, 20, 420, 421, 21]
    assert days(ran, "erase") == [0, 10, 20, 21]
    assert queries.last_tick() == TEN + 21 * DAY


def test_a_clock_that_goes_back_changes_nothing_and_stops_nothing(ran):
    for day in (0, 5, 4, 5):
        jobs.run_due(TEN + day * DAY, strict=True)

    assert days(ran, "erase") == [0, 5, 4, 5]
    assert queries.last_tick() == TEN + 5 * DAY


def test_whoever_sits_at_the_machine_says_that_it_was_switched_off_for_long(ran):
    jobs.run_due(TEN, strict=True)
    with time_machine.travel(TEN + 40 * DAY, tick=False):
        with pytest.raises(CommandError, match="先不删"):
            call_command("clock", stdout=StringIO())
        call_command("clock", "confirm", stdout=StringIO())
        call_command("clock", stdout=(heard := StringIO()))
    jobs.run_due(TEN + 40 * DAY, strict=True)

    assert days(ran, "erase") == [0, 40]
    assert heard.getvalue() == "现在的时钟是 2026-04-20 10:00，上次认可到 2026-04-20 10:00。\n"
    said = Event.objects.get(name="clock.confirm")
    assert (said.by_kind, said.data) == (IMPORT.kind, {"last": TEN.isoformat()})


def test_what_was_confirmed_by_mistake_can_be_put_back():
    services.tick(TEN)
    services.confirm_clock(now=TEN + 400 * DAY)
    services.confirm_clock(now=TEN)

    assert services.tick(TEN + DAY)
    assert not services.tick(TEN + 400 * DAY)


def test_health_is_red_and_says_what_to_do_and_not_that_jobs_are_late():
    jobs.run_due(TEN)
    then = TEN + 30 * DAY
    jobs.run_due(then)

    (found,) = records.clock(then)
    assert found.is_grave
    assert "linli clock confirm" in str(found.advice)
    assert list(work.jobs(then)) == []
    services.confirm_clock(now=then)
    assert list(records.clock(then)) == []


def test_no_matter_lapses_and_nothing_runs_out_four_hundred_days_too_early(figure):
    world = a_world("default")
    cases = [world.raise_case(now=TEN) for _n in range(20)]
    jobs.run_due(TEN)
    before = list(Case.objects.order_by("pk").values_list("pk", "state", "version", "overdue_at"))
    jobs.run_due(TEN + 400 * DAY)
    after = list(Case.objects.order_by("pk").values_list("pk", "state", "version", "overdue_at"))
    changed = sum(one != other for one, other in zip(before, after, strict=True))
    figure("A8", "matters that a clock 400 days ahead moves", target="0", n=len(cases), floor=20, got=changed)

    assert changed == 0
    services.confirm_clock(now=TEN + 400 * DAY)
    jobs.run_due(TEN + 400 * DAY + timedelta(minutes=1))
    assert Case.objects.exclude(overdue_at=None).count() == len(cases)


def test_two_workers_that_begin_at_once_note_one_time():
    assert services.tick(TEN)
    Tick.objects.bulk_create([Tick(at=TEN + DAY)], ignore_conflicts=True)

    assert queries.last_tick() == TEN
