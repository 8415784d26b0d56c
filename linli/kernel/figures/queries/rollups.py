"""Reading the sums. Nothing here touches a case: dashboards read rollups only.

Each function takes the figures' codes together and costs one query however many
they are. A flow figure is summed over the days; a stock figure is how much stood at
the end of the last day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from linli.foundation.disclosure import Published
from linli.kernel.figures import registry
from linli.kernel.figures.models import STANDING_DAY, Rollup
from linli.kernel.figures.queries.amounts import Amount, Days

ONE = timedelta(days=1)


def totals(figures: Sequence[str], path: str, days: Days, *, category: str = "") -> dict[str, Amount]:
    """Return every figure at one place ("/" is everywhere)."""
    [found] = _sums(figures, days, place__path=path, category=category) or [{}]
    return _amounts(figures, found)


def total(figure: str, path: str, days: Days, *, category: str = "") -> Amount:
    return totals([figure], path, days, category=category)[figure]


def totals_by_child(figures: Sequence[str], path: str, days: Days) -> dict[str, dict[str, Amount]]:
    """Return, for each place directly under ``path`` where anything was counted, every figure."""
    rows = _sums(figures, days, "place__path", place__parent=path, category="")
    return {row["place__path"]: _amounts(figures, row) for row in rows}


def by_child(figure: str, path: str, days: Days) -> dict[str, Amount]:
    return {place: values[figure] for place, values in totals_by_child([figure], path, days).items()}


def totals_by_category(figures: Sequence[str], path: str, days: Days) -> dict[str, dict[str, Amount]]:
    """Return every figure for each category that has any; "" is what has no category."""
    found = {row["category"]: row for row in _sums(figures, days, "category", place__path=path)}
    whole = found.pop("", {})
    rest = {code: whole.get(code, 0) - sum(of.get(code, 0) for of in found.values()) for code in figures}
    if any(rest.values()):
        found[""] = rest
    return {
        category: _amounts(figures, of)
        for category, of in sorted(found.items())
        if any(of.get(code) for code in figures)
    }


def by_category(figure: str, path: str, days: Days) -> dict[str, Amount]:
    return {category: values[figure] for category, values in totals_by_category([figure], path, days).items()}


def published(figure: str, path: str, days: Days) -> Published[tuple[str, str]]:
    """Return one figure by (place directly under ``path``, category) as the public may know it.

    Whoever holds no post is told counts in this way and in no other; "" is what has no category.
    """
    cells = {
        (row["place__path"], row["category"]): row[figure]
        for row in _sums([figure], days, "place__path", "category", place__parent=path)
    }
    for place in {place for place, _category in cells}:
        within = sum(count for (where, kind), count in cells.items() if where == place and kind)
        cells[place, ""] = cells.get((place, ""), within) - within
    return Published({name: count for name, count in cells.items() if count or name[1]})


def totals_by_day(figures: Sequence[str], path: str, days: Days) -> dict[str, list[tuple[date, Amount]]]:
    """Return every figure for each day of the period, days of nothing included."""
    until = Q() if _has_stock(figures) else Q(day__lte=days.last)
    rows = _of(figures).filter(until, place__path=path, category="", day__gte=days.first)
    found = {
        (code, row["day"]): value
        for row in _added(rows, "day", wanted={code: _sum(code) for code in figures})
        for code, value in row.items()
        if code != "day"
    }
    return {code: _each_day(code, found, days) for code in figures}


def by_day(figure: str, path: str, days: Days) -> list[tuple[date, Amount]]:
    return totals_by_day([figure], path, days)[figure]


def _each_day(code: str, found: dict[tuple[str, date], int], days: Days) -> list[tuple[date, Amount]]:
    line = [days.first + timedelta(days=n) for n in range((days.last - days.first).days + 1)]
    if not registry.get(code).stock:
        return [(day, _amount(code, found.get((code, day), 0))) for day in line]
    later = sum(value for (of, day), value in found.items() if of == code and days.last < day < STANDING_DAY)
    level = found.get((code, STANDING_DAY), 0) - later
    levels = []
    for day in reversed(line):  # from what stands now, back through what changed
        levels.append((day, _amount(code, level)))
        level -= found.get((code, day), 0)
    return levels[::-1]


def _sums(figures: Sequence[str], days: Days, *by: str, **where: Any) -> list[dict[str, Any]]:
    """Sum flows over the days; take from what stands now what changed after the last day.

    Returns a row for each group: what it is ``by``, and of each figure that has any its code and sum.
    """
    since = days.first if any(not registry.get(code).stock for code in figures) else days.last + ONE
    until = STANDING_DAY if _has_stock(figures) else days.last
    rows = _of(figures).filter(day__gte=since, day__lte=until, **where)
    return _added(rows, *by, wanted={code: _level(code, days) for code in figures})


def _level(code: str, days: Days) -> Any:
    if not registry.get(code).stock:
        return _sum(code, day__lte=days.last)
    stands, later = _sum(code, day=STANDING_DAY), _sum(code, day__gt=days.last, day__lt=STANDING_DAY)
    return Coalesce(stands - Coalesce(later, 0), -later)


def _sum(code: str, **where: Any) -> Sum:
    figure = registry.get(code)
    return Sum(figure.field, filter=Q(family=figure.family, **where))


def _of(figures: Sequence[str]) -> QuerySet[Rollup]:
    return Rollup.objects.filter(family__in={registry.get(code).family for code in figures})


def _added(rows: QuerySet[Rollup], *by: str, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Group the rows and add up what is wanted of each; a group of nothing is left out."""
    named = {f"sum_{number}": code for number, code in enumerate(wanted)}
    sums = {name: wanted[code] for name, code in named.items()}
    found = list(rows.values(*by).annotate(**sums).order_by()) if by else [rows.aggregate(**sums)]
    told = [
        {name: row[name] for name in by}
        | {code: int(row[name]) for name, code in named.items() if row[name] is not None}
        for row in found
    ]
    return [row for row in told if len(row) > len(by)]


def _has_stock(figures: Iterable[str]) -> bool:
    return any(registry.get(code).stock for code in figures)


def _amounts(figures: Iterable[str], found: Mapping[str, int]) -> dict[str, Amount]:
    return {code: _amount(code, found.get(code, 0)) for code in figures}


def _amount(code: str, value: int) -> Amount:
    return Amount(value, registry.get(code).unit)
