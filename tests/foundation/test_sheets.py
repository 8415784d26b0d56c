"""Tables for a spreadsheet."""

from __future__ import annotations

import pytest

from linli.foundation import sheets


@pytest.mark.parametrize(("lines", "pauses"), [(0, 0), (20, 0), (21, 1), (2000, 99)])
def test_a_long_file_leaves_the_interpreter_to_others_every_few_lines(monkeypatch, lines, pauses):
    rested = []
    monkeypatch.setattr(sheets.time, "sleep", rested.append)

    answer = sheets.csv_file("a.csv", ["甲"], ([str(number)] for number in range(lines)))

    assert answer.content.decode().splitlines() == ["\ufeff甲", *map(str, range(lines))]
    assert rested == [sheets.PAUSE] * pauses
