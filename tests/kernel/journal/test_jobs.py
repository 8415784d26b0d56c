from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connections, transaction
from structlog.testing import capture_logs

from linli.kernel.journal import jobs, queries, registry, services
from linli.kernel.journal.models import Schedule
from linli.kernel.journal.registry import Consumer
from tests.kernel.journal.builders import a_record
from tests.kernel.journal.conftest import NOW


@pytest.fixture(autouse=True)
def no_other_jobs(monkeypatch: pytest.MonkeyPatch, consumers: dict[str, Consumer]) -> Iterator[None]:
    monkeypatch.setattr(registry, "JOBS", {})
    monkeypatch.setattr(jobs, "JOBS", registry.JOBS)
    return


@pytest.mark.django_db
def test_a_job_is_done_when_it_is_due_and_not_before() -> None:
    runs: list[datetime] = []
    jobs.every(60, "some")(lambda now: runs.append(now) or 3)
    assert jobs.run_due(NOW) == 3
    assert jobs.run_due(NOW + timedelta(seconds=59)) == 0
    assert jobs.run_due(NOW + timedelta(seconds=60)) == 3
    assert runs == [NOW, NOW + timedelta(seconds=60)]


@pytest.mark.django_db
def test_a_leased_job_is_left_alone_until_the_lease_of_a_dead_worker_ends() -> None:
    runs: list[datetime] = []
    jobs.every(60, "some")(lambda now: runs.append(now) or 1)
    dead_until = NOW + timedelta(seconds=30)
    Schedule.objects.create(name="some", next_at=NOW, leased_until=dead_until, owner="dead")
    assert jobs.run_due(dead_until - timedelta(seconds=1)) == 0
    assert jobs.run_due(dead_until) == 1
    assert Schedule.objects.get().leased_until is None


@pytest.mark.django_db
@pytest.mark.parametrize("ahead", [timedelta(hours=2), timedelta(days=400)])
def test_a_clock_that_was_ahead_and_is_right_again_puts_no_job_to_sleep(ahead: timedelta) -> None:
    runs: list[datetime] = []
    jobs.every(60, "some")(lambda now: runs.append(now) or 1)
    for now in (NOW, NOW + ahead, NOW + timedelta(seconds=1)):
        assert jobs.run_due(now) == 1
    assert jobs.run_due(NOW + timedelta(seconds=60)) == 0
    Schedule.objects.update(next_at=NOW, leased_until=NOW + ahead, owner="ahead")
    assert jobs.run_due(NOW + timedelta(seconds=60)) == 1
    assert len(runs) == 4


@pytest.mark.django_db
def test_a_worker_whose_clock_is_a_little_ahead_keeps_its_lease() -> None:
    jobs.every(60, "some")(lambda _now: 1)
    Schedule.objects.create(
        name="some", next_at=NOW, leased_until=NOW + jobs.LEASE + jobs.SKEW, owner="ahead"
    )
    assert jobs.run_due(NOW) == 0


@pytest.mark.django_db
@pytest.mark.logs("job_failed")
def test_a_failing_job_is_shown_without_the_errors_own_words() -> None:
    def fail(_now: datetime) -> int:
        raise ValueError("张三 13800013800")

    jobs.every(60, "bad")(fail)
    jobs.every(60, "good")(lambda _now: 1)
    with capture_logs() as logs:
        assert jobs.run_due(NOW) == 1
    shown = queries.health(NOW)["jobs"]["bad"]
    assert (shown["failures"], shown["error"].split(":")[0]) == (1, "ValueError fail")
    assert "13800013800" not in str(logs) + str(shown)
    assert [(line["event"], line["job"]) for line in logs] == [("job_failed", "bad")]
    with pytest.raises(ValueError, match="张三"):
        jobs.run_due(NOW + timedelta(seconds=60), strict=True)
    assert Schedule.objects.get(name="bad").failures == 2


def test_two_workers_never_do_a_job_at_once(committed_db: None) -> None:
    running, most, runs = [0], [0], [0]
    guard = threading.Lock()

    def work(_now: datetime) -> int:
        with guard:
            running[0] += 1
            most[0] = max(most[0], running[0])
            runs[0] += 1
        time.sleep(0.02)
        with guard:
            running[0] -= 1
        return 1

    jobs.every(0, "busy")(work)
    until = time.monotonic() + 1.5

    def worker() -> None:
        now = NOW
        while time.monotonic() < until:
            jobs.run_due(now, strict=True)
            now += timedelta(milliseconds=1)
        connections.close_all()

    threads = [threading.Thread(target=worker) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] == 1
    assert runs[0] >= 5


def test_the_lease_is_renewed_while_a_long_job_runs(
    committed_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LEASE", timedelta(seconds=0.3))
    seen: list[datetime | None] = []

    def long(_now: datetime) -> int:
        seen.append(Schedule.objects.get().leased_until)
        time.sleep(0.4)
        seen.append(Schedule.objects.get().leased_until)
        return 1

    jobs.every(60, "long")(long)
    jobs.run_due(NOW, strict=True)
    first, second = seen
    assert first is not None
    assert second is not None
    assert second > first


def test_what_is_committed_here_is_consumed_without_waiting_for_its_turn(
    committed_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next turn would come in ten minutes; the commit wakes the worker."""
    got = threading.Event()
    stop = threading.Event()
    jobs.consumer("quick")(lambda _batch: got.set())
    monkeypatch.setattr(jobs, "TURN", 600)
    worker = threading.Thread(target=jobs.run_forever, args=(stop,))
    worker.start()
    try:
        for _ in range(5):
            time.sleep(0.05)
            got.clear()
            with transaction.atomic():
                a_record()
            assert got.wait(30)
    finally:
        stop.set()
        registry.wake.set()
        worker.join(20)
    assert not worker.is_alive()
    assert services.sequence(NOW) == 0
