"""The table that a run of the proofs ends with: figure, target, what it rests on, result.

A proof asks for the fixture ``figure`` and tells what it has counted. A run that rests on
too few fails, whatever it found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from unicodedata import east_asian_width

import pytest

HEADS = ("row", "figure", "target", "n", "at least", "got", "result")
KEY = "figure"

Tell = Callable[..., None]


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Tell:
    """Tell a figure: its row in the list of goals, what it is, what is wanted, what was got.

    ``n`` is how many tries, kills or requests it rests on, ``floor`` how many it takes.
    """

    def tell(row: str, what: str, *, target: str, n: int, floor: int, got: object) -> None:
        request.node.user_properties.append((KEY, (row, what, target, f"{n:,}", f"{floor:,}", str(got))))
        assert n >= floor, f"{row}: rests on {n:,} of the {floor:,} it takes"

    return tell


def lines(reports: list[Any]) -> Iterator[str]:
    """The table of what the tests of these reports have told; nothing if they told nothing."""
    rows = sorted(
        (*told, report.outcome)
        for report in reports
        if getattr(report, "when", "") == "call"
        for key, told in report.user_properties
        if key == KEY
    )
    if not rows:
        return
    widths = [max(_width(row[column]) for row in (HEADS, *rows)) for column in range(len(HEADS))]
    for row in (HEADS, tuple("-" * width for width in widths), *rows):
        yield "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))


def _width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
