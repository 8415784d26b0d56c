"""Counting everything once more by another way, to compare: for ``linli verify``.

Written apart from the counting itself: it folds whole histories instead of batches
and sums by cutting paths, and shares nothing with ``services`` but the declarations.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Sum
from django.utils.translation import gettext as _

from linli.kernel.figures import registry
from linli.kernel.figures.models import STANDING_DAY, Counted, Progress, Rollup, Standing
from linli.kernel.figures.registry import Figure
from linli.kernel.journal import queries as journal
from linli.kernel.journal.models import Position
from linli.kernel.journal.queries import Positioned
from linli.kernel.journal.verify import Finding, Report

BATCH = 500
AHEAD_OF_UTC = timedelta(hours=8)

Cell = tuple[str, str, date, str]  # county, place_path, day, category


def check(report: Report) -> Iterator[Finding]:
    """Find where what is stored differs from the recount."""
    reached = dict(Progress.objects.values_list("figure", "position"))
    for code, figure in registry.declared().items():
        yield from _against_events(figure, reached.get(code, 0))
        yield from _against_counted(figure, report)


def _against_events(figure: Figure, until: int) -> Iterator[Finding]:
    """Compare what was counted with the journal."""
    stands: dict[UUID, Any] = {}
    withdrawn = _withdrawn(until)
    for batch in _history(until):
        read = [item for item in batch if item.event.subject_id not in withdrawn and figure.reads(item.event)]
        if figure.stock:
            for item in read:
                if (level := figure.measure(item.event)) is not None:
                    stands[item.event.subject_id] = (_where(item), level)
            continue
        span = {
            "figure": figure.code,
            "position__gt": batch[0].position - 1,
            "position__lte": batch[-1].position,
        }
        stored = {row.position: _as_stored(row) for row in Counted.objects.filter(**span)}
        yield from _unequal(figure, _expected(figure, read), stored, "position {}")
    if figure.stock:
        stored_now = {
            row.subject_id: ((row.county, row.path, row.category), row.value)
            for row in Standing.objects.filter(figure=figure.code).iterator()
        }
        standing = {subject: kept for subject, kept in stands.items() if kept[1]}
        yield from _unequal(figure, standing, stored_now, "subject {}")


def _history(until: int) -> Iterator[list[Positioned]]:
    after = 0
    while after < until and (found := journal.since(after, BATCH)):
        batch = [item for item in found if item.position <= until]
        if batch:
            yield batch
        after = found[-1].position


def _withdrawn(until: int) -> set[UUID]:
    """Return the subjects that were taken out of every figure."""
    found = Position.objects.filter(position__lte=until, event__name__in=registry.withdrawing())
    return set(found.values_list("event__subject_id", flat=True))


def _where(item: Positioned) -> tuple[str, str, str]:
    data = item.event.data
    return item.event.county, data.get("path", ""), data.get("category", "")


def _expected(figure: Figure, read: list[Positioned]) -> dict[int, Any]:
    values = ((item, figure.measure(item.event)) for item in read)
    return {
        item.position: (_where(item), (item.event.at + AHEAD_OF_UTC).date(), item.event.subject_id, value)
        for item, value in values
        if value is not None
    }


def _as_stored(row: Counted) -> Any:
    return (row.county, row.path, row.category), row.day, row.subject_id, row.value


def _against_counted(figure: Figure, report: Report) -> Iterator[Finding]:
    """Compare the sums with what was counted."""
    recounted: Counter[Cell] = Counter()
    leaves = (
        Counted.objects.filter(figure=figure.code)
        .values_list("county", "path", "day", "category")
        .annotate(sum=Sum("value"))
        .order_by()
    )
    for county, path, day, category, value in leaves.iterator():
        places = {"/", *(path[: n + 1] for n, sign in enumerate(path) if sign == "/")}
        for place in places:
            for kind in {"", category}:
                recounted[county, place, day, kind] += value
                if figure.stock:
                    recounted[county, place, STANDING_DAY, kind] += value
    stored = {
        (row.county, row.place_path, row.day, row.category): row.value
        for row in Rollup.objects.filter(figure=figure.code).iterator()
        if row.value
    }
    report.counts["figures.sums"] = report.counts.get("figures.sums", 0) + len(stored)
    yield from _unequal(figure, {cell: value for cell, value in recounted.items() if value}, stored, "sum {}")


def _unequal(
    figure: Figure, expected: dict[Any, Any], stored: dict[Any, Any], what: str
) -> Iterator[Finding]:
    for key in expected.keys() | stored.keys():
        if expected.get(key) != stored.get(key):
            told = _("“%(figure)s”存的是 %(stored)s，重新数出来是 %(counted)s。") % {
                "figure": figure.label,
                "stored": stored.get(key, 0),
                "counted": expected.get(key, 0),
            }
            yield Finding("figures", told, f"{figure.code} {what.format(key)}")
