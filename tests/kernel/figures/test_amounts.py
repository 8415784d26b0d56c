from __future__ import annotations

import pickle
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from linli.kernel.figures.queries import Amount, Days, UnitsDiffer, last_days, month_of, rate


def test_a_rate_of_one_unit_is_per_cent_at_two_places():
    assert rate(Amount(335, "起"), Amount(352, "起")) == Decimal("95.17")


def test_an_empty_denominator_shows_no_value():
    assert rate(Amount(0, "件"), Amount(0, "件")) is None


@pytest.mark.parametrize(
    ("numerator", "denominator"),
    [
        pytest.param(Amount(1820, "件"), Amount(5736, "人次"), id="matters of visits"),
        pytest.param(1, Amount(2, "件"), id="a number that says no unit"),
        pytest.param(Amount(1, "件") + Amount(1, "件"), Amount(2, "件"), id="a sum that says no unit"),
    ],
)
def test_different_units_are_never_divided(numerator, denominator):
    with pytest.raises(UnitsDiffer):
        rate(numerator, denominator)


def test_an_amount_keeps_its_unit_in_a_cache():
    amount = pickle.loads(pickle.dumps(Amount(3, "件")))  # noqa: S301 -- our own bytes
    assert (amount, amount.unit) == (3, "件")


def test_today_is_shanghais():
    assert last_days(7, datetime(2026, 11, 20, 16, 30, tzinfo=UTC)) == Days(
        date(2026, 11, 15), date(2026, 11, 21)
    )


@pytest.mark.parametrize(
    ("day", "last"), [(date(2028, 2, 10), 29), (date(2026, 12, 31), 31), (date(2026, 11, 1), 30)]
)
def test_a_month_is_the_calendars(day, last):
    assert month_of(day) == Days(day.replace(day=1), day.replace(day=last))
