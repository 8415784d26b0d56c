"""The two installations, measured one after the other: servers on PostgreSQL, and `linli serve` on SQLite."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psycopg
from PIL import Image

from bench import floor, site
from bench.lines import AT_ONCE, BARE, INSERTS, Asked, How, Target
from bench.load import Line, Plan, Run, Wrk
from bench.people import CLERK, COUNTY
from bench.report import Column, Row
from tests.postgres import PREFIX, Cluster

Floors = Mapping[str, Callable[[int], Run]]
WEB, FLOOR, EMBEDDED = 8301, 8302, 8303
DURABLE = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "synchronous_commit": "on",
    "fsync": "on",
}
FEW = 1000
PHOTO = (1600, 1200)
INTAKE, INBOX_JSON, INBOX_PAGE, CASE_JSON, STEP, OVERVIEW = (
    Target(rate=500), Target(rate=250), Target(rate=150), Target(rate=400), Target(rate=350), Target(ms=50),
)  # fmt: skip


def server_column(folder: Path, how: How) -> Column:
    """PostgreSQL that keeps what it commits, web workers and a worker of their own."""
    cluster = Cluster(Path(f"/tmp/{PREFIX}{os.getpid()}"), options=DURABLE)
    cluster.start()
    try:
        socket = str(cluster.folder)
        for name in ("linli", "keys", "floor"):
            with psycopg.connect(
                host=socket, user="postgres", dbname="postgres", autocommit=True
            ) as connection:
                connection.execute(f"CREATE DATABASE {name}")
        return _server(folder, how, socket, cluster.pid)
    finally:
        cluster.stop()


def _server(folder: Path, how: How, socket: str, postmaster: int) -> Column:
    environment = site.production(folder, socket)
    site.manage(environment, "prepare")
    column = Column("Servers: PostgreSQL, two web workers, `linli work` running")
    commands = {"web": site.web(WEB), "worker": site.work()}
    with site.running({"floor": site.web(FLOOR, "bench.floor:application")}, os.environ, folder) as pids:
        site.wait_for(FLOOR, path="/")
        floors = _floors(folder, socket, pids["floor"])
        column.rows += _floor_rows(floors, how)
        parties = {"postgres": postmaster}
        told = _filled(FEW, folder, environment, column)
        with site.running(commands, environment, folder) as started:
            asked = _asked(WEB, folder, how, told, {**started, **parties}, https=True, floors=floors)
            _inboxes(asked, column, few=True)
        told = _filled(how.cases, folder, environment, column)
        with site.running(commands, environment, folder) as started:
            asked = _asked(WEB, folder, how, told, {**started, **parties}, https=True, floors=floors)
            if how.keep:
                _hand_over(asked, started)
            _all(asked, column, folder)
    return column


def embedded_column(folder: Path, how: How) -> Column:
    """One process with SQLite; the jobs run in it as threads."""
    environment = site.embedded(folder)
    site.manage(environment, "prepare")
    column = Column("One machine: `linli serve` on SQLite")
    told = _filled(how.cases, folder, environment, column)
    with site.running({"serve": site.serve(EMBEDDED)}, environment, folder) as pids:
        asked = _asked(EMBEDDED, folder, how, told, pids, https=False)
        _all(asked, column, folder)
    return column


def _filled(cases: int, folder: Path, environment: Mapping[str, str], column: Column) -> dict[str, Any]:
    file = folder / "told.json"
    command = [sys.executable, "-m", "bench.fill", str(cases), str(file)]
    done = subprocess.run(command, cwd=site.ROOT, env=environment, check=True, capture_output=True, text=True)
    print(f"  filled: {done.stdout.strip()}", flush=True)
    told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    column.said.append(
        f"Filled in bulk to {done.stdout.strip()}; {told['places_in_all']:,} places, {told['desks_in_all']:,} desks, "
        f"{told['held']:,} open cases on the desk asked."
    )
    return told


def _asked(
    port: int,
    folder: Path,
    how: How,
    told: dict[str, Any],
    pids: Mapping[str, int],
    *,
    https: bool,
    floors: Floors | None = None,
) -> Asked:
    stranger = site.Session(port, https=https)
    site.wait_for(port, headers=stranger.plain)
    clerk = site.Session(port, https=https).sign_in(CLERK)
    county = site.Session(port, https=https).sign_in(COUNTY)
    wrk = Wrk(f"http://127.0.0.1:{port}", folder, lambda: {name: [pid] for name, pid in pids.items()})
    return Asked(wrk, how, clerk, county, stranger, told, lambda: time.sleep(1), floors or {})


def _inboxes(asked: Asked, column: Column, *, few: bool) -> None:
    many = f"{asked.told['cases']:,} cases"
    for name, path, target in (
        ("inbox of 50 as JSON", "/api/v1/requests?limit=50", INBOX_JSON),
        ("inbox of 50 as a page", "/desk/", INBOX_PAGE),
    ):
        line = asked.measure(f"{name}, {many}", asked.reading(asked.clerk, path))
        _add(column, line, None if few else target)


def _all(asked: Asked, column: Column, folder: Path) -> None:
    _inboxes(asked, column, few=False)
    told, clerk = asked.told, asked.clerk
    case_paths = [f"/api/v1/requests/{pk}" for pk in told["in_hand"]]
    _add(column, asked.measure("one case as JSON", asked.reading(clerk, *case_paths)), CASE_JSON)
    pages = [f"/desk/cases/{pk}" for pk in told["in_hand"]]
    _add(column, asked.measure("case page", asked.reading(clerk, *pages)))
    overview = asked.reading(asked.county, "/desk/figures")
    _add(column, asked.measure("overview of a county", overview, 1), OVERVIEW)
    _add(column, asked.measure("one step (sort)", asked.steps, floor=INSERTS), STEP)
    for clients in (1, 8, 32):
        line = asked.measure("intake, signed in", lambda: asked.intake(clerk), clients, floor=INSERTS)
        _add(column, line, INTAKE if clients == AT_ONCE else None)
    _add(column, asked.measure("intake, a stranger", lambda: asked.intake(asked.stranger), floor=INSERTS))
    photo = folder / "photo.jpg"
    Image.effect_noise(PHOTO, 40).convert("RGB").save(photo, quality=80)
    _add(column, asked.photos(photo))


def _add(column: Column, measured: tuple[Line, Line | None] | None, target: Target | None = None) -> None:
    if measured is not None:
        line, floor_line = measured
        column.rows.append(Row(line, target, floor_line))


def _floors(folder: Path, socket: str, pid: int) -> Floors:
    """Return what measures each floor for a second: taken again beside every line, for a machine's speed varies."""
    wrk = Wrk(f"http://127.0.0.1:{FLOOR}", folder, lambda: {"web": [pid]})

    def bare(clients: int) -> Run:
        return wrk.run(Plan([("/", "")]), clients=clients, seconds=1)

    def inserts(clients: int) -> Run:
        rate, n = floor.raw_inserts(socket, clients=clients, seconds=1)
        return Run(rate, n, 0, 0, 0, {})

    return {BARE: bare, INSERTS: inserts}


def _floor_rows(floors: Floors, how: How) -> list[Row]:
    rows = [
        Row(Line(name, clients, [measure(clients) for _ in range(how.runs)]))
        for name, measure in floors.items()
        for clients in (1, 8, 32)
    ]
    print(
        "  floors: " + ", ".join(f"{r.line.name} {r.line.clients}: {r.line.rate:.0f}/s" for r in rows),
        flush=True,
    )
    return rows


def _hand_over(asked: Asked, pids: Mapping[str, int]) -> None:
    print(
        json.dumps({"pids": dict(pids), "clerk": asked.clerk.headers(), "county": asked.county.headers()}),
        flush=True,
    )
    input("The site stands. Enter goes on.")
