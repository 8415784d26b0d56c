"""Materialised paths: "/1/5/" is the node of short id 5 under that of short id 1.

The ids are written in base 36 and each is closed by a slash, so that all nodes
under a path are one range of a binary-ordered index: from the path itself up to,
but not including, the path with its last slash raised to the next character.
``startswith`` and LIKE are not used on paths: SQLite cannot use the index for
them, and a LIKE pattern would have to be escaped.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

ROOT = "/"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_AFTER_SLASH = chr(ord("/") + 1)
_BINARY = {"postgresql": "C", "sqlite": "BINARY"}


class PathField(models.CharField):
    """A path column, compared byte by byte on both databases whatever the locale is."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("max_length", 128)
        super().__init__(*args, **options)

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        return {**super().db_parameters(connection), "collation": _BINARY[connection.vendor]}


def base36(number: int) -> str:
    """Write a positive number in base 36, lower case."""
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
        if not number:
            return digits


def child(path: str, short: int) -> str:
    """Return the path of the node ``short`` under ``path`` ("" for a root)."""
    return f"{path or ROOT}{base36(short)}/"


def shorts(path: str) -> list[int]:
    """Return the short ids along a path, from the root down."""
    return [int(part, 36) for part in path.split("/") if part]


def ancestors(path: str) -> list[str]:
    """Return the path of each ancestor and the path itself, from the root down."""
    parts = [part for part in path.split("/") if part]
    return [ROOT + "/".join(parts[: n + 1]) + "/" for n in range(len(parts))]


def parent(path: str) -> str:
    """Return the path of the node above, "" above a root."""
    return "".join(ancestors(path)[-2:-1])


def successor(path: str) -> str:
    """Return the first string that sorts after every path under ``path``."""
    return path[:-1] + _AFTER_SLASH


def contains(path: str, other: str) -> bool:
    """Is ``other`` the path itself or under it? Everything lies under ""."""
    return other.startswith(path)


def under(path: str, field: str = "path") -> Q:
    """Return the condition that the column lies at or under ``path``; "" is everywhere."""
    if not path:
        return Q()
    return Q(**{f"{field}__gte": path, f"{field}__lt": successor(path)})
