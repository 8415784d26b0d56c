"""From a figure down to what it counted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from linli.foundation.fractions import half_up
from linli.foundation.paths import ROOT, under
from linli.kernel.figures import registry
from linli.kernel.figures.models import Counted, Progress, Standing
from linli.kernel.figures.queries.amounts import Amount, Days
from linli.kernel.journal.models import Position

PAGE = 50


def records(
    figure: str, path: str, days: Days, *, category: str = "", after: int | None = None, limit: int = PAGE
) -> list[Counted] | list[Standing]:
    """Return the counted records behind a figure, latest first, ``limit`` at a time.

    The next page begins after the last record's ``position``. A flow figure gives
    each event it counted in the days; a stock figure gives each subject that stands
    now, whatever the days.
    """
    rows: QuerySet[Any] = Standing.objects.all() if registry.get(figure).stock else _in(days)
    rows = rows.filter(_at(path), figure=figure)
    if category:
        rows = rows.filter(category=category)
    if after is not None:
        rows = rows.filter(position__lt=after)
    return list(rows.order_by("-position")[:limit])


def median(figure: str, path: str, days: Days, *, category: str = "") -> Amount | None:
    """Return the median of what a flow figure counted in the days, half up; None of nothing.

    Reads the figure's own records, by place and day: meant for one month.
    """
    rows = _in(days).filter(_at(path), figure=figure)
    if category:
        rows = rows.filter(category=category)
    values = rows.order_by("value").values_list("value", flat=True)
    count = values.count()
    if not count:
        return None
    middle = list(values[(count - 1) // 2 : count // 2 + 1])
    return Amount(int(half_up(sum(middle), len(middle))), registry.get(figure).unit)


def counted_up_to() -> datetime | None:
    """Return when the last event happened that has been counted; None before the first."""
    reached = Progress.objects.filter(figure="").values("position")
    return Position.objects.filter(position__in=reached).values_list("event__at", flat=True).first()


def _in(days: Days) -> QuerySet[Counted]:
    return Counted.objects.filter(day__gte=days.first, day__lte=days.last)


def _at(path: str) -> Q:
    """Everywhere is also what has no place."""
    return Q() if path == ROOT else under(path)
