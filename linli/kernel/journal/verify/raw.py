"""Rows as the database's driver gives them, piece by piece, and how a list of values is spelled for a digest.

`linli verify` reads every row there is. Instances, converters and the general ``canonical`` would take
ten times as long as reading and digesting. A list is spelled here, byte for byte, as ``canonical`` spells
it (a test compares the two); what has no spelling raises ``LookupError``. Whole rows: ``spelling``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from json.encoder import encode_basestring as _text
from typing import Any
from uuid import UUID

from django.db import connections
from django.db.models import Model, QuerySet, UUIDField

CHUNK = 2000
Spell = Callable[[Any], str]


def rows(queryset: QuerySet[Any, Any]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a ``values_list`` without holding them all: through a cursor of the server's own."""
    connection = connections[queryset.db]
    sql, params = queryset.query.get_compiler(connection=connection).as_sql()
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, params)
        while batch := cursor.fetchmany(CHUNK):
            yield from batch


def as_list(model: type[Model], names: Sequence[str]) -> Callable[[Sequence[Any]], bytes]:
    """Return what spells values as ``canonical`` spells a list of them."""
    spells = [_speller(model._meta.get_field(name)) for name in names]  # noqa: SLF001 -- Django's public model API

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
    return _uuid if isinstance(field, UUIDField) else _plain


def _plain(value: Any) -> str:
    return _BY_TYPE[type(value)](value)


def _uuid(value: Any) -> str:
    if type(value) is str:  # 32 hexadecimal digits
        return f'"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"'
    return _plain(value)


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
