"""Driving the site with wrk, a load client of its own process, and reading what everybody's CPU did."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Plan:
    """What is sent: one method and set of headers, and rows of path and body in turn.

    ``once``: every row may be sent once only (a step can be taken once). ``may_be_refused``:
    a server with too much to do may say so; who asks counts what was taken, not what was sent.
    """

    rows: Sequence[tuple[str, str]]
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    has_key: bool = False
    once: bool = False
    may_be_refused: bool = False


@dataclass(frozen=True)
class Run:
    """One bounded run: requests a second, milliseconds, and CPU milliseconds a request of each party."""

    rate: float
    n: int
    p50: float
    p95: float
    p99: float
    cpu: Mapping[str, float]
    refused: int = 0


@dataclass
class Line:
    """A line of the table: several runs of the same."""

    name: str
    clients: int
    runs: list[Run] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return statistics.median(run.rate for run in self.runs)

    @property
    def spread(self) -> tuple[float, float]:
        return min(run.rate for run in self.runs), max(run.rate for run in self.runs)

    @property
    def n(self) -> int:
        return sum(run.n for run in self.runs)

    def median(self, what: Callable[[Run], float]) -> float:
        return statistics.median(what(run) for run in self.runs)


class Wrk:
    """Sends plans to one address. ``parties``: name → process ids whose CPU is read."""

    def __init__(
        self, address: str, folder: Path, parties: Callable[[], Mapping[str, Sequence[int]]]
    ) -> None:
        self.address = address
        self.folder = folder
        self.parties = parties
        self._sent = 0

    def run(self, plan: Plan, *, clients: int, seconds: int, may_be_empty: bool = False) -> Run:
        """``may_be_empty``: a process that has just started first reads what it keeps in memory."""
        self._sent += 1
        run = self._run(["-t1", f"-c{clients}"], "load.lua", [self._written(plan)], seconds, plan)
        if not run.n and not may_be_empty:
            raise RuntimeError("Nothing was answered.")
        return run

    def run_photos(
        self, headers: Mapping[str, str], place: str, photo: Path, *, clients: int, seconds: int
    ) -> Run:
        self._sent += 1
        file = self.folder / "photos.plan"
        lines = [
            *(f"H\t{name}\t{value}" for name, value in headers.items()),
            f"P\t{place}",
            f"K\tthe-bench-sends-photos-{os.getpid()}-{self._sent}-",
        ]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return self._run(
            [f"-t{clients}", f"-c{clients}"], "photo.lua", [str(file), str(photo)], seconds, None
        )

    def _written(self, plan: Plan) -> str:
        lines = [f"M\t{plan.method}", *(f"H\t{name}\t{value}" for name, value in plan.headers.items())]
        if plan.has_key:
            lines.append(f"K\tthe-bench-sends-{os.getpid()}-{self._sent}-")
        lines += [f"R\t{path}\t{body}" for path, body in plan.rows]
        file = self.folder / "load.plan"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return str(file)

    def _run(self, shape: list[str], script: str, given: list[str], seconds: int, plan: Plan | None) -> Run:
        command = [
            "wrk",
            *shape,
            f"-d{seconds}s",
            "--timeout",
            "30s",
            "-s",
            str(HERE / script),
            self.address,
            "--",
            *given,
        ]
        before, own = cpu_of(self.parties()), _children()
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        spent = {name: value - before[name] for name, value in cpu_of(self.parties()).items()}
        spent["wrk"] = _children() - own
        told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        n = told["requests"]
        may_be_refused = plan is not None and plan.may_be_refused
        if told["broken"] or (told["wrong"] and not may_be_refused):
            raise RuntimeError(f"Not every answer was good: {told}")
        if plan and plan.once and n > len(plan.rows):
            raise RuntimeError(f"{n} requests were sent, but only {len(plan.rows)} were planned.")
        return Run(
            rate=n / (told["micros"] / 1e6), n=n, p50=told["p50"], p95=told["p95"], p99=told["p99"],
            cpu={name: value * 1000 / max(n, 1) for name, value in spent.items()}, refused=told["wrong"],
        )  # fmt: skip


def cpu_of(parties: Mapping[str, Sequence[int]]) -> dict[str, float]:
    """Return the CPU seconds that each party has used, its live children's and its dead ones' with it."""
    family = _family()
    return {name: sum(_of(pid, family) for pid in pids) for name, pids in parties.items()}


def _of(pid: int, family: Mapping[int, list[int]]) -> float:
    return _own(pid) + sum(_of(child, family) for child in family.get(pid, ()))


def _own(pid: int) -> float:
    fields = _stat(pid)
    return sum(int(ticks) for ticks in fields[11:15]) / TICK if fields else 0.0


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _family() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            found.setdefault(int(fields[1]), []).append(int(entry.name))
    return found


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
