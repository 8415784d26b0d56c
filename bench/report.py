"""The table."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from bench.lines import Target
from bench.load import Line

CORES = os.cpu_count() or 1


@dataclass
class Row:
    line: Line
    target: Target | None = None
    floor: Line | None = None
    note: str = ""


@dataclass
class Column:
    """One installation: its title, its rows, and what else is to be said."""

    title: str
    rows: list[Row] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


HEAD = (
    "| what | clients | per second, median [spread] | n | p50 / p95 / p99 ms | CPU ms each | all cores' worth | floor "
    "| target | reached |\n|---|---|---|---|---|---|---|---|---|---|"
)


def table(columns: list[Column]) -> str:
    parts = []
    for column in columns:
        parts += [f"\n### {column.title}\n", HEAD, *(_row(row) for row in column.rows), "", *column.said]
    return "\n".join(parts)


def _row(row: Row) -> str:
    line = row.line
    low, high = line.spread
    times = " / ".join(f"{line.median(lambda run, q=q: getattr(run, q)):.1f}" for q in ("p50", "p95", "p99"))
    cpu = ", ".join(
        f"{name} {line.median(lambda run, name=name: run.cpu[name]):.2f}"
        for name in (line.runs[0].cpu if line.runs else ())
    )
    spent = sum(line.median(lambda run, name=name: run.cpu[name]) for name in line.runs[0].cpu)
    worth = f"{CORES * 1000 / spent:,.0f}/s" if spent else ""
    floor = f"1/{row.floor.rate / line.rate:.1f} of {row.floor.name}" if row.floor and line.rate else ""
    reached = "" if row.target is None else "yes" if row.target.is_reached(line) else "**no**"
    return (
        f"| {line.name} | {line.clients} | {line.rate:,.0f} [{low:,.0f}–{high:,.0f}] | {line.n:,} | {times} | {cpu} "
        f"| {worth} | {floor} | {row.target or ''} | {reached} |"
    )
