"""What runs by itself: the sequencer, the consumers, and jobs every so many seconds.

Sequencer and consumers are guarded by the lock of the row they move, so they need no
lease. Other jobs are leased through ``Schedule``: two workers never do one at once, a
lease is renewed while the job runs, and a dead worker's lease ends.
"""

from __future__ import annotations

import os
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

import structlog
from django.db import close_old_connections, connection
from django.db.models import Q
from django.utils import timezone

from linli.foundation import disk
from linli.kernel.journal import services
from linli.kernel.journal.models import Schedule
from linli.kernel.journal.queries import Positioned
from linli.kernel.journal.registry import CONSUMERS, JOBS, Consumer, Job, wake

__all__ = ["Positioned", "consumer", "every", "follow", "run_due", "run_forever"]

TURN = 0.2  # seconds until the next look where nothing wakes
REST = 0.1  # seconds between two turns with little to do
MUCH = 1000  # done in one turn: more lies ready
LEASE = timedelta(seconds=40)  # a killed worker's jobs are done again within a minute
SKEW = timedelta(minutes=1)  # by which workers' clocks may differ

log = structlog.get_logger(__name__)


def every(
    seconds: float, name: str, *, is_final: bool = False
) -> Callable[[Callable[[datetime], int]], Callable[[datetime], int]]:
    """Have ``run(now) -> int`` done every ``seconds``, by one worker at a time.

    ``is_final``: it erases, or lets something lapse; a clock that has leapt ahead does not do it.
    """

    def decorate(run: Callable[[datetime], int]) -> Callable[[datetime], int]:
        JOBS[name] = Job(name, seconds, run, is_final)
        return run

    return decorate


def consumer(
    name: str, *, events: tuple[str, ...] = ("*",)
) -> Callable[[Callable[[list[Positioned]], None]], Callable[[list[Positioned]], None]]:
    """Have ``handle(batch)`` called with all events that match, in order, each exactly once."""

    def decorate(handle: Callable[[list[Positioned]], None]) -> Callable[[list[Positioned]], None]:
        CONSUMERS[name] = Consumer(name, events, handle)
        return handle

    return decorate


def run_due(now: datetime, *, strict: bool = False) -> int:
    """Do once all that is due; return how much was done. ``strict`` raises the first error again."""
    return follow(now, strict=strict) + _run_jobs(now, strict=strict)


def follow(now: datetime, *, strict: bool = False) -> int:
    """Number what was committed and let every consumer read one batch."""
    done = _guarded("sequencer", lambda: services.sequence(now), strict=strict)
    for name in list(CONSUMERS):
        done += _guarded(name, partial(services.consume, name, now=now), strict=strict)
    return done


def run_forever(stop: threading.Event) -> None:
    """Work until ``stop`` is set: followers in this thread, the other jobs in one of their own."""
    jobs = threading.Thread(target=_loop, args=(stop, _run_jobs, None), name="linli-jobs")
    jobs.start()
    _loop(stop, follow, wake)
    jobs.join()


def _loop(stop: threading.Event, turn: Callable[[datetime], int], alarm: threading.Event | None) -> None:
    while not stop.is_set():
        if alarm is not None:
            alarm.clear()
        close_old_connections()
        done = _guarded(turn.__name__, lambda: turn(timezone.now()), strict=False)
        if done and done < MUCH:
            stop.wait(REST)  # a turn costs the same for one event as for a hundred: let some gather
        elif not done:
            (alarm or stop).wait(TURN)
    connection.close()


def _guarded(name: str, work: Callable[[], int], *, strict: bool) -> int:
    try:
        return work()
    except Exception as error:
        if strict:
            raise
        disk.note(error, timezone.now())
        log.error("job_failed", job=name, error=_where(error))
        return 0


def _run_jobs(now: datetime, *, strict: bool = False) -> int:
    known = {row.name: row.next_at for row in Schedule.objects.all()}
    if fresh := [Schedule(name=name, next_at=now) for name in JOBS if name not in known]:
        Schedule.objects.bulk_create(fresh, ignore_conflicts=True)
    due = [job for job in list(JOBS.values()) if _is_due(job, known.get(job.name, now), now)]
    if any(job.is_final for job in due) and not services.tick(now):
        due = [job for job in due if not job.is_final]
    return sum(_run(job, now, strict=strict) for job in due)


def _is_due(job: Job, at: datetime, now: datetime) -> bool:
    """Is its time there, or farther off than it ever puts it: under a clock that was ahead and is right again?"""
    return at <= now or at > _farthest(job, now)


def _farthest(job: Job, now: datetime) -> datetime:
    return now + timedelta(seconds=job.seconds) + SKEW


def _run(job: Job, now: datetime, *, strict: bool) -> int:
    owner = f"{os.getpid()}-{uuid4().hex}"
    free = Q(leased_until=None) | Q(leased_until__lte=now) | Q(leased_until__gt=now + LEASE + SKEW)
    due = Q(next_at__lte=now) | Q(next_at__gt=_farthest(job, now))
    mine = Schedule.objects.filter(free & due, name=job.name)
    if not mine.update(leased_until=now + LEASE, owner=owner):
        return 0
    after = {"leased_until": None, "next_at": now + timedelta(seconds=job.seconds), "ran_at": now}
    held = Schedule.objects.filter(name=job.name, owner=owner)
    try:
        with _renewed(job.name, owner):
            done = job.run(now)
    except Exception as error:
        failures = held.values_list("failures", flat=True).first() or 0
        held.update(**after, failures=failures + 1, error=_where(error)[:200])
        disk.note(error, timezone.now())
        log.error("job_failed", job=job.name, error=_where(error))
        if strict:
            raise
        return 0
    held.update(**after, succeeded_at=now, failures=0, error="")
    return done


@contextmanager
def _renewed(name: str, owner: str) -> Iterator[None]:
    """Renew the lease from another thread for as long as the job runs."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(LEASE.total_seconds() / 3):
            Schedule.objects.filter(name=name, owner=owner).update(leased_until=timezone.now() + LEASE)
        connection.close()

    thread = threading.Thread(target=renew, name=f"lease-{name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _where(error: Exception) -> str:
    """Name the kind of error and its place; its own words may hold personal data."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} {frame.name}:{frame.lineno}"


@every(3600, "journal.seal")
def _seal(now: datetime) -> int:
    return services.seal(now)
