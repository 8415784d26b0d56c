"""Rows as the database's driver gives them, piece by piece, and how they are spelled for a digest.

`linli verify` reads every row there is. Instances, converters and the general ``canonical`` would take
ten times as long as reading and digesting. What is spelled here is, byte for byte, what ``canonical``
spells of the same values (a test compares the two); what has no spelling raises ``ValueError`` or ``TypeError``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from json.encoder import encode_basestring as _text
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db import connections
from django.db.models import JSONField, Model, QuerySet, UUIDField

CHUNK = 2000
Spell = Callable[[Any], str]
EMPTY = frozenset({"{}", "[]"})
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def rows(queryset: QuerySet[Any, Any]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a ``values_list`` without holding them all: through a cursor of the server's own."""
    connection = connections[queryset.db]
    sql, params = queryset.query.get_compiler(connection=connection).as_sql()
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, params)
        while batch := cursor.fetchmany(CHUNK):
            yield from batch


def spellers(model: type[Model], names: Iterable[str]) -> list[Spell]:
    """Return how each column is spelled."""
    return [_speller(model._meta.get_field(name)) for name in names]  # noqa: SLF001 -- Django's public model API


def as_object(model: type[Model], names: Sequence[str]) -> Callable[[Sequence[Any]], bytes]:
    """Return what spells values, in the order of the names, as ``canonical`` spells them by column."""
    columns = [model._meta.get_field(name).attname for name in names]  # type: ignore[union-attr]  # noqa: SLF001 -- columns
    spells = spellers(model, names)
    heads = [
        (f'"{column}":', place, None if spells[place] is _plain else spells[place])
        for place, column in sorted(enumerate(columns), key=itemgetter(1))
    ]

    def spelled(values: Sequence[Any]) -> bytes:
        parts = [
            head + (spell(values[place]) if spell else _BY_TYPE[type(values[place])](values[place]))
            for head, place, spell in heads
        ]
        return f"{{{','.join(parts)}}}".encode()

    return spelled


def as_list(model: type[Model], names: Sequence[str]) -> Callable[[Sequence[Any]], bytes]:
    """Return what spells values as ``canonical`` spells a list of them."""
    spells = spellers(model, names)

    def spelled(values: Sequence[Any]) -> bytes:
        return f"[{','.join([spell(value) for spell, value in zip(spells, values, strict=True)])}]".encode()

    return spelled


def uuid(value: Any) -> UUID:
    """Return an id of either database."""
    return value if isinstance(value, UUID) else UUID(value)


def moment(value: datetime) -> datetime:
    """Return a time of either database with its zone."""
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _speller(field: Any) -> Spell:
    while field.remote_field:
        field = field.target_field
    if isinstance(field, UUIDField):
        return _uuid
    return _json if isinstance(field, JSONField) else _plain


def _plain(value: Any) -> str:
    return _BY_TYPE[type(value)](value)


def _uuid(value: Any) -> str:
    if type(value) is str:  # 32 hexadecimal digits
        return f'"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"'
    return _plain(value)


def _json(value: Any) -> str:
    if value is None:
        return "null"
    return str(value) if value in EMPTY else _encode(_decode(value))


def _refuse(said: str) -> Any:
    raise ValueError(f"{said} has no canonical form.")


_decode = json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse).decode


def _time(value: datetime) -> str:
    """Spell a time; where it has no zone it comes from a database that keeps none, and is UTC."""
    if value.tzinfo not in (None, UTC):
        value = value.astimezone(UTC)
    return f'"{value.isoformat(timespec="microseconds")[:26]}Z"'


def _bytes(value: bytes | memoryview) -> str:
    return f'"{value.hex()}"'


_BY_TYPE: dict[type, Spell] = {
    str: _text,
    int: str,
    bool: lambda value: "true" if value else "false",
    type(None): lambda _value: "null",
    datetime: _time,
    date: lambda value: f'"{value.isoformat()}"',
    UUID: lambda value: f'"{value}"',
    bytes: _bytes,
    memoryview: _bytes,
}
