"""Tables that only grow: the database itself refuses to change or remove a row.

``append_only("journal_event")`` is a migration operation for SQLite and PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import migrations

_SQLITE = """
CREATE TRIGGER "{table}_no_update" BEFORE UPDATE ON "{table}"
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END;
CREATE TRIGGER "{table}_no_delete" BEFORE DELETE ON "{table}"
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END;
CREATE TRIGGER "{table}_no_replace" BEFORE INSERT ON "{table}" WHEN {taken}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END;
"""

_POSTGRESQL = """
CREATE OR REPLACE FUNCTION "{table}_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER "{table}_no_change" BEFORE UPDATE OR DELETE ON "{table}"
FOR EACH ROW EXECUTE FUNCTION "{table}_append_only"();
CREATE TRIGGER "{table}_no_truncate" BEFORE TRUNCATE ON "{table}"
FOR EACH STATEMENT EXECUTE FUNCTION "{table}_append_only"();
"""

_NAMES = {
    "sqlite": ("no_update", "no_delete", "no_replace"),
    "postgresql": ("no_change", "no_truncate"),
}


def append_only(
    table: str, *, unique: Sequence[Sequence[str]] = (), model_name: str = ""
) -> migrations.RunPython:
    """Refuse UPDATE and DELETE on ``table`` (and TRUNCATE, where there is one).

    ``unique`` names further unique column groups beside the primary key: SQLite's
    INSERT OR REPLACE removes the old row without asking a trigger for deletion, so
    each group is asked for before a row is taken in. ``model_name`` is for routers.
    """

    def forwards(_apps: Any, schema_editor: Any) -> None:
        for statement in _statements(schema_editor.connection.vendor, table, unique):
            schema_editor.execute(statement)

    def backwards(_apps: Any, schema_editor: Any) -> None:
        vendor = schema_editor.connection.vendor
        on = f' ON "{table}"' if vendor == "postgresql" else ""
        for name in names(vendor, table):
            schema_editor.execute(f'DROP TRIGGER IF EXISTS "{name}"{on}')

    hints = {"model_name": model_name} if model_name else {}
    return migrations.RunPython(forwards, backwards, hints=hints)


def missing(connection: Any, table: str, wanted: Sequence[str] = ()) -> list[str]:
    """List the ``wanted`` triggers that ``table`` does not have, or has switched off.

    Without ``wanted`` those of :func:`append_only` are looked for.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
        else:
            cursor.execute(
                "SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
                "WHERE c.relname = %s AND t.tgenabled <> 'D' AND pg_table_is_visible(c.oid)",
                [table],
            )
        found = {row[0] for row in cursor.fetchall()}
    return [name for name in wanted or names(connection.vendor, table) if name not in found]


def names(vendor: str, table: str) -> list[str]:
    """List the triggers that guard an append-only table."""
    return [f"{table}_{suffix}" for suffix in _NAMES[vendor]]


def _statements(vendor: str, table: str, unique: Sequence[Sequence[str]]) -> list[str]:
    if vendor == "postgresql":
        return [_POSTGRESQL.format(table=table)]
    groups = [("rowid",), *unique]
    taken = " OR ".join(_is_taken(table, group) for group in groups)
    parts = _SQLITE.format(table=table, taken=taken).split("END;")
    return [part.strip() + " END" for part in parts if part.strip()]


def _is_taken(table: str, group: Sequence[str]) -> str:
    same = " AND ".join(f"{name} = NEW.{name}" for name in group)
    return f'EXISTS (SELECT 1 FROM "{table}" WHERE {same})'  # noqa: S608 -- names from migrations, not input


def postgresql_only(sql: str, *, reverse_sql: str) -> migrations.RunPython:
    """A migration operation that runs ``sql`` on PostgreSQL and does nothing elsewhere."""

    def run(statement: str) -> Any:
        def apply(_apps: Any, schema_editor: Any) -> None:
            if schema_editor.connection.vendor == "postgresql":
                schema_editor.execute(statement)

        return apply

    return migrations.RunPython(run(sql), run(reverse_sql))
