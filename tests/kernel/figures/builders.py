"""Small worlds of events, without a journal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from linli.kernel.figures import registry
from linli.kernel.figures.models import Rollup
from linli.kernel.journal.queries import Positioned

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)  # noon in Shanghai
STREET, EAST, WEST, GRID = "/1/2/", "/1/2/3/", "/1/2/4/", "/1/2/3/5/"


def an_event(
    name: str,
    *,
    case: int = 1,
    path: str = GRID,
    category: str = "water",
    days: int = 0,
    to: str = "",
    **data: Any,
) -> Any:
    return SimpleNamespace(
        name=name,
        subject_kind="case",
        subject_id=UUID(int=case),
        county="520603",
        at=NOON + timedelta(days=days),
        to_state=to,
        data={"path": path, "category": category, **data},
    )


def positioned(events: Iterable[Any], start: int = 1) -> list[Positioned]:
    return [Positioned(position, event) for position, event in enumerate(events, start)]


def sums_of(code: str) -> QuerySet[Rollup, Any]:
    """Return the rows that hold a sum of the figure: ``path``, ``day``, ``category``, ``value``."""
    figure = registry.get(code)
    return (
        Rollup.objects.filter(family=figure.family, **{f"{figure.field}__isnull": False})
        .annotate(path=F("place__path"), value=F(figure.field))
        .order_by("path", "day", "category", "county")
    )


@contextmanager
def declared() -> Iterator[None]:
    """Two flows and a stock, for as long as the block runs, and nothing else."""
    kept = registry.declared()
    for code in kept:
        registry.forget(code)
    registry.figure("t.received", "收到", "件", column=1, of="request.raise")
    registry.figure(
        "t.minutes", "到场用时", "分钟", column=2, of="request.arrive", when=lambda e: "minutes" in e.data,
        value=lambda e: e.data["minutes"],
    )  # fmt: skip
    registry.figure(
        "t.open",
        "在办",
        "件",
        column=5,
        of="request.*",
        value=lambda e: int(e.to_state != "closed"),
        stock=True,
    )
    try:
        yield
    finally:
        for code in registry.declared():
            registry.forget(code)
        for figure in kept.values():
            registry.figure(
                figure.code, figure.label, figure.unit, of=figure.of, when=figure.when, value=figure.value,
                stock=figure.stock, column=figure.column, meaning=figure.meaning,
            )  # fmt: skip
