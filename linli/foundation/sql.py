"""Queries and inserts whose SQL is made once, for the few that stand in every request's way.

Django composes the SQL of a query anew each time it is asked; for a plain look-up that
takes several times as long as asking the database. What is declared here is still said
with models and querysets; only its text is kept, for each kind of database apart.
Values are always sent beside the text, never put into it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, models, router
from django.db.models import QuerySet

M = TypeVar("M", bound=models.Model)


class Asked:
    """A look-up: ``build`` takes values by name and returns a queryset; ``rows`` and ``one`` ask for others.

    ``examples`` are values of the right type, each different from the others and from
    any constant of the query: that is how a name's places in the SQL are found. A
    value stands for itself, so no list and no None can be given.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], **examples: Any) -> None:
        self._build = build
        self._examples = examples
        self._made: dict[str, tuple[str, list[Any], list[tuple[int, list[Any], Any]]]] = {}

    def rows(self, *, using: str = DEFAULT_DB_ALIAS, **given: Any) -> list[tuple[Any, ...]]:
        """Return the rows as ``values_list`` would."""
        connection = connections[using]
        sql, wanted, converters = self._made.get(connection.vendor) or self._make(connection)
        adapted = {name: _adapted(value, connection) for name, value in given.items()}
        values = [adapted[value.name] if isinstance(value, _Place) else value for value in wanted]
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            found = cursor.fetchall()
        return [_converted(row, converters, connection) for row in found] if converters else found

    def first(self, *, using: str = DEFAULT_DB_ALIAS, **given: Any) -> tuple[Any, ...] | None:
        """Return the first row, None if there is none."""
        found = self.rows(using=using, **given)
        return found[0] if found else None

    def one(self, model: type[M], *, using: str = DEFAULT_DB_ALIAS, **given: Any) -> M | None:
        """Return the first row as an instance; the query must ask for all columns and no others."""
        row = self.first(using=using, **given)
        names = [field.attname for field in model._meta.concrete_fields]  # noqa: SLF001 -- Django's public model API
        return None if row is None else model.from_db(using, names, row)

    def _make(self, connection: Any) -> tuple[str, list[Any], list[tuple[int, list[Any], Any]]]:
        compiler = self._build(**self._examples).query.get_compiler(connection=connection)
        sql, values = compiler.as_sql()
        places = {_adapted(value, connection): _Place(name) for name, value in self._examples.items()}
        wanted = [places.get(value, value) if isinstance(value, _KINDS) else value for value in values]
        named = {value.name for value in wanted if isinstance(value, _Place)}
        if named != set(self._examples):
            raise ValueError(f"The query does not ask for {sorted(set(self._examples) - named)}.")
        selected = [column[0] for column in compiler.select]
        converters = [
            (position, list(found), expression)
            for position, (found, expression) in compiler.get_converters(selected).items()
        ]
        self._made[connection.vendor] = (sql, wanted, converters)
        return self._made[connection.vendor]


class _Place:
    """Where a value of this name goes."""

    def __init__(self, name: str) -> None:
        self.name = name


_KINDS = (str, int, date, UUID)


def _adapted(value: Any, connection: Any) -> Any:
    """Return a value as this database is sent it."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    if isinstance(value, UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    return value


def _converted(row: Sequence[Any], converters: list[tuple[int, list[Any], Any]], connection: Any) -> tuple[Any, ...]:
    made = list(row)
    for position, found, expression in converters:
        value = made[position]
        for convert in found:
            value = convert(value, expression, connection)
        made[position] = value
    return tuple(made)


_inserts: dict[tuple[type[models.Model], str], tuple[str, str, str, list[Any]]] = {}
_updates: dict[tuple[type[models.Model], str, tuple[str, ...], tuple[str, ...]], tuple[str, list[Any]]] = {}


def insert(*rows: models.Model) -> None:
    """Insert new rows of one model as ``bulk_create`` does: one statement, and no signal is sent.

    Columns with a database default are left to the database; keys that the database
    makes are read back.
    """
    model = type(rows[0])
    connection = connections[router.db_for_write(model, instance=rows[0])]
    begin, marks, end, fields = _inserts.get((model, connection.vendor)) or _spelled(model, connection)
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for row in rows for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(f"{begin}{', '.join([marks] * len(rows))}{end}", values)
        if end:
            for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
                row.pk = key
    for row in rows:
        row._state.adding = False  # noqa: SLF001 -- Django's documented way to tell
        row._state.db = connection.alias  # noqa: SLF001 -- as above


def _spelled(model: type[models.Model], connection: Any) -> tuple[str, str, str, list[Any]]:
    meta = model._meta  # noqa: SLF001 -- Django's public model API
    if meta.parents:
        raise TypeError(f"{model.__name__} lies in more than one table.")
    quote = connection.ops.quote_name
    fields: list[Any] = [
        field
        for field in meta.concrete_fields
        if field.db_default is models.NOT_PROVIDED and not isinstance(field, models.AutoField)
    ]
    names = ", ".join(quote(field.column) for field in fields)
    begin = f"INSERT INTO {quote(meta.db_table)} ({names}) VALUES "
    marks = f"({', '.join(['%s'] * len(fields))})"
    end = f" RETURNING {quote(meta.pk.column)}" if isinstance(meta.pk, models.AutoField) else ""
    _inserts[model, connection.vendor] = (begin, marks, end, fields)
    return _inserts[model, connection.vendor]


def update(model: type[models.Model], values: Mapping[str, Any], **where: Any) -> int:
    """Set columns of the rows where other columns have these values; return how many there were."""
    connection = connections[router.db_for_write(model)]
    key = (model, connection.vendor, tuple(values), tuple(where))
    sql, fields = _updates.get(key) or _spelled_update(connection, key)
    sent = [
        field.get_db_prep_save(value, connection)
        for field, value in zip(fields, (*values.values(), *where.values()), strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, sent)
        return int(cursor.rowcount)


def _spelled_update(
    connection: Any, key: tuple[type[models.Model], str, tuple[str, ...], tuple[str, ...]]
) -> tuple[str, list[Any]]:
    model, _vendor, names, conditions = key
    meta = model._meta  # noqa: SLF001 -- Django's public model API
    quote = connection.ops.quote_name
    fields: list[Any] = [meta.get_field(name) for name in (*names, *conditions)]
    marks = [f"{quote(field.column)} = %s" for field in fields]
    changed, found = ", ".join(marks[: len(names)]), " AND ".join(marks[len(names) :])
    sql = f"UPDATE {quote(meta.db_table)} SET {changed} WHERE {found}"  # noqa: S608 -- the model's own names
    _updates[key] = (sql, fields)
    return _updates[key]
