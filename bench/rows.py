"""Writing very many rows at once: COPY on PostgreSQL, one INSERT for all on SQLite.

No check and no signal runs, so what is written must be right; the database's own
constraints still hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connections, models, router, transaction


def insert(model: type[models.Model], rows: Iterable[Any]) -> None:
    """Insert unsaved instances. Columns that the database fills in itself are left to it."""
    rows = list(rows)
    if not rows:
        return
    connection = connections[router.db_for_write(model)]
    fields: list[Any] = [
        field
        for field in model._meta.concrete_fields  # noqa: SLF001 -- Django's public model API
        if not (field.primary_key and rows[0].pk is None) and field.db_default is models.NOT_PROVIDED
    ]
    table = connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001 -- Django's public model API
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    values = [[_value(field, row, connection) for field in fields] for row in rows]
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for value in values:
                    copy.write_row(value)
        else:
            marks = ", ".join(["%s"] * len(fields))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)  # noqa: S608 -- names of our own tables


def _value(field: Any, row: Any, connection: Any) -> Any:
    return field.get_db_prep_save(getattr(row, field.attname), connection)
