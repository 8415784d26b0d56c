"""Rows spelled for their digests at once, from what the database itself holds.

A row whose quick spelling has the digest that is stored is right: no two rows that mean
different things are spelled alike. Where it has not, nothing is said yet: the row is read
as an instance and spelled as when it was written, and that decides (numbers beyond 64
bits, times at the ends of the calendar).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from json.encoder import encode_basestring as _text
from typing import Any

import orjson
from cryptography.hazmat.primitives import hashes
from django.db import connection
from django.db.models import (
    BinaryField,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    F,
    Func,
    JSONField,
    Model,
    UUIDField,
)
from django.db.models import Field as Column

Quick = Callable[[Sequence[Any]], bytes]
Way = Callable[[Any], str]
MISSED = (LookupError, TypeError, ValueError)  # has no quick spelling
_EMPTY = hashes.Hash(hashes.SM3())
_CAST = {
    UUIDField: "%(expressions)s::text",
    DateField: "%(expressions)s::text",
    DateTimeField: "(%(expressions)s AT TIME ZONE 'UTC')::text",
}


class Held(Func):
    """A column as the database holds it: no converter makes an object of it.

    On SQLite ``+`` leaves the value as it is and the column without its declared type, by
    which alone the driver converts. On PostgreSQL ids and times come as text, in SQLite's form.
    """

    arity = 1

    def __init__(self, name: str, column: Column[Any, Any]) -> None:
        super().__init__(F(name), output_field=column)
        self._kind = kind_of(column)

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, template="+%(expressions)s", **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = _CAST.get(self._kind, "%(expressions)s")
        return self.as_sql(compiler, connection, template=template, **extra)


def kind_of(column: Any) -> type[Column[Any, Any]]:
    """Return which of the kinds that are spelled each in its way a column is of; text and numbers are one."""
    while column.remote_field:
        column = column.target_field
    kinds = (UUIDField, DateTimeField, DateField, JSONField, BinaryField, BooleanField, CharField)
    return next((kind for kind in kinds if isinstance(column, kind)), Column)


def held(model: type[Model], names: Sequence[str], *, through: str = "") -> list[Held]:
    """Return the columns for a ``values_list``, in the order of the names; those of a model that a link leads to."""
    lead = f"{through}__" if through else ""
    return [Held(f"{lead}{name}", model._meta.get_field(name)) for name in names]  # type: ignore[arg-type]  # noqa: SLF001 -- Django's public model API


def as_object(model: type[Model], names: Sequence[str], *, vendor: str = "") -> Quick:
    """Return what spells rows of ``held`` columns as ``canonical`` spells them by column.

    It raises one of ``MISSED`` where it cannot; what it returns may still not be the right spelling.
    """
    fields = [model._meta.get_field(name) for name in names]  # noqa: SLF001 -- Django's public model API
    order = sorted(range(len(names)), key=lambda place: fields[place].attname)  # type: ignore[union-attr]
    heads = [f'"{fields[place].attname}":%s' for place in order]  # type: ignore[union-attr]
    template = f"{{{','.join(heads)}}}"
    kinds = _WAYS[vendor or connection.vendor]
    ways = [(_way(fields[place], kinds), place) for place in order]

    def spelled(values: Sequence[Any]) -> bytes:
        return (template % tuple([spell(values[place]) for spell, place in ways])).encode()

    return spelled


def sm3(content: bytes) -> bytes:
    """Return the SM3 digest; a copy of an empty one is made faster than a new one."""
    hasher = _EMPTY.copy()
    hasher.update(content)
    return hasher.finalize()


def _way(column: Any, kinds: Mapping[type[Column[Any, Any]], Way]) -> Way:
    kind = kind_of(column)
    return _text if kind is CharField and not column.null else kinds[kind]


def _string(value: Any) -> str:
    return "null" if value is None else _text(value)


def _plain(value: Any) -> str:
    if value is None:
        return "null"
    if type(value) is not int:
        raise TypeError
    return str(value)


def _truth(value: Any) -> str:
    return _TRUTHS[value]


def _quoted(value: str | None) -> str:
    return "null" if value is None else f'"{value}"'


def _id(value: str | None) -> str:
    if value is None:
        return "null"
    return f'"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"'


def _time(value: str | None) -> str:
    """Spell "2026-11-20 23:38:03.398424"; of the fraction, or of its end, nothing may be written where it is 0."""
    if value is None:
        return "null"
    if value[10] != " ":
        raise ValueError
    return f'"{value[:10]}T{value[11:]}{_ENDS[len(value)]}"'


def _json(value: str | None) -> str:
    return (
        "null" if value is None else orjson.dumps(orjson.loads(value), option=orjson.OPT_SORT_KEYS).decode()
    )


def _bytes(value: bytes | memoryview | None) -> str:
    return "null" if value is None else f'"{value.hex()}"'


_TRUTHS = {0: "false", 1: "true", None: "null"}
_ENDS = {19: ".000000Z"} | {length: "0" * (26 - length) + "Z" for length in range(21, 27)}
_BY_KIND: dict[type[Column[Any, Any]], Way] = {
    DateTimeField: _time, DateField: _quoted, JSONField: _json, BinaryField: _bytes, BooleanField: _truth, CharField: _string, Column: _plain,
}  # fmt: skip
_WAYS = {"sqlite": _BY_KIND | {UUIDField: _id}, "postgresql": _BY_KIND | {UUIDField: _quoted}}
