"""Exact parts of a whole, rounded once, at display. No float."""

from __future__ import annotations

from decimal import Decimal


def half_up(numerator: int, denominator: int, places: int = 0) -> Decimal:
    """Return ``numerator / denominator`` rounded half up (half away from zero) at ``places``.

    Raises ZeroDivisionError for an empty denominator: whoever shows it decides what "no value" looks like.
    """
    if denominator == 0:
        raise ZeroDivisionError("A part of nothing has no value.")
    is_negative = (numerator < 0) != (denominator < 0)
    scaled, rest = divmod(abs(numerator) * 10**places, abs(denominator))
    if rest * 2 >= abs(denominator):
        scaled += 1
    # Made of its digits: arithmetic on a Decimal would round to the context's 28 digits.
    return Decimal((int(is_negative and scaled > 0), tuple(map(int, str(scaled))), -places))


def percent(part: int, whole: int) -> Decimal | None:
    """Return how many per cent of ``whole`` ``part`` is, at two places; None for an empty whole."""
    return half_up(part * 100, whole, 2) if whole else None
