"""Intake against the worker: how much comes in, how fast what came in is positioned and consumed, what memory that takes.

The worker has read what it keeps in memory and stands still (SIGSTOP) while requests
pile up; from the moment it goes on until nothing lies before any consumer is its time.
Both have the machine for themselves, in turns, so that a slow minute is slow for both.
"""

from __future__ import annotations

import os
import signal
import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bench import site
from bench.lines import JSON, SAID
from bench.load import Plan, Wrk, cpu_of
from bench.people import CLERK
from bench.province.asking import Memory, memory

PORT, CLIENTS, TURNS = 8311, 8, 3
WANTED = 2  # times the intake
ENOUGH = 1000  # cases that must lie ready in a turn: two batches of every consumer
PATIENCE = 300
LOOK = 0.02  # seconds between two looks at how far the worker is
BEHIND = "SELECT (SELECT max(position) FROM journal_position) - (SELECT min(position) FROM journal_cursor)"
UNNUMBERED = """
SELECT EXISTS (SELECT 1 FROM journal_event e WHERE e.id > %(from)s AND NOT EXISTS
    (SELECT 1 FROM journal_position p WHERE p.event_id = e.id))
"""
CAME = (
    "SELECT count(*) FILTER (WHERE name = 'request.raise'), count(*) FROM journal_event WHERE id > %(from)s"
)
HOLDS = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'
    AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
"""


@dataclass(frozen=True)
class Turn:
    """Cases a second taken in, and followed; how many there were, with how many events, and how many were refused.

    ``web`` and ``worker`` are milliseconds of CPU a case, which say more than seconds where others share the machine.
    """

    taken: float
    followed: float
    cases: int
    events: int
    refused: int
    web: float
    worker: float


@dataclass(frozen=True)
class Worked:
    """The turns, cases a second taken in while the worker follows, and how long it had still to do then."""

    turns: list[Turn]
    beside: float
    left: float
    consumers: int
    web: list[Memory]
    worker: Memory

    @property
    def taken(self) -> float:
        return statistics.median(turn.taken for turn in self.turns)

    @property
    def followed(self) -> float:
        return statistics.median(turn.followed for turn in self.turns)

    @property
    def ratio(self) -> float:
        """The middle of the turns' own ratios."""
        return statistics.median(turn.followed / turn.taken for turn in self.turns)


def measure(
    environment: Mapping[str, str],
    database: Mapping[str, str] | str,
    told: dict[str, Any],
    folder: Path,
    seconds: int,
) -> Worked:
    """Let requests pile up and the worker follow, in turns; then both at once."""
    commands = {"web": site.web(PORT), "worker": site.work()}
    with (
        site.running(commands, environment, folder) as pids,
        psycopg.connect(database, autocommit=True) as connection,  # type: ignore[arg-type]
    ):
        wrk, plan = _load(pids["web"], told, folder)
        last = _last(connection)
        wrk.run(plan, clients=CLIENTS, seconds=3, may_be_empty=True)
        _until_nothing_lies(connection, last)
        turns = [_turn(connection, wrk, plan, pids["worker"], seconds) for _n in range(TURNS)]
        last = _last(connection)
        run = wrk.run(plan, clients=CLIENTS, seconds=seconds)
        left = _until_nothing_lies(connection, last)
        beside = _came(connection, last)[0] / (run.n / run.rate)
        web = [memory(pid) for pid in _children(pids["web"])]
        consumers = connection.execute("SELECT count(*) FROM journal_cursor").fetchone()[0]
        return Worked(turns, beside, left, consumers, web, memory(pids["worker"]))


def _load(web: int, told: dict[str, Any], folder: Path) -> tuple[Wrk, Plan]:
    stranger = site.Session(PORT, https=True)
    site.wait_for(PORT, headers=stranger.plain)
    clerk = site.Session(PORT, https=True).sign_in(CLERK)
    for path in ("/desk/", "/desk/cases", f"/desk/cases/{told['in_hand'][0]}", "/api/v1/requests?limit=50"):
        clerk.ask("GET", path)
    bodies = [f'{{"text": "{SAID}", "place": "{place}"}}' for place in told["places"]]
    rows = [("/api/v1/requests", body) for body in bodies]
    return (
        Wrk(f"http://127.0.0.1:{PORT}", folder, lambda: {"web": [web]}),
        Plan(rows, "POST", clerk.headers(**JSON), has_key=True, may_be_refused=True),
    )


def _turn(connection: Any, wrk: Wrk, plan: Plan, worker: int, seconds: int) -> Turn:
    last = _last(connection)
    with _stopped(connection, worker):
        run = wrk.run(plan, clients=CLIENTS, seconds=seconds)
    parties = {"worker": [worker]}
    before = cpu_of(parties)["worker"]
    spent = _until_nothing_lies(connection, last)
    cpu = cpu_of(parties)["worker"] - before
    cases, events = _came(connection, last)
    if cases < ENOUGH:
        raise RuntimeError(f"{cases} cases in a turn say nothing; {ENOUGH} are wanted: give more --seconds.")
    return Turn(
        cases / (run.n / run.rate),
        cases / spent,
        cases,
        events,
        run.refused,
        run.cpu["web"],
        cpu * 1000 / cases,
    )


def _came(connection: Any, last: int) -> tuple[int, int]:
    """Return how many cases, and how many events, have come in after this event."""
    found: tuple[int, int] = connection.execute(CAME, {"from": last}).fetchone()
    return found


@contextmanager
def _stopped(connection: Any, worker: int) -> Iterator[None]:
    """Let the worker stand still between two transactions: stopped within one, it would hold its locks."""
    patience = time.monotonic() + PATIENCE
    while True:
        os.kill(worker, signal.SIGSTOP)
        time.sleep(LOOK)  # what it had sent is answered
        if not connection.execute(HOLDS).fetchone()[0]:
            break
        os.kill(worker, signal.SIGCONT)
        if time.monotonic() > patience:
            raise RuntimeError("The worker is never between two transactions.")
        time.sleep(LOOK)
    try:
        yield
    finally:
        os.kill(worker, signal.SIGCONT)


def _last(connection: Any) -> int:
    found: int = connection.execute("SELECT max(id) FROM journal_event").fetchone()[0]
    return found


def _until_nothing_lies(connection: Any, last: int) -> float:
    """Wait until all events after this one have positions and no consumer has one before it; return the seconds."""
    began = time.monotonic()
    while time.monotonic() < began + PATIENCE:
        if (
            not connection.execute(BEHIND).fetchone()[0]
            and not connection.execute(UNNUMBERED, {"from": last}).fetchone()[0]
        ):
            return time.monotonic() - began
        time.sleep(LOOK)
    raise RuntimeError("The worker did not catch up.")


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found or [pid]
