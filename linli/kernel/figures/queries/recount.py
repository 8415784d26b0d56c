"""Counting everything once more by another way, to compare: for ``linli verify``.

Written apart from the counting itself: it goes through the whole journal and what every
figure has counted side by side, instead of in batches. It shares nothing with ``services``
but the declarations. What was counted is summed once more by ``resummed``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson
from django.utils.translation import gettext as _

from linli.kernel.figures import registry
from linli.kernel.figures.models import Counted, Progress, Standing
from linli.kernel.figures.registry import Figure
from linli.kernel.journal.models import Event, Position
from linli.kernel.journal.verify import Finding, Report, raw
from linli.kernel.journal.verify.spelling import held

STORED = ("county", "path", "category", "day", "subject_kind", "subject_id", "value")
EVENT = ("county", "subject_kind", "subject_id", "name", "at", "from_state", "to_state", "data")
AHEAD_OF_UTC = timedelta(hours=8)
HOUR = len("2026-11-20 23")

# What is, or must be, stored of one subject: where, when, who, and how much; as STORED, without the value.
About = tuple[str, str, str, str, str, str]
ALIKE: tuple[Finding, ...] = ()


class Told:
    """An event as figures read it. ``subject_id`` is as the driver gives it: it is only compared."""

    __slots__ = (
        "_at",
        "county",
        "data",
        "from_state",
        "name",
        "position",
        "subject_id",
        "subject_kind",
        "to_state",
    )

    def __init__(self, row: tuple[Any, ...]) -> None:
        (self.position, self.county, self.subject_kind, self.subject_id, self.name, self._at, self.from_state,
         self.to_state, data) = row  # fmt: skip
        self.data = orjson.loads(data)

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self._at).replace(tzinfo=UTC)

    def about(self) -> About:
        day = _day(self._at[:HOUR])
        where = self.data.get("path", ""), self.data.get("category", "")
        return (self.county, *where, day, self.subject_kind, self.subject_id)


@lru_cache
def _day(hour: str) -> str:
    """Return Shanghai's day of an hour in UTC."""
    return str((datetime.fromisoformat(f"{hour}:00") + AHEAD_OF_UTC).date())


def check(report: Report) -> Iterator[Finding]:
    """Find where what is stored differs from the recount; the journal is read once for all figures."""
    reached = dict(Progress.objects.values_list("figure", "position"))
    withdrawn = {until: _withdrawn(until) for until in {0, *reached.values()}}
    figures = {
        code: Recount(figure, until := reached.get(code, 0), withdrawn[until])
        for code, figure in registry.declared().items()
    }
    named: dict[str, list[Recount]] = {}
    for row in _history(max(withdrawn)):
        if (name := row[NAME]) not in named:
            named[name] = [one for one in figures.values() if one.figure.is_named(name)]
        if named[name] and not (event := Told(row)).data.get("protected"):
            about = event.about()
            for one in named[name]:
                yield from one.read(event, about)
    for one in figures.values():
        yield from one.rest()
        yield from _against_standing(one)
        report.count("figures.counted", one.seen)
    yield from _undeclared(figures)


def _undeclared(figures: Collection[str]) -> Iterator[Finding]:
    """Find what is stored of figures that nobody declares."""
    for model in (Counted, Standing):
        strays = model.objects.exclude(figure__in=figures).order_by("figure")
        for code in strays.values_list("figure", flat=True).distinct()[:10]:
            yield Finding("figures", _("有一个没有定义的统计数。"), code)


