"""Counting everything once more by another way, to compare: for ``linli verify``.

Written apart from the counting itself: it goes through the whole journal and what every
figure has counted side by side, instead of in batches, and sums by cutting paths. It shares
nothing with ``services`` but the declarations.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any, NamedTuple

from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from linli.kernel.figures import registry
from linli.kernel.figures.choices import VALUES
from linli.kernel.figures.models import STANDING_DAY, Counted, Progress, Rollup, Spot, Standing
from linli.kernel.figures.registry import Figure
from linli.kernel.journal.models import Position
from linli.kernel.journal.verify import Finding, Report, raw

AHEAD_OF_UTC = timedelta(hours=8)

Cell = tuple[str, str, date, str]  # county, place_path, day, category


class Told(NamedTuple):
    """An event as figures read it. ``subject_id`` is as the driver gives it: it is only compared."""

    position: int
    county: str
    subject_kind: str
    subject_id: Any
    name: str
    at: datetime
    from_state: str
    to_state: str
    data: Any

    def where(self) -> tuple[str, str, str]:
        return self.county, self.data.get("path", ""), self.data.get("category", "")

    def day(self) -> date:
        return (self.at + AHEAD_OF_UTC).date()


class Row(NamedTuple):
    """What is, or must be, stored of one subject: where, when, and how much."""

    where: tuple[str, str, str]  # county, path, category
    day: date
    subject: tuple[str, Any]
    value: int


STORED = ("county", "path", "category", "day", "subject_kind", "subject_id", "value")


def _row(values: tuple[Any, ...]) -> Row:
    county, path, category, day, kind, subject_id, value = values
    return Row((county, path, category), day, (kind, subject_id), value)


def check(report: Report) -> Iterator[Finding]:
    """Find where what is stored differs from the recount; the journal is read once for all figures."""
    reached = dict(Progress.objects.values_list("figure", "position"))
    figures = {code: Recount(figure, reached.get(code, 0)) for code, figure in registry.declared().items()}
    withdrawn = {one.until: _withdrawn(one.until) for one in figures.values()}
    named: dict[str, list[Recount]] = defaultdict(list)
    for event in _history(max(withdrawn, default=0)):
        if event.name not in named:
            named[event.name] = [one for one in figures.values() if one.figure.is_named(event.name)]
        for one in named[event.name]:
            if event.position <= one.until and event.subject_id not in withdrawn[one.until]:
                yield from one.read(event)
    for one in figures.values():
        yield from one.rest()
        yield from _against_standing(one)
        yield from _against_counted(one.figure, report)
    yield from _undeclared(figures)
    yield from _misplaced()


def _undeclared(figures: Collection[str]) -> Iterator[Finding]:
    """Find what is stored of figures that nobody declares."""
    strays: set[str] = set()
    for model in (Counted, Standing):
        rows = model.objects.exclude(figure__in=figures).order_by("figure")
        strays |= set(rows.values_list("figure", flat=True).distinct()[:10])
    declared = {(one.family, one.field) for one in map(registry.get, figures)}
    held = {name: Count(name) for name in VALUES}
    for family, *counts in Rollup.objects.order_by("family").values_list("family").annotate(**held):
        strays |= {
            f"{family} {name}"
            for name, count in zip(VALUES, counts, strict=True)
            if count and (family, name) not in declared
        }
    for code in sorted(strays)[:10]:
        yield Finding("figures", _("有一个没有定义的统计数。"), code)


def _misplaced() -> Iterator[Finding]:
    """Find places of sums that hang below another place than their path says."""
    for path, parent in raw.rows(Spot.objects.values_list("path", "parent")):
        if parent != _above(path):
            yield Finding("figures", _("一个汇总数挂在了别的地方下面。"), path)


class Recount:
    """One figure, followed through the journal beside what it has stored, both in the order of positions."""

    def __init__(self, figure: Figure, until: int) -> None:
        self.figure, self.until = figure, until
        self.stands: dict[Any, tuple[int, Row]] = {}  # of a stock: each subject that stands for something
        counted = Counted.objects.filter(figure=figure.code).order_by("position", "part")
        self._stored = raw.rows(counted.values_list("position", "part", *STORED))
        self._next = next(self._stored, None)

    def read(self, event: Told) -> Iterator[Finding]:
        """Compare what this event adds with what is stored under its position."""
        if not self.figure.reads(event) or (level := self.figure.measure(event)) is None:
            return
        row = Row(event.where(), event.day(), (event.subject_kind, event.subject_id), level)
        for part, wanted in self._moved(row, event) if self.figure.stock else [(0, row)]:
            yield from self._expect((event.position, part), wanted)

    def rest(self) -> Iterator[Finding]:
        """Nothing is stored of other events, nor of positions that were not reached."""
        while self._next is not None:
            yield from self._unlike(self._next[:2], None, self._pop())

    def _moved(self, row: Row, event: Told) -> Iterator[tuple[int, Row]]:
        """Follow what a subject stands for; yield what the event must have added and taken away, by part."""
        _at, old = self.stands.pop(row.subject[1], (0, row._replace(value=0)))
        if row.value:
            self.stands[row.subject[1]] = event.position, row
        moved = old.where != row.where
        if added := row.value if moved else row.value - old.value:
            yield 0, row._replace(value=added)
        if moved and old.value:
            yield 1, row._replace(where=old.where, value=-old.value)

    def _expect(self, key: tuple[int, int], wanted: Row) -> Iterator[Finding]:
        while self._next is not None and self._next[:2] < key:
            yield from self._unlike(self._next[:2], None, self._pop())
        there = self._next is not None and self._next[:2] == key
        yield from self._unlike(key, wanted, self._pop() if there else None)

    def _pop(self) -> Row:
        stored, self._next = self._next, next(self._stored, None)
        return _row(stored[2:] if stored else ())

    def _unlike(self, key: Any, wanted: Row | None, stored: Row | None) -> Iterator[Finding]:
        if wanted != stored:
            yield _unlike(self.figure, f"position {key}", wanted, stored)


def _history(until: int) -> Iterator[Told]:
    """Give the journal's events in order, up to a position."""
    columns = [f"event__{name}" for name in Told._fields[1:]]
    rows = Position.objects.filter(position__lte=until).order_by("position")
    for row in raw.rows(rows.values_list("position", *columns)):
        yield Told._make((*row[:-1], json.loads(row[-1])))


