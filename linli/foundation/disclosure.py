"""Counts for the public that give nobody away: no small cell, and none by subtracting one answer from another.

Cells are put together, neighbour by neighbour, until each group has at least ``FLOOR``. A
question is answered only if what it asks for is made of whole groups. So every answer, and
every sum or difference of answers, is made of numbers of which none is small: the groups.
This is suppression with its complement (the cell beside a hidden one is hidden with it), and
it holds however many questions are asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

FLOOR = 10
K = TypeVar("K", bound=tuple[str, ...])


@dataclass(frozen=True, slots=True)
class Group(Generic[K]):
    """Cells that are told together, and what they add up to."""

    cells: frozenset[K]
    count: int


class Published(Generic[K]):
    """A table as the public may know it. Cells are named by tuples, such as (place, category)."""

    def __init__(self, cells: Mapping[K, int], floor: int = FLOOR) -> None:
        if any(count < 0 for count in cells.values()):
            raise ValueError("A count is never negative.")
        self.floor = floor
        self._groups = _grouped(cells, floor)

    @property
    def groups(self) -> tuple[Group[K], ...]:
        return self._groups

    def count(self, wanted: Callable[[K], bool]) -> int | None:
        """Return how many there are in the cells that are wanted, or None: fewer than ``floor``, or it would tell of fewer."""
        total = 0
        for group in self._groups:
            inside = sum(1 for cell in group.cells if wanted(cell))
            if inside not in (0, len(group.cells)):
                return None
            total += group.count if inside else 0
        return total if total >= self.floor else None

    def table(self, cells: Iterable[K]) -> dict[K, int | None]:
        """Return each cell's count, None where it is not told."""
        return {cell: self.count(lambda one, cell=cell: one == cell) for cell in cells}  # type: ignore[misc]


def _grouped(cells: Mapping[K, int], floor: int) -> tuple[Group[K], ...]:
    """Put small cells together with their neighbours in the order of their names; rows first.

    Within a row (cells that share all but the last part of their name) they are put together
    first, so that a row of enough keeps its sum; what is left over goes to the row beside it.
    """
    whole: list[Group[K]] = []
    rest: list[K] = []
    for row in _rows(cells):
        rest = _fill(cells, [*rest, *row], floor, whole)
        if rest and whole and whole[-1].cells & set(row):
            whole.append(_joined(cells, [*whole.pop().cells, *rest]))
            rest = []
    if rest and whole:
        whole.append(_joined(cells, [*whole.pop().cells, *rest]))
    return tuple(whole) if whole else ()


def _fill(cells: Mapping[K, int], waiting: list[K], floor: int, whole: list[Group[K]]) -> list[K]:
    """Make groups of what waits, each as small as may be; return what does not make one."""
    alone = [cell for cell in waiting if cells[cell] >= floor]
    small = [cell for cell in waiting if cells[cell] < floor]
    whole += [_joined(cells, [cell]) for cell in alone]
    held: list[K] = []
    for cell in small:
        held.append(cell)
        if sum(cells[one] for one in held) >= floor:
            whole.append(_joined(cells, held))
            held = []
    return held


def _joined(cells: Mapping[K, int], names: Iterable[K]) -> Group[K]:
    names = frozenset(names)
    return Group(names, sum(cells[name] for name in names))


def _rows(cells: Mapping[K, int]) -> list[list[K]]:
    found: dict[tuple[str, ...], list[K]] = {}
    for name in sorted(cells):
        found.setdefault(name[:-1], []).append(name)
    return list(found.values())
