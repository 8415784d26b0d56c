"""How the sums of a family of figures lie side by side in one row."""

from __future__ import annotations

# A column that holds nothing takes no room in PostgreSQL and a byte in SQLite.
COLUMNS = 32


def value_of(column: int) -> str:
    """Return the name of the field that holds a figure's sum, from its column (1 to COLUMNS)."""
    return f"v{column}"


VALUES = tuple(value_of(column) for column in range(1, COLUMNS + 1))
