"""Queries and inserts whose SQL is made once, for the few that stand in every request's way.

Django composes the SQL of a query anew each time it is asked; for a plain look-up that
takes several times as long as asking the database. What is declared here is still said
with models and querysets; only its text is kept, for each kind of database apart.
Values are always sent beside the text, never put into it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections, models, router
from django.db.models import QuerySet

M = TypeVar("M", bound=models.Model)
Converters = list[tuple[int, list[Any], Any]]
Made = tuple[str, list[Any], Converters]


class Asked:
    """A look-up: ``build`` takes values by name and returns a queryset; ``rows`` and ``one`` ask for others.

    ``examples`` are values of the right type, each different from the others and from
    any constant of the query: that is how a name's places in the SQL are found. For a
    list (what a column is "in") the example is a list of one UUID or text; each length has
    a text of its own, and nothing is in an empty one.
    No other value may be None. ``unused`` are names that the query may do without.
    """

    def __init__(
        self, build: Callable[..., QuerySet[Any, Any]], *, unused: Collection[str] = (), **examples: Any
    ) -> None:
        self._build = build
        self._unused = frozenset(unused)
        self._examples = examples
        self._made: dict[tuple[Any, ...], Made] = {}

    def rows(self, *, using: str = DEFAULT_DB_ALIAS, **given: Any) -> list[tuple[Any, ...]]:
        """Return the rows as ``values_list`` would."""
        if any(value == [] for value in given.values()):
            return []
        connection = connections[using]
        sizes = tuple((name, len(value)) for name, value in given.items() if isinstance(value, list))
        sql, wanted, converters = self._made.get((connection.vendor, sizes)) or self._make(connection, sizes)
        if not sql:
            return []
        adapted = {place: _adapted(value, connection) for place, value in _flat(given)}
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
        found = self.every(model, using=using, **given)
        return found[0] if found else None

    def every(self, model: type[M], *, using: str = DEFAULT_DB_ALIAS, **given: Any) -> list[M]:
        """Return the rows as instances, as :meth:`one` does."""
        names = [field.attname for field in model._meta.concrete_fields]  # noqa: SLF001 -- Django's public model API
        return [model.from_db(using, names, row) for row in self.rows(using=using, **given)]

    def _make(self, connection: Any, sizes: tuple[tuple[str, int], ...]) -> Made:
        examples = {
            **self._examples,
            **{name: _several(self._examples[name][0], size) for name, size in sizes},
        }
        compiler = self._build(**examples).query.get_compiler(connection=connection)
        try:
            sql, values = compiler.as_sql()
        except EmptyResultSet:  # Django sees that nothing can be found, whatever is asked for
            self._made[connection.vendor, sizes] = ("", [], [])
            return self._made[connection.vendor, sizes]
        places = {_adapted(value, connection): _Place(name) for name, value in _flat(examples)}
        wanted = [places.get(value, value) if isinstance(value, _KINDS) else value for value in values]
        named = {value.name[0] for value in wanted if isinstance(value, _Place)}
        if missing := set(self._examples) - named - self._unused:
            raise ValueError(f"The query does not ask for {sorted(missing)}.")
        converters = [
            (position, list(found), expression)
            for position, (found, expression) in compiler.get_converters(
                [c[0] for c in compiler.select]
            ).items()
        ]
        self._made[connection.vendor, sizes] = (sql, wanted, converters)
        return self._made[connection.vendor, sizes]


def _flat(values: Mapping[str, Any]) -> Iterator[tuple[tuple[str, int], Any]]:
    """Give each single value with its place: the name, and its number in a list."""
    for name, value in values.items():
        if isinstance(value, list):
            yield from (((name, number), one) for number, one in enumerate(value))
        else:
            yield (name, 0), value


def _several(example: Any, size: int) -> list[Any]:
    if isinstance(example, UUID):
        return [UUID(int=example.int + number) for number in range(size)]
    return [f"{example} {number}" for number in range(size)]


class _Place:
    """Where a value of this name goes."""

    def __init__(self, name: tuple[str, int]) -> None:
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


def _converted(row: Sequence[Any], converters: Converters, connection: Any) -> tuple[Any, ...]:
    made = list(row)
    for position, found, expression in converters:
        value = made[position]
        for convert in found:
            value = convert(value, expression, connection)
        made[position] = value
    return tuple(made)


_inserts: dict[tuple[type[models.Model], str, int], tuple[str, list[Any], bool]] = {}
_updates: dict[tuple[type[models.Model], str, tuple[str, ...], tuple[str, ...]], tuple[str, list[Any]]] = {}


def insert(*rows: models.Model) -> None:
    """Insert new rows of one model as ``bulk_create`` does: one statement, and no signal is sent.

    Columns with a database default are left to the database; keys that the database
    makes are read back.
    """
    model = type(rows[0])
    connection = connections[router.db_for_write(model, instance=rows[0])]
    key = (model, connection.vendor, len(rows))
    sql, fields, reads_keys = _inserts.get(key) or _spelled(connection, key)
    values = [
        field.get_db_prep_save(field.pre_save(row, True), connection) for row in rows for field in fields
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        if reads_keys:
            for row, (made,) in zip(rows, cursor.fetchall(), strict=True):
                row.pk = made
    for row in rows:
        row._state.adding = False  # noqa: SLF001 -- Django's documented way to tell
        row._state.db = connection.alias  # noqa: SLF001 -- as above


def _spelled(connection: Any, key: tuple[type[models.Model], str, int]) -> tuple[str, list[Any], bool]:
    model, _vendor, count = key
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
    marks = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * count)
    reads_keys = isinstance(meta.pk, models.AutoField)
    end = f" RETURNING {quote(meta.pk.column)}" if reads_keys else ""
    sql = f"INSERT INTO {quote(meta.db_table)} ({names}) VALUES {marks}{end}"  # noqa: S608 -- the model's own names
    _inserts[key] = (sql, fields, reads_keys)
    return _inserts[key]


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
