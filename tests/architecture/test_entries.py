"""What is claimed of a sentence of docs/entries.csv is shown by a page or the API, used as a role (tests/acceptance)."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
MARK = re.compile(r"^@pytest\.mark\.entry\(", re.MULTILINE)


def test_entry_marks_stand_in_the_acceptance_tests_alone():
    marked = {
        file.relative_to(TESTS).parts[0]
        for file in TESTS.rglob("test_*.py")
        if MARK.search(file.read_text(encoding="utf-8"))
    }
    assert marked == {"acceptance"}
