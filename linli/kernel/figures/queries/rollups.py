"""Reading the sums. Nothing here touches a case: dashboards read rollups only.

Each function takes the figures' codes together and costs one query however many
they are. A flow figure is summed over the days; a stock figure is how much stood at
the end of the last day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import BigIntegerField, Case, F, Q, QuerySet, Sum, Value, When

from linli.foundation.disclosure import Published
from linli.kernel.figures import registry
from linli.kernel.figures.models import STANDING_DAY, Rollup
from linli.kernel.figures.queries.amounts import Amount, Days


def totals(figures: Sequence[str], path: str, days: Days, *, category: str = "") -> dict[str, Amount]:
    """Return every figure at one place ("/" is everywhere)."""
    rows = _sums(figures, days, "figure", place_path=path, category=category)
    found = {row["figure"]: row["sum"] for row in rows}
    return {code: _amount(code, found.get(code, 0)) for code in figures}


def total(figure: str, path: str, days: Days, *, category: str = "") -> Amount:
    return totals([figure], path, days, category=category)[figure]


def totals_by_child(figures: Sequence[str], path: str, days: Days) -> dict[str, dict[str, Amount]]:
    """Return, for each place directly under ``path`` where anything was counted, every figure."""
    found: dict[str, dict[str, Amount]] = {}
    for row in _sums(figures, days, "place_path", "figure", parent=path, category=""):
        place = found.setdefault(row["place_path"], {code: _amount(code, 0) for code in figures})
        place[row["figure"]] = _amount(row["figure"], row["sum"])
    return found


def by_child(figure: str, path: str, days: Days) -> dict[str, Amount]:
    return {place: values[figure] for place, values in totals_by_child([figure], path, days).items()}


def totals_by_category(figures: Sequence[str], path: str, days: Days) -> dict[str, dict[str, Amount]]:
    """Return every figure for each category that has any; "" is what has no category."""
    found: dict[str, dict[str, int]] = {}
    for row in _sums(figures, days, "category", "figure", place_path=path):
        found.setdefault(row["category"], {})[row["figure"]] = row["sum"]
    whole = found.pop("", {})
    rest = {code: whole.get(code, 0) - sum(of.get(code, 0) for of in found.values()) for code in figures}
    if any(rest.values()):
        found[""] = rest
    return {
        category: {code: _amount(code, of.get(code, 0)) for code in figures}
        for category, of in sorted(found.items())
        if any(of.values())
    }


def by_category(figure: str, path: str, days: Days) -> dict[str, Amount]:
    return {category: values[figure] for category, values in totals_by_category([figure], path, days).items()}


def published(figure: str, path: str, days: Days) -> Published[tuple[str, str]]:
    """Return one figure by (place directly under ``path``, category) as the public may know it.

    Whoever holds no post is told counts in this way and in no other; "" is what has no category.
    """
    cells = {
        (row["place_path"], row["category"]): int(row["sum"])
        for row in _sums([figure], days, "place_path", "category", parent=path)
    }
    for place in {place for place, _category in cells}:
        within = sum(count for (where, kind), count in cells.items() if where == place and kind)
        cells[place, ""] = cells.get((place, ""), within) - within
    return Published({name: count for name, count in cells.items() if count or name[1]})


def totals_by_day(figures: Sequence[str], path: str, days: Days) -> dict[str, list[tuple[date, Amount]]]:
    """Return every figure for each day of the period, days of nothing included."""
    rows = (
        Rollup.objects.filter(figure__in=figures, place_path=path, category="", day__gte=days.first)
        .filter(Q(figure__in=_stocks(figures)) | Q(day__lte=days.last))
        .values("figure", "day")
        .annotate(sum=Sum("value"))
        .order_by()
    )
    found = {(row["figure"], row["day"]): row["sum"] for row in rows}
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


def _sums(figures: Sequence[str], days: Days, *by: str, **where: Any) -> QuerySet[Rollup, dict[str, Any]]:
    """Sum flows over the days; take from what stands now what changed after the last day."""
    stocks = _stocks(figures)
    flow = Q(day__gte=days.first, day__lte=days.last) & ~Q(figure__in=stocks)
    stock = Q(day__gt=days.last, figure__in=stocks)
    changes = When(figure__in=stocks, day__lt=STANDING_DAY, then=F("value") * Value(-1))
    signed = Case(changes, default=F("value"), output_field=BigIntegerField())
    return (
        Rollup.objects.filter(flow | stock, figure__in=figures, day__gte=days.first, **where)
        .values(*by)
        .annotate(sum=Sum(signed))
        .order_by()
    )


def _stocks(figures: Iterable[str]) -> list[str]:
    return [code for code in figures if registry.get(code).stock]


def _amount(code: str, value: int) -> Amount:
    return Amount(value, registry.get(code).unit)