def _withdrawn(until: int) -> set[Any]:
    """Return the subjects that were taken out of every figure."""
    found = Position.objects.filter(position__lte=until, event__name__in=registry.withdrawing())
    return {subject_id for (subject_id,) in raw.rows(found.values_list("event__subject_id"))}


def _against_standing(one: Recount) -> Iterator[Finding]:
    """Compare what each subject stands for."""
    rows = Standing.objects.filter(figure=one.figure.code).values_list("position", *STORED)
    for position, *values in raw.rows(rows):
        stored = position, _row(tuple(values))
        wanted = one.stands.pop(stored[1].subject[1], None)
        if wanted != stored:
            yield _unlike(one.figure, f"subject {stored[1].subject[1]}", wanted, stored)
    for subject_id, wanted in one.stands.items():
        yield _unlike(one.figure, f"subject {subject_id}", wanted, None)


def _against_counted(figure: Figure, report: Report) -> Iterator[Finding]:
    """Compare the sums with what was counted."""
    recounted, stored = _summed(figure), Counter[Cell]()
    paths = dict(raw.rows(Spot.objects.values_list("id", "path")))
    sums = Rollup.objects.filter(family=figure.family, **{f"{figure.field}__isnull": False})
    for county, place, day, category, value in raw.rows(
        sums.values_list("county", "place_id", "day", "category", figure.field)
    ):
        cell = county, paths.get(place, ""), day, category
        if not value:  # what adds up to nothing is not written as 0
            yield _unlike(figure, f"sum {cell}", None, value)
        stored[cell] = value
    report.count("figures.sums", len(stored))
    for cell in recounted.keys() | stored.keys():
        if recounted[cell] != stored[cell]:
            yield _unlike(figure, f"sum {cell}", recounted[cell], stored[cell])


def _summed(figure: Figure) -> Counter[Cell]:
    """Add up what was counted, for each place above it, for its category and for all."""
    sums: Counter[Cell] = Counter()
    cells = Counted.objects.filter(figure=figure.code).values_list("county", "path", "day", "category")
    for county, path, day, category, value in raw.rows(cells.annotate(sum=Sum("value")).order_by()):
        days = (day, STANDING_DAY) if figure.stock else (day,)
        for place in {"/", *(path[: n + 1] for n, sign in enumerate(path) if sign == "/")}:
            for cell in product((county,), (place,), days, {"", category}):
                sums[cell] += value
    return sums


def _above(path: str) -> str | None:
    """Return the path that a sum's place lies under: none above everywhere."""
    return None if path == "/" else path[: path.rindex("/", 0, -1) + 1]


def _unlike(figure: Figure, where: str, wanted: Any, stored: Any) -> Finding:
    told = _("“%(figure)s”存的是 %(stored)s，重新数出来是 %(counted)s。") % {
        "figure": figure.label,
        "stored": stored or 0,
        "counted": wanted or 0,
    }
    return Finding("figures", told, f"{figure.code} {where}")
