"""Intake against the worker: how much comes in, how fast what came in is positioned and consumed, what memory that takes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bench import site
from bench.lines import JSON, SAID
from bench.load import Plan, Wrk
from bench.people import CLERK
from bench.province.asking import memory

PORT, CLIENTS = 8311, 8
PATIENCE = 300
BEHIND = """
SELECT (SELECT count(*) FROM journal_event e WHERE e.id > %(from)s AND NOT EXISTS
    (SELECT 1 FROM journal_position p WHERE p.event_id = e.id)),
  (SELECT max(position) FROM journal_position) - (SELECT min(position) FROM journal_cursor),
  (SELECT min(position) FROM journal_cursor)
"""


@dataclass(frozen=True)
class Worked:
    """Intake a second without and with the worker; events a second that the worker took when they lay ready."""

    alone: float
    beside: float
    backlog: int
    consumed: float
    web: list[float]
    worker: float

    @property
    def ratio(self) -> float:
        return self.consumed / self.beside


def measure(
    environment: Mapping[str, str],
    database: Mapping[str, str],
    told: dict[str, Any],
    folder: Path,
    seconds: int,
) -> Worked:
    """Let requests pile up, let the worker catch up, then both at once."""
    with site.running({"web": site.web(PORT)}, environment, folder) as pids:
        stranger = site.Session(PORT, https=True)
        site.wait_for(PORT, headers=stranger.plain)
        clerk = site.Session(PORT, https=True).sign_in(CLERK)
        for path in (
            "/desk/",
            "/desk/cases",
            f"/desk/cases/{told['in_hand'][0]}",
            "/api/v1/requests?limit=50",
        ):
            clerk.ask("GET", path)
        wrk = Wrk(f"http://127.0.0.1:{PORT}", folder, lambda: {"web": [pids["web"]]})
        bodies = [f'{{"text": "{SAID}", "place": "{place}"}}' for place in told["places"]]
        plan = Plan(
            [("/api/v1/requests", body) for body in bodies], "POST", clerk.headers(**JSON), has_key=True
        )
        wrk.run(plan, clients=CLIENTS, seconds=3, may_be_empty=True)
        alone = wrk.run(plan, clients=CLIENTS, seconds=seconds).rate
        web = [memory(pid) for pid in _children(pids["web"])]
        with (
            psycopg.connect(database, autocommit=True) as connection,
            site.running({"worker": site.work()}, environment, folder) as worker,
        ):
            backlog, consumed = _caught_up(connection)
            beside = wrk.run(plan, clients=CLIENTS, seconds=seconds).rate
            return Worked(alone, beside, backlog, consumed, web, memory(worker["worker"]))


def _caught_up(connection: Any) -> tuple[int, float]:
    """Wait until nothing lies before any consumer; return how many events lay there, and how many a second went."""
    first = connection.execute("SELECT min(position) FROM journal_cursor").fetchone()[0]
    last_event = connection.execute(
        "SELECT event_id FROM journal_position ORDER BY position DESC LIMIT 1"
    ).fetchone()[0]
    began, patience = None, time.monotonic() + PATIENCE
    while time.monotonic() < patience:
        waiting, behind, reached = connection.execute(BEHIND, {"from": last_event}).fetchone()
        now = time.monotonic()
        if began is None and (reached > first or behind > 0):
            began = now  # the worker has started and read what it keeps in memory
        if began is not None and not waiting and not behind:
            return reached - first, (reached - first) / max(now - began, 0.001)
        time.sleep(0.02)
    raise RuntimeError("The worker did not catch up.")


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found or [pid]
