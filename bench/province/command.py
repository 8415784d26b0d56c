"""``python -m bench province``: pages at ten thousand, a hundred thousand and a million cases side by side.

Builds each size once in bulk (``--cases`` is the largest; ten million on request), asks
every page of all sizes in turns by one client, then lets the largest take requests in
and the worker follow. Prints the tables and writes them into ``bench/results-province.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg

from bench import machine, site
from bench.columns import DURABLE
from bench.province import measured, work
from bench.province.asking import Memory
from tests.postgres import PREFIX, Cluster

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
LOADING = {
    "maintenance_work_mem": "512MB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "autovacuum": "off",
}
BYTES_A_CASE = 55_000  # measured at 100,000, with some room to build indexes in
RESULTS = Path(__file__).parents[1] / "results-province.md"


def main(arguments: Sequence[str]) -> int:
    given = _given(arguments)
    sizes = sorted({size for size in SIZES if size < given.cases} | {given.cases})
    _refuse_without_room(sizes, Path("/tmp"))  # where the cluster stands
    folder = Path(tempfile.mkdtemp(prefix="linli-province-"))
    cluster = Cluster(Path(f"/tmp/{PREFIX}{os.getpid()}"), options=DURABLE | LOADING)
    cluster.start()
    try:
        parts = [
            f"{machine.described()}; PostgreSQL on the same machine, shared_buffers {DURABLE['shared_buffers']}."
        ]
        parts += _run(given, sizes, folder, str(cluster.folder))
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
    said = "\n\n".join([*parts, machine.load()])
    print(said)
    if not given.dry:
        RESULTS.write_text(f"# The province, as last measured\n\n{said}\n", encoding="utf-8")
    return 0


def _given(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench province", description=__doc__)
    parser.add_argument(
        "--cases",
        type=int,
        default=1_000_000,
        help="the largest size (the smaller ones are measured beside it)",
    )
    parser.add_argument("--rounds", type=int, default=40, help="how often each page of each size is asked")
    parser.add_argument("--seconds", type=int, default=15, help="how long requests are taken in")
    parser.add_argument("--only", default="", help="pages whose name contains this")
    parser.add_argument("--verify", action="store_true", help="let linli verify look at every size")
    parser.add_argument("--dry", action="store_true", help="print, and leave the results file as it is")
    return parser.parse_args(arguments)


def _refuse_without_room(sizes: Sequence[int], folder: Path) -> None:
    wanted, free = sum(sizes) * BYTES_A_CASE, shutil.disk_usage(folder).free
    if wanted > free:
        raise SystemExit(
            f"{sum(sizes):,} cases need about {wanted / 1e9:.0f} GB under {folder}; {free / 1e9:.0f} GB are free."
        )


def _run(given: argparse.Namespace, sizes: Sequence[int], folder: Path, socket: str) -> list[str]:
    environments = _built(given, sizes, folder, socket)
    told = {size: json.loads((folder / f"{size}.json").read_text(encoding="utf-8")) for size in sizes}
    parts = [_filled(told)]
    processes = {
        size: measured.Process(environments[size], folder / f"{size}.json", folder / f"{size}.log")
        for size in sizes
    }
    try:
        lines = measured.measure(processes, given.rounds, given.only)
        parts.append(
            f"## Pages, one client, {given.rounds} requests each in turns\n\n{measured.table(lines, sizes)}"
        )
        megabytes = {size: Memory(*process.ask(memory=1)["memory"]) for size, process in processes.items()}
    finally:
        for process in processes.values():
            process.end()
    largest = max(sizes)
    database = f"host={socket} user=postgres dbname=linli{largest}"
    worked = work.measure(environments[largest], database, told[largest], folder, given.seconds)
    parts.append(_worked(worked, megabytes, largest))
    parts.append(f"## What was loaded, at {largest:,} cases\n\n{measured.rates(told[largest])}")
    return parts


def _built(
    given: argparse.Namespace, sizes: Sequence[int], folder: Path, socket: str
) -> dict[int, dict[str, str]]:
    """Lay the ground once, and fill a copy of it for each size."""
    first = site.production(folder, socket)
    for name in ("linli", "keys"):
        _sql(socket, f"CREATE DATABASE {name}")
    site.manage(first, "prepare")
    base = folder / "base.pickle"
    began = time.monotonic()
    _python(first, "bench.province.fill", "base", str(base))
    print(f"  ground, desks, people and stories: {time.monotonic() - began:.0f} s", flush=True)
    environments = {}
    for size in sizes:
        for name in ("linli", "keys"):
            _sql(socket, f"CREATE DATABASE {name}{size} TEMPLATE {name}")
        environments[size] = of_size(first, size)
        began = time.monotonic()
        _python(environments[size], "bench.province.fill", str(size), str(base), str(folder / f"{size}.json"))
        print(f"  {size:,} cases: {time.monotonic() - began:.0f} s", flush=True)
        if given.verify:
            began = time.monotonic()
            site.manage(environments[size], "verify")
            print(f"  verified: {time.monotonic() - began:.0f} s", flush=True)
    return environments


def of_size(environment: Mapping[str, str], size: int) -> dict[str, str]:
    names = ("DATABASE_URL", "KEYS_DATABASE_URL")
    return {**environment, **{name: f"{environment[name]}{size}" for name in names}}


def _python(environment: Mapping[str, str], module: str, *given: str) -> None:
    subprocess.run([sys.executable, "-m", module, *given], cwd=site.ROOT, env=dict(environment), check=True)


def _sql(socket: str, statement: str) -> None:
    with psycopg.connect(host=socket, user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(statement)


def _filled(told: Mapping[int, dict[str, Any]]) -> str:
    rows = [
        "| cases | events | days | seconds | of them loading | seconds a million | GB | bytes a case |",
        f"|{'---|' * 8}",
    ]
    for size, one in told.items():
        weight = sum(sum(parts) for parts in one["bytes"].values())
        rows.append(
            f"| {one['cases']:,} | {one['events']:,} | {one['days']:,} | {one['all']:.0f} | {one['loading']:.0f} "
            f"| {one['all'] * 1e6 / size:,.0f} | {weight / 1e9:.1f} | {weight / size:,.0f} |"
        )
    return "## Building\n\n" + "\n".join(rows)


def _worked(worked: work.Worked, megabytes: Mapping[int, Memory], largest: int) -> str:
    most = max(one.resident for one in (*megabytes.values(), *worked.web))
    reached = "yes" if worked.ratio >= work.WANTED else "**no**"
    fits = "yes" if most <= measured.MOST_MEGABYTES else "**no**"
    sizes = "; ".join(f"{size:,}: {found}" for size, found in megabytes.items())
    turns = "; ".join(
        f"{turn.cases:,} with {turn.events:,} events at {turn.taken:.0f} and {turn.followed:.0f}/s, {turn.refused} refused, "
        f"CPU of web {turn.web:.1f} and worker {turn.worker:.1f} ms a case"
        for turn in worked.turns
    )
    followed = f"{worked.followed:.0f}/s = {worked.ratio:.1f} × intake"
    rows = [
        ("what", "measured", "wanted", "reached"),
        ("---", "---", "---", "---"),
        ("cases taken in, the worker standing still", f"{worked.taken:.0f}/s", "", ""),
        (f"cases numbered and followed by all {worked.consumers} consumers, nobody asking", followed,
         f"≥ {work.WANTED} ×", reached),
        ("the turns", turns, "", ""),
        ("cases taken in, the worker following", f"{worked.beside:.0f}/s", "", ""),
        ("how long the worker had still to do then", f"{worked.left:.1f} s", "", ""),
        ("memory of a process that was asked for every page", sizes, f"≤ {measured.MOST_MEGABYTES} MB", fits),
        ("memory of each web process after the intake", "; ".join(map(str, worked.web)),
         f"≤ {measured.MOST_MEGABYTES} MB", fits),
        ("memory of the worker", str(worked.worker), "", ""),
    ]  # fmt: skip
    head = f"## Intake and the worker, at {largest:,} cases, {work.CLIENTS} clients, on one machine"
    return f"{head}\n\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows)
