"""Summing once more what was counted, to compare with the sums that are stored: for ``linli verify``.

Both are gone through once, side by side, in the order of paths: whatever lies under a
place comes right after it. So no more is held than the sums of the places that lead to
the one that is being looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from linli.kernel.figures import registry
from linli.kernel.figures.choices import VALUES
from linli.kernel.figures.models import STANDING_DAY, Counted, Rollup, Spot
from linli.kernel.journal.verify import Finding, Report, raw
from linli.kernel.journal.verify.spelling import held

NAME = "figures.sums"
TOP = "/"
Cell = tuple[str, str, str, str]  # figure, county, day, category
Sums = dict[Cell, int]
_NO_CODES = ("",) * len(VALUES)


def check(report: Report) -> Iterator[Finding]:
    """Find where sums differ from what was counted, and places that hang below another than they lie in."""
    line, stored = [_Place(TOP)], _Stored()
    counted, kept = _counted(), stored.by_place()
    summed, there = next(counted, None), next(kept, None)
    while summed or there:
        path = min(one[0] for one in (summed, there) if one)
        yield from _leave(line, path)
        here = _enter(line, path)
        if summed and summed[0] == path:
            here.add(summed[1])
            summed = next(counted, None)
        if there and there[0] == path:
            here.stored = there[1]
            there = next(kept, None)
    yield from _leave(line, "")
    yield from line[0].compared()
    report.count("figures.sums", stored.sums)
    yield from stored.strays()
    yield from _misplaced()


class _Place:
    """What was counted at and under a place, and what is stored as its sums."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.counted: Sums = {}
        self.stored: Sums = {}

    def add(self, sums: Sums) -> None:
        counted, have = self.counted, self.counted.get
        for cell, value in sums.items():
            counted[cell] = have(cell, 0) + value

    def compared(self) -> Iterator[Finding]:
        if self.counted == self.stored:
            return
        for cell in sorted(self.counted.keys() | self.stored.keys()):
            wanted, there = self.counted.get(cell), self.stored.get(cell)
            if (wanted or None) != there:  # what adds up to nothing is not written as 0
                yield _unlike(cell[0], f"sum {self.path} {cell[1:]}", wanted, there)


def _unlike(code: str, where: str, wanted: Any, stored: Any) -> Finding:
    declared = registry.declared().get(code)
    told = _("“%(figure)s”存的是 %(stored)s，重新数出来是 %(counted)s。") % {
        "figure": declared.label if declared else code,
        "stored": stored or 0,
        "counted": wanted or 0,
    }
    return Finding(NAME, told, f"{code} {where}")


def _leave(line: list[_Place], path: str) -> Iterator[Finding]:
    """Be done with the places that do not lead to this one: what they hold counts for the one above."""
    while len(line) > 1 and not (path and path.startswith(line[-1].path)):
        done = line.pop()
        line[-1].add(done.counted)
        yield from done.compared()


def _enter(line: list[_Place], path: str) -> _Place:
    """Return the place, with every one that leads to it above it."""
    while line[-1].path != path:
        above = line[-1].path if path.startswith(line[-1].path) else ""
        name, slash, _rest = path[len(above) :].partition("/")
        line.append(_Place(f"{above}{name}{slash}"))
    return line[-1]


def _counted() -> Iterator[tuple[str, Sums]]:
    """Yield the sums of what was counted at each place, for its category and for all, in the order of paths."""
    columns = ("path", "figure", "county", "day", "category")
    rows = Counted.objects.values_list(*held(Counted, columns)).annotate(sum=Sum("value")).order_by("path")
    stocks = {code for code, figure in registry.declared().items() if figure.stock}
    for path, cells in groupby(raw.rows(rows), lambda row: row[0][: row[0].rfind("/") + 1] or TOP):
        sums: Sums = {}
        for _path, figure, county, day, category, value in cells:
            for on in (day, str(STANDING_DAY)) if figure in stocks else (day,):
                for cell in {(figure, county, on, category), (figure, county, on, "")}:
                    sums[cell] = sums.get(cell, 0) + value
        yield path, sums


class _Stored:
    """The sums as they are stored, and what stands among them of nothing that is declared."""

    def __init__(self) -> None:
        self.sums = self._rows = 0
        self._unknown: set[str] = set()
        self._codes: dict[str, list[str]] = {}
        for code, figure in registry.declared().items():
            self._codes.setdefault(figure.family, list(_NO_CODES))[figure.column - 1] = code

    def by_place(self) -> Iterator[tuple[str, Sums]]:
        """Yield the sums of each place, in the order of paths."""
        key = held(Rollup, ("family", "county", "day", "category"))
        rows = Rollup.objects.order_by("place__path").values_list("place__path", *key, *VALUES)
        for path, several in groupby(raw.rows(rows), itemgetter(0)):
            sums: Sums = {}
            for _path, family, county, day, category, *values in several:
                self._rows += 1
                codes = self._codes.get(family, _NO_CODES)
                for column, value in enumerate(values):
                    if value is None:
                        continue
                    if codes[column]:
                        sums[codes[column], county, day, category] = value
                    else:
                        self._unknown.add(f"{family} {VALUES[column]}")
            self.sums += len(sums)
            yield path, sums

    def strays(self) -> Iterator[Finding]:
        for code in sorted(self._unknown)[:10]:
            yield Finding(NAME, _("有一个没有定义的统计数。"), code)
        if nowhere := Rollup.objects.count() - self._rows:
            yield Finding(NAME, _("有的汇总数不知道是哪个地方的。"), str(nowhere))


def _misplaced() -> Iterator[Finding]:
    """Find places of sums that hang below another place than their path says."""
    for path, parent in raw.rows(Spot.objects.values_list("path", "parent")):
        if parent != (None if path == TOP else path[: path.rindex("/", 0, -1) + 1]):
            yield Finding(NAME, _("一个汇总数挂在了别的地方下面。"), path)