class Recount:
    """One figure, followed through the journal beside what it has stored, both in the order of positions."""

    def __init__(self, figure: Figure, until: int, withdrawn: set[Any]) -> None:
        self.figure, self.until, self._withdrawn, self.seen = figure, until, withdrawn, 0
        self.stands: dict[Any, tuple[Any, ...]] = {}  # of a stock: each subject that stands for something
        counted = Counted.objects.filter(figure=figure.code).order_by("position", "part")
        self._stored = raw.rows(counted.values_list("position", "part", *held(Counted, STORED)))
        self._next = next(self._stored, None)

    def read(self, event: Told, about: About) -> Iterable[Finding]:
        """Compare what this event adds with what is stored under its position."""
        if event.position > self.until or event.subject_id in self._withdrawn:
            return ALIKE
        if not self.figure.when(event) or (level := self.figure.measure(event)) is None:
            return ALIKE
        if self.figure.stock:
            return self._moved(event.position, about, level)
        return self._expect((event.position, 0, *about, level))

    def rest(self) -> Iterator[Finding]:
        """Nothing is stored of other events, nor of positions that were not reached."""
        while self._next is not None:
            yield self._unlike(None, self._pop())

    def _moved(self, position: int, about: About, level: int) -> Iterable[Finding]:
        """Follow what a subject stands for; compare what the event must have added and taken away, by part."""
        subject_id = about[-1]
        _at, *old, had = self.stands.pop(subject_id, (0, *about, 0))
        if level:
            self.stands[subject_id] = (position, *about, level)
        if tuple(old[:3]) == about[:3]:
            return self._expect((position, 0, *about, level - had)) if level != had else ALIKE
        added = self._expect((position, 0, *about, level)) if level else ALIKE
        return [*added, *self._expect((position, 1, *old[:3], *about[3:], -had))] if had else added

    def _expect(self, wanted: tuple[Any, ...]) -> Iterable[Finding]:
        if self._next == wanted:
            self._pop()
            return ALIKE
        return list(self._sought(wanted))

    def _sought(self, wanted: tuple[Any, ...]) -> Iterator[Finding]:
        while self._next is not None and self._next[:2] < wanted[:2]:
            yield self._unlike(None, self._pop())
        there = self._next is not None and self._next[:2] == wanted[:2]
        yield self._unlike(wanted, self._pop() if there else None)

    def _pop(self) -> tuple[Any, ...] | None:
        stored, self._next = self._next, next(self._stored, None)
        self.seen += 1
        return stored

    def _unlike(self, wanted: tuple[Any, ...] | None, stored: tuple[Any, ...] | None) -> Finding:
        return _unlike(self.figure, f"position {(wanted or stored or ())[:2]}", wanted, stored)


def _history(until: int) -> Iterator[tuple[Any, ...]]:
    """Give the journal's events in order, up to a position."""
    rows = Position.objects.filter(position__lte=until).order_by("position")
    return raw.rows(rows.values_list("position", *held(Event, EVENT, through="event")))


NAME = 1 + EVENT.index("name")


def _withdrawn(until: int) -> set[Any]:
    """Return the subjects that were taken out of every figure."""
    found = Position.objects.filter(position__lte=until, event__name__in=registry.withdrawing())
    return {row[0] for row in raw.rows(found.values_list(*held(Event, ["subject_id"], through="event")))}


def _against_standing(one: Recount) -> Iterator[Finding]:
    """Compare what each subject stands for."""
    rows = Standing.objects.filter(figure=one.figure.code).values_list("position", *held(Standing, STORED))
    subject = 1 + STORED.index("subject_id")
    for stored in raw.rows(rows):
        wanted = one.stands.pop(stored[subject], None)
        if wanted != stored:
            yield _unlike(one.figure, f"subject {stored[subject]}", wanted, stored)
    for subject_id, wanted in one.stands.items():
        yield _unlike(one.figure, f"subject {subject_id}", wanted, None)


def _unlike(figure: Figure, where: str, wanted: Any, stored: Any) -> Finding:
    told = _("“%(figure)s”存的是 %(stored)s，重新数出来是 %(counted)s。") % {
        "figure": figure.label,
        "stored": stored or 0,
        "counted": wanted or 0,
    }
    return Finding("figures", told, f"{figure.code} {where}")
