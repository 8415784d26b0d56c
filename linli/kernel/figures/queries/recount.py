"""Counting everything once more by another way, to compare: for ``linli verify``.

Written apart from the counting itself: it folds whole histories instead of batches
and sums by cutting paths, and shares nothing with ``services`` but the declarations.
"""

from __future__ import annotations

from collections import Counter, defaultdict
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
    """Find where what is stored differs from the recount; the journal is read once for all figures."""
    figures = registry.declared()
    reached = dict(Progress.objects.values_list("figure", "position"))
    stands: dict[str, dict[UUID, Any]] = {code: {} for code in figures}
    withdrawn = {until: _withdrawn(until) for until in {reached.get(code, 0) for code in figures}}
    for batch in _history(max(withdrawn, default=0)):
        stored = _counted(batch)
        for code, figure in figures.items():
            until = reached.get(code, 0)
            there = [one for one in batch if one.position <= until]
            read = [
                one
                for one in there
                if one.event.subject_id not in withdrawn[until] and figure.reads(one.event)
            ]
            expected = _restood(figure, read, stands[code]) if figure.stock else _expected(figure, read)
            kept = {key: row for key, row in stored.get(code, {}).items() if key[0] <= until}
            yield from _unequal(figure, expected, kept, "position {}")
    for code, figure in figures.items():
        yield from _beyond(figure, reached.get(code, 0))
        yield from _against_standing(figure, stands[code])
        yield from _against_counted(figure, report)
    for model in (Counted, Standing, Rollup):
        strays = model.objects.exclude(figure__in=figures)
        for code in strays.order_by("figure").values_list("figure", flat=True).distinct()[:10]:
            yield Finding("figures", _("有一个没有定义的统计数。"), code)


def _counted(batch: list[Positioned]) -> dict[str, dict[Any, Any]]:
    """Return what is stored of these positions, by figure."""
    found: dict[str, dict[Any, Any]] = defaultdict(dict)
    rows = Counted.objects.filter(position__gte=batch[0].position, position__lte=batch[-1].position)
    for row in rows.iterator():
        found[row.figure][row.position, row.part] = (*_where_stored(row), row.value)
    return found


def _beyond(figure: Figure, until: int) -> Iterator[Finding]:
    """Nothing is counted of positions that were not reached."""
    rows = Counted.objects.filter(figure=figure.code).exclude(position__range=(1, until))[:BATCH]
    yield from _unequal(figure, {}, {row.position: row.value for row in rows}, "position {}")


def _against_standing(figure: Figure, stands: dict[UUID, Any]) -> Iterator[Finding]:
    """Compare what each subject stands for."""
    rows = Standing.objects.filter(figure=figure.code).iterator()
    stored = {row.subject_id: (row.position, *_where_stored(row), row.value) for row in rows}
    standing = {subject: kept for subject, kept in stands.items() if kept[-1]}
    yield from _unequal(figure, standing, stored, "subject {}")


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


def _when(item: Positioned) -> date:
    return (item.event.at + AHEAD_OF_UTC).date()


def _what(item: Positioned) -> tuple[str, UUID]:
    return item.event.subject_kind, item.event.subject_id


def _where_stored(row: Counted | Standing) -> tuple[Any, ...]:
    return (row.county, row.path, row.category), row.day, (row.subject_kind, row.subject_id)


def _expected(figure: Figure, read: list[Positioned]) -> dict[Any, Any]:
    values = ((item, figure.measure(item.event)) for item in read)
    return {
        (item.position, 0): (_where(item), _when(item), _what(item), value)
        for item, value in values
        if value is not None
    }


def _restood(figure: Figure, read: list[Positioned], stands: dict[UUID, Any]) -> dict[Any, Any]:
    """Follow what subjects stand for, in ``stands``; return what each event must have added and taken away."""
    expected: dict[Any, Any] = {}
    for item in read:
        level = figure.measure(item.event)
        if level is None:
            continue
        here, day, what = _where(item), _when(item), _what(item)
        *_at, there, _day, _of, before = stands.get(what[1], (0, here, day, what, 0))
        stands[what[1]] = (item.position, here, day, what, level)
        moved = there != here
        if moved and before:
            expected[item.position, 1] = (there, day, what, -before)
        if added := level if moved else level - before:
            expected[item.position, 0] = (here, day, what, added)
    return expected


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
    stored: dict[Cell, int] = {}
    for row in Rollup.objects.filter(figure=figure.code).iterator():
        if row.value:
            stored[row.county, row.place_path, row.day, row.category] = row.value
        if row.parent != _above(row.place_path):
            yield Finding("figures", _("一个汇总数挂在了别的地方下面。"), f"{figure.code} {row.place_path}")
    report.counts["figures.sums"] = report.counts.get("figures.sums", 0) + len(stored)
    yield from _unequal(figure, {cell: value for cell, value in recounted.items() if value}, stored, "sum {}")


def _above(path: str) -> str | None:
    """Return the path that a sum's place lies under: none above everywhere."""
    return None if path == "/" else path[: path.rindex("/", 0, -1) + 1]


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
