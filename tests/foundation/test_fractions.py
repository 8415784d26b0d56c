from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.fractions import half_up, percent


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (335, 352, "95.17"),
        (15, 23, "65.22"),
        (1, 8, "12.50"),
        (1, 800, "0.13"),
        (0, 7, "0.00"),
        (7, 7, "100.00"),
    ],
)
def test_a_rate_is_rounded_half_up_at_two_places(part, whole, shown):
    assert str(percent(part, whole)) == shown


def test_a_part_of_nothing_has_no_value():
    assert percent(0, 0) is None
    with pytest.raises(ZeroDivisionError):
        half_up(1, 0)


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"), [(1, 2, 1), (-1, 2, -1), (3, 2, 2), (-5, -2, 3)]
)
def test_a_half_goes_away_from_zero(numerator, denominator, rounded):
    assert half_up(numerator, denominator) == rounded


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**30), st.integers(0, 6))
def test_rounding_is_never_off_by_more_than_half_a_unit(numerator, denominator, places):
    exact = Fraction(numerator, denominator)
    rounded = half_up(numerator, denominator, places)
    assert abs(Fraction(rounded) - exact) <= Fraction(1, 2 * 10**places)
    assert rounded.as_tuple().exponent == -places
