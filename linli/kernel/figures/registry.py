"""Where figures are declared: once each, by the app whose events they count."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from linli.kernel.figures.choices import COLUMNS, value_of

Ask = Callable[[Any], bool]
Measure = int | Callable[[Any], int | None]


def _always(_event: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: which events it reads, and what each of them adds.

    ``of`` are event names, ``*`` allowed. ``value`` is a number, or a function of the
    event that returns one (None: this event adds nothing). A **stock** is how much
    stands at a time; its ``value`` is then not an addition but how much the subject
    stands for once the event has happened (an open case 1, a closed one 0), so that a
    subject that moves to another place or category takes its count along.

    ``column`` is where the figure's sums lie among those of its family (the code's first
    part), 1 to COLUMNS. It is data like a table's column: once given, it stays.
    """

    code: str
    label: Any
    unit: Any
    of: tuple[str, ...]
    when: Ask
    value: Measure
    stock: bool
    column: int
    meaning: Any = ""

    @property
    def family(self) -> str:
        return self.code.partition(".")[0]

    @property
    def field(self) -> str:
        """Return the name of the field of ``Rollup`` that holds its sums."""
        return value_of(self.column)

    @property
    def is_measured(self) -> bool:
        """Does each event bring a value of its own (minutes)? Its median says something, its sum nothing."""
        return callable(self.value) and not self.stock

    def reads(self, event: Any) -> bool:
        """Does this event say anything to this figure? Protected matters stand in no figure."""
        return not event.data.get("protected") and self.is_named(event.name) and self.when(event)

    def is_named(self, name: str) -> bool:
        return any(name == of or ("*" in of and fnmatchcase(name, of)) for of in self.of)

    def measure(self, event: Any) -> int | None:
        return self.value(event) if callable(self.value) else self.value


_figures: dict[str, Figure] = {}
_withdrawing: set[str] = set()


def figure(
    code: str,
    label: Any,
    unit: Any,
    *,
    column: int,
    of: str | Iterable[str],
    when: Ask = _always,
    value: Measure = 1,
    stock: bool = False,
    meaning: Any = "",
) -> Figure:
    """Declare a figure. A code stands for one meaning: declaring it twice is an error.

    ``meaning`` is the sentence that tells a reader what is counted and when. Raises
    ValueError where the code or its column is taken, or there is no such column.
    """
    names = (of,) if isinstance(of, str) else tuple(of)
    new = Figure(code, label, unit, names, when, value, stock, column, meaning)
    if code in _figures:
        raise ValueError(f"Figure {code!r} is declared twice.")
    if not 1 <= column <= COLUMNS:
        raise ValueError(f"Figure {code!r} wants column {column} of {COLUMNS}.")
    for one in _figures.values():
        if (one.family, one.column) == (new.family, column):
            raise ValueError(f"Figures {one.code!r} and {code!r} want the same column.")
    _figures[code] = new
    return new


def get(code: str) -> Figure:
    """Return the figure, or raise KeyError."""
    return _figures[code]


def declared() -> dict[str, Figure]:
    """Return every figure by its code, in the order of declaration."""
    return dict(_figures)


def withdraw_on(name: str) -> None:
    """Declare an event that takes its subject out of every figure, back to the day it came in."""
    _withdrawing.add(name)


def withdrawing() -> frozenset[str]:
    return frozenset(_withdrawing)


def forget(code: str) -> None:
    """Take a figure back (for tests that declare their own)."""
    del _figures[code]
