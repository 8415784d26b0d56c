"""Every size asked the same, one request after another and size beside size, so that a slow minute is slow for all."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import site

WARM = 5
TARGETS = {"inbox, page": 1.2, "inbox, JSON": 1.2, "case in hand, page": 1.2, "case of the archive, page": 1.2,
           "overview of a county": 1.2}  # fmt: skip
MOST_MEGABYTES = 200


@dataclass
class Line:
    """One request's milliseconds and CPU milliseconds by size, its statements, and the large tables read whole."""

    name: str
    ms: dict[int, list[float]] = field(default_factory=dict)
    cpu: dict[int, list[float]] = field(default_factory=dict)
    statements: dict[int, int] = field(default_factory=dict)
    read_whole: dict[int, list[str]] = field(default_factory=dict)

    def growth(self, small: int, large: int) -> float:
        """How much longer the middle request takes at the larger size."""
        return statistics.median(self.ms[large]) / statistics.median(self.ms[small])


class Process:
    """A web process of one size, behind a pipe."""

    def __init__(self, environment: Mapping[str, str], told: Path, log: Path) -> None:
        self.log = log.open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.province.asking", str(told)], cwd=site.ROOT, env=dict(environment),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True,
        )  # fmt: skip
        self.names: list[str] = self._answer()["ready"]

    def ask(self, **wanted: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(wanted) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(60)
        self.log.close()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(
                f"The process ended; it said: {Path(self.log.name).read_text(encoding='utf-8')[-2000:]}"
            )
        found: dict[str, Any] = json.loads(line)
        return found


def measure(processes: Mapping[int, Process], rounds: int, only: str) -> list[Line]:
    """Ask each line of every size in turn, ``rounds`` times after some to get warm."""
    names = next(iter(processes.values())).names
    lines = []
    for name in names:
        if only not in name and not name.startswith("floor"):
            continue
        line = Line(name, {size: [] for size in processes}, {size: [] for size in processes})
        for turn in range(WARM + rounds):
            for size, process in processes.items():
                spent = process.ask(ask=name)
                if turn >= WARM:
                    line.ms[size].append(spent["ms"])
                    line.cpu[size].append(spent["cpu"])
        for size, process in processes.items():
            told = process.ask(explain=name)
            line.statements[size], line.read_whole[size] = told["statements"], told["read whole"]
        lines.append(line)
        print(
            f"  {name}: "
            + ", ".join(f"{size:,} {statistics.median(line.ms[size]):.1f} ms" for size in processes),
            flush=True,
        )
    return lines


def table(lines: Sequence[Line], sizes: Sequence[int]) -> str:
    """Return the pages side by side; the growth is of the middle, from 100,000 cases to the largest."""
    from_size = 100_000 if 100_000 in sizes and max(sizes) > 100_000 else min(sizes)
    to_size = max(sizes)
    head = ["one request, milliseconds", *(f"{size:,}" for size in sizes), f"growth {from_size:,} → {to_size:,}", "wanted", "reached",
            "statements", "large tables read whole"]  # fmt: skip
    rows = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for line in lines:
        growth, wanted = line.growth(from_size, to_size), TARGETS.get(line.name)
        whole = (
            ", ".join(sorted({table for tables in line.read_whole.values() for table in tables})) or "none"
        )
        statements = "–".join(
            str(n) for n in sorted({min(line.statements.values()), max(line.statements.values())})
        )
        cells = [line.name, *(_spread(line.ms[size]) for size in sizes), f"{growth:.2f} ×", f"≤ {wanted} ×" if wanted else "",
                 ("yes" if growth <= wanted else "**no**") if wanted else "", statements, whole]  # fmt: skip
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _spread(values: Sequence[float]) -> str:
    """The middle, and between what half of them lie."""
    quarters = statistics.quantiles(values, n=4)
    return f"{statistics.median(values):.1f} [{quarters[0]:.1f}–{quarters[2]:.1f}]"


def rates(told: Mapping[str, Any]) -> str:
    """Return what of each table was loaded, how fast, and what it weighs for each case."""
    head = [
        "table",
        "rows",
        "rows a case",
        "rows/s into the table",
        "seconds of its indexes",
        "bytes a case, rows + indexes",
    ]
    rows = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    tables = told["tables"]
    for name, count in sorted(told["rows"].items(), key=lambda one: -one[1]):
        seconds = told["seconds"][name]
        weight = told["bytes"].get(name)
        cells = [tables[name], f"{count:,}", f"{count / told['cases']:.1f}", f"{count / seconds:,.0f}" if seconds else "",
                 f"{told['index_seconds'].get(tables[name], 0):.0f}",
                 f"{weight[0] / told['cases']:,.0f} + {weight[1] / told['cases']:,.0f}" if weight else ""]  # fmt: skip
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)
