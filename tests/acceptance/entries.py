"""Print each acceptance sentence of docs/entries.csv with its tests and their result: ``make entries``."""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from pathlib import Path

import pytest

TABLE = Path(__file__).resolve().parents[2] / "docs" / "entries.csv"


class Results:
    """Collects, by code, how each marked test ended."""

    def __init__(self) -> None:
        self.codes: dict[str, list[str]] = {}
        self.ended: dict[str, list[bool]] = defaultdict(list)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            self.codes[item.nodeid] = [mark.args[0] for mark in item.iter_markers("entry")]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            for code in self.codes.get(report.nodeid, ()):
                self.ended[code].append(report.outcome == "passed")


def main() -> int:
    """Return 1 if a sentence has no test or a test that fails."""
    results = Results()
    pytest.main(["-q", "-m", "entry", "tests", "--no-header", "--show-capture=no"], plugins=[results])
    with TABLE.open(encoding="utf-8", newline="") as file:
        entries = list(csv.DictReader(file))
    fine = True
    for entry in entries:
        ended = results.ended.get(entry["code"], [])
        passed = bool(ended) and all(ended)
        fine &= passed
        print(f"{entry['code']:6} {'holds' if passed else 'FAILS':6} {len(ended):3} tests  {entry['title']}")
    if strange := sorted(set(results.ended) - {entry["code"] for entry in entries}):
        print("Marked in part, not claimed in docs/entries.csv:", ", ".join(strange))
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
