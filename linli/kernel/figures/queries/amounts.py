"""Counts with their unit, periods, and rates."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, Self
from zoneinfo import ZoneInfo

from linli.foundation.fractions import percent

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Amount(int):
    """A whole number of a unit (件, 人次, 分钟). Arithmetic gives a plain int: a sum must say its unit again."""

    unit: Any

    def __new__(cls, value: int, unit: Any) -> Self:
        amount = super().__new__(cls, value)
        amount.unit = unit
        return amount

    def __reduce__(self) -> tuple[type[Amount], tuple[int, str]]:
        return (Amount, (int(self), str(self.unit)))


class Days(NamedTuple):
    """Days in Shanghai, both ends included."""

    first: date
    last: date


class UnitsDiffer(TypeError):
    """Figures of different units are never divided (3 件 of 5 人次 is no rate)."""


def last_days(count: int, now: datetime) -> Days:
    """Return the ``count`` days that end with today in Shanghai."""
    today = now.astimezone(SHANGHAI).date()
    return Days(today - timedelta(days=count - 1), today)


def month_of(day: date) -> Days:
    """Return the whole calendar month a day lies in."""
    first = day.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return Days(first, following - timedelta(days=1))


def rate(numerator: Amount, denominator: Amount) -> Decimal | None:
    """Return per cent at two places, half up; None where there is nothing to divide by.

    Raises UnitsDiffer if the two are not of one unit, or a number says no unit.
    """
    units = getattr(numerator, "unit", None), getattr(denominator, "unit", None)
    if None in units or units[0] != units[1]:
        raise UnitsDiffer(f"A rate needs two amounts of one unit, not {units[0]} of {units[1]}.")
    return percent(numerator, denominator)
