"""What the figures say: sums from rollups, the records behind them, rates."""

from __future__ import annotations

from linli.kernel.figures.queries.amounts import (
    Amount,
    Days,
    UnitsDiffer,
    last_days,
    month_of,
    rate,
)
from linli.kernel.figures.queries.records import PAGE, counted_up_to, median, records
from linli.kernel.figures.queries.rollups import (
    by_category,
    by_child,
    by_day,
    published,
    total,
    totals,
    totals_by_category,
    totals_by_child,
    totals_by_day,
)

__all__ = [
    "PAGE",
    "Amount",
    "Days",
    "UnitsDiffer",
    "by_category",
    "by_child",
    "by_day",
    "counted_up_to",
    "last_days",
    "median",
    "month_of",
    "published",
    "rate",
    "records",
    "total",
    "totals",
    "totals_by_category",
    "totals_by_child",
    "totals_by_day",
]
