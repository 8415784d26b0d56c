"""How long a step may take: by clock, category and urgency."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from linli.foundation.worktime import Limit
from linli.kernel.rulebook.choices import URGENCY
from linli.kernel.rulebook.queries.versions import RuleVersion, above

Table = Mapping[tuple[str, str, int], Limit]
_tables: dict[UUID, Table] = {}  # versions never change, so this never ages


def limit(
    version: RuleVersion, clock: str, category: str, urgency: int, *, on: date | None = None
) -> Limit | None:
    """Return the limit of ``clock`` for a category and an urgency (0 normal, 1 urgent, 2 emergency).

    ``version`` is the version of "limits" that the procedure began with. A row for this
    urgency comes before one for a lower urgency, and then the row of the nearest
    category up the tree. None: this clock has no limit here.

    ``on`` is the day on which the procedure began. A version that does not name the clock at all,
    because it was made before there was one, leaves it to the rule above it of that day.
    """
    table = _table(version)
    while on and not any(named == clock for named, _category, _level in table):
        higher = above(version, on)
        if higher is None:
            return None
        version, table = higher, _table(higher)
    for level in range(urgency, -1, -1):
        for code in up_the_tree(category):
            if found := table.get((clock, code, level)):
                return found
    return None


def up_the_tree(category: str) -> Iterator[str]:
    """Yield a category's code, then those above it, then "" for all: "a.b", "a", ""."""
    while category:
        yield category
        category = category.rpartition(".")[0]
    yield ""


def _table(version: RuleVersion) -> Table:
    if version.id not in _tables:
        rows: tuple[Mapping[str, Any], ...] = version.data["limits"]
        _tables[version.id] = {
            (row["clock"], row.get("category", ""), URGENCY[row.get("urgency", "normal")]): Limit(
                row["amount"], row["unit"]
            )
            for row in rows
        }
    return _tables[version.id]
