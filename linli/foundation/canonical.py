"""One way to write a value as bytes, so that a digest made today can be made again.

Sorted keys, UTF-8, no spaces; a time is ISO 8601 in UTC with microseconds, a UUID its
text, bytes are hexadecimal. What does not survive the round trip through a database
(floats, NUL, lone surrogates, keys that are not text, times without zone) is refused.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

_SAME = frozenset({int, bool, type(None)})
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def canonical(value: Any) -> bytes:
    """Return the one spelling of ``value``; raise ``ValueError`` or ``TypeError`` if it has none."""
    return _encode(plain(value)).encode("utf-8")


def plain(value: Any) -> Any:
    """Return ``value`` as JSON knows it: what a JSON column gives back is the same again."""
    kind = type(value)  # exact types first: every event passes here, and `verify` passes them all
    if kind is str:
        return _text(value)
    if kind in _SAME:
        return value
    if isinstance(value, dict):
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return _scalar(value)


def _scalar(value: Any) -> str | int:
    if isinstance(value, str):
        return _text(str.__str__(value))  # an enum may spell itself otherwise
    if isinstance(value, int):
        return int(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return _time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    raise TypeError(f"A {type(value).__name__} has no canonical form.")


def _time(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError("A time without its zone has no canonical form.")
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _text(value: str) -> str:
    if "\x00" in value:
        raise ValueError("Text with NUL has no canonical form.")
    return value


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError("Only text can be a key.")
    return _text(key)
