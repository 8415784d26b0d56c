"""The tables that are loaded: their columns, their indexes put away and set up again as they were."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import connections, models

from bench.province import plans
from linli.kernel.figures.models import Rollup, Spot
from linli.kernel.journal.models import Event, Position, Seal
from linli.kernel.vault.models import DataKey, ReadEntry, ReadPosition
from linli.shell.search.models import Entry

# In the order in which they may be loaded: what is pointed to first.
TABLES: dict[str, list[Any]] = {
    "case": plans.CASE,
    "event": plans.columns(Event),
    "position": plans.columns(Position),
    "record": plans.RECORD,
    "key": plans.columns(DataKey),
    "read": plans.columns(ReadEntry),
    "read_position": plans.columns(ReadPosition),
    "call": plans.CALL,
    "passage": plans.PASSAGE,
    "entry": plans.columns(Entry, "id"),
    "notice": plans.NOTICE,
    "counted": plans.COUNTED,
    "standing": plans.STANDING,
    "spot": plans.columns(Spot),
    "rollup": plans.columns(Rollup, "id"),
    "seal": plans.columns(Seal, "id"),
}
SMALL = {"standing", "seal"}  # a few rows: their indexes stay
ORDER = {"p": 0, "u": 1, "i": 2, "f": 3}
OWN = """
SELECT c.contype::text, c.conname, c.conrelid::regclass::text, pg_get_constraintdef(c.oid) FROM pg_constraint c
WHERE (c.conrelid = %(table)s::regclass OR c.confrelid = %(table)s::regclass) AND c.contype IN ('p', 'u', 'f')
UNION ALL
SELECT 'i', i.indexrelid::regclass::text, i.indrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
WHERE i.indrelid = %(table)s::regclass
AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u'))
"""
WHOLE = """
SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid) || convalidated::text FROM pg_constraint
WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) || tgenabled::text FROM pg_trigger
WHERE NOT tgisinternal ORDER BY 1, 2, 3
"""


def model_of(name: str) -> type[models.Model]:
    found: type[models.Model] = TABLES[name][0].model
    return found


def alias_of(name: str) -> str:
    return "keys" if name == "key" else "default"


class Loader:
    """Takes rows written for COPY; knows how long each table took."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.rows: Counter[str] = Counter()

    def put(self, name: str, rows: Sequence[str]) -> None:
        """Load rows, each a line without its end."""
        if not rows:
            return
        began = time.monotonic()
        meta = model_of(name)._meta  # noqa: SLF001 -- Django's public model API
        connection = connections[alias_of(name)]
        load = _copy if connection.vendor == "postgresql" else _many
        load(connection, meta.db_table, TABLES[name], rows)
        self.seconds[name] += time.monotonic() - began  # type: ignore[assignment]
        self.rows[name] += len(rows)


def _copy(connection: Any, table: str, fields: Sequence[Any], rows: Sequence[str]) -> None:
    names = ", ".join(f'"{one.column}"' for one in fields)
    with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
        copy.write("\n".join(rows) + "\n")


def _many(connection: Any, table: str, fields: Sequence[Any], rows: Sequence[str]) -> None:
    names = ", ".join(f'"{one.column}"' for one in fields)
    marks = ", ".join("?" * len(fields))
    readers = [_reader(one) for one in fields]
    values = (
        [
            None if told == plans.NULL else read(told)
            for read, told in zip(readers, row.split("\t"), strict=True)
        ]
        for row in rows
    )
    connection.connection.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', values)  # noqa: S608 -- names of our own tables


def _reader(one: Any) -> Callable[[str], Any]:
    """Return what turns the text of COPY into what SQLite keeps."""
    kind = one.target_field.get_internal_type() if one.is_relation else one.get_internal_type()
    if kind == "UUIDField":
        return lambda told: UUID(told).hex
    if kind == "BinaryField":
        return lambda told: bytes.fromhex(told[3:])
    if kind == "DateTimeField":
        return lambda told: told[:26].replace("T", " ").removesuffix(".000000")
    if kind == "BooleanField":
        return lambda told: told == "t"
    return int if "Integer" in kind else str


class Indexes:
    """Puts away the keys and indexes of large tables, and sets them up again as they were."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = [name for name in names if name not in SMALL]
        self.kept: dict[str, dict[tuple[str, str], tuple[str, str, str]]] = defaultdict(dict)
        self.seconds: Counter[str] = Counter()

    def put_away(self) -> None:
        for name in self.names:
            connection = connections[alias_of(name)]
            find = _found if connection.vendor == "postgresql" else _found_sqlite
            for kind, own, table, told in find(connection, model_of(name)._meta.db_table):  # noqa: SLF001 -- public model API
                self.kept[alias_of(name)][table, own] = (kind, told, table)
        for alias, kept in self.kept.items():
            with connections[alias].cursor() as cursor:
                for (table, own), (kind, _told, _table) in sorted(
                    kept.items(), key=lambda one: -ORDER[one[1][0]]
                ):
                    cursor.execute(
                        f"DROP INDEX {own}" if kind == "i" else f"ALTER TABLE {table} DROP CONSTRAINT {own}"
                    )

    def set_up(self) -> None:
        for alias, kept in self.kept.items():
            with connections[alias].cursor() as cursor:
                for (table, own), (kind, told, _table) in sorted(
                    kept.items(), key=lambda one: ORDER[one[1][0]]
                ):
                    began = time.monotonic()
                    cursor.execute(
                        told if kind == "i" else f"ALTER TABLE {table} ADD CONSTRAINT {own} {told}"
                    )
                    self.seconds[table] += time.monotonic() - began  # type: ignore[assignment]


def _found(connection: Any, table: str) -> list[tuple[str, str, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(OWN, {"table": table})
        found: list[tuple[str, str, str, str]] = cursor.fetchall()
    return found


def _found_sqlite(connection: Any, table: str) -> list[tuple[str, str, str, str]]:
    """SQLite's keys are part of the table; its indexes can be put away."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 'i', name, tbl_name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = %s AND sql NOT NULL",
            [table],
        )
        found: list[tuple[str, str, str, str]] = cursor.fetchall()
    return found


def schema(alias: str) -> list[tuple[Any, ...]]:
    """Return every constraint, index and trigger, to be compared before and after."""
    connection = connections[alias]
    asked = (
        WHOLE
        if connection.vendor == "postgresql"
        else "SELECT type, tbl_name, name, sql FROM sqlite_master ORDER BY 1, 2, 3"
    )
    with connection.cursor() as cursor:
        cursor.execute(asked)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
