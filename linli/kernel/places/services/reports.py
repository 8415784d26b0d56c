"""What an import says of each row, and how a refused one leaves nothing behind."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

ADDED, CHANGED, UNCHANGED, KEPT, REPAIRED, ABSENT, REFUSED = (
    "added",
    "changed",
    "unchanged",
    "kept",
    "repaired",
    "absent",
    "refused",
)


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one row: its number from 1 (0 for none), which place, the outcome, and why.

    ``point`` is (longitude, latitude) in degrees where there is something to look at.
    """

    number: int
    place: str
    outcome: str
    why: Any = ""
    point: tuple[float, float] | None = None


@dataclass
class Report:
    """An import, row by row. ``is_saved`` is all or nothing: one refused row, and nothing is."""

    lines: list[Line] = field(default_factory=list)
    is_saved: bool = False

    def add(self, line: Line) -> None:
        self.lines.append(line)

    @property
    def refused(self) -> list[Line]:
        return [line for line in self.lines if line.outcome == REFUSED]

    @property
    def counts(self) -> dict[str, int]:
        return dict(Counter(line.outcome for line in self.lines))
