"""An error at the n-th statement or commit, for every n; and all that is stored, before and after."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.db import OperationalError, connections

ALIASES = ("default", "keys")
# Numbers are leased ahead in blocks and keys minted ahead in blocks, each in a commit of its own: gaps are allowed.
AHEAD = {"cases_numberblock", "vault_datakey", "vault_indexkey"}


class Cut(OperationalError):
    """The database went away."""


class Counter:
    """Counts statements and commits; raises at the n-th."""

    def __init__(self, at: int) -> None:
        self.at, self.seen = at, 0

    def pass_by(self) -> None:
        self.seen += 1
        if self.seen == self.at:
            raise Cut("the database went away")

    @property
    def has_struck(self) -> bool:
        return self.seen >= self.at


@contextmanager
def cut_at(number: int) -> Iterator[Counter]:
    """Raise at the ``number``-th statement or commit of either database."""
    counter = Counter(number)

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        counter.pass_by()
        return execute(sql, params, many, context)

    with ExitStack() as stack:
        for alias in ALIASES:
            connection = connections[alias]
            stack.enter_context(connection.execute_wrapper(wrapper))
            stack.enter_context(patch.object(connection, "_commit", _counted(connection._commit, counter)))
        yield counter


def _counted(commit: Callable[[], Any], counter: Counter) -> Callable[[], Any]:
    def counted() -> Any:
        counter.pass_by()
        return commit()

    return counted


def stored() -> dict[str, str]:
    """Return a digest of every table of both databases, and of every file."""
    found = {}
    for alias in ALIASES:
        with connections[alias].cursor() as cursor:
            digests = _on_postgresql if connections[alias].vendor == "postgresql" else _on_sqlite
            found |= {f"{alias}.{table}": digest for table, digest in digests(cursor, _tables(alias))}
    root = Path(settings.MEDIA_ROOT)
    found |= {str(file): str(file.stat().st_size) for file in root.rglob("*") if file.is_file()}
    return found


@cache
def _tables(alias: str) -> list[str]:
    """The tables that are looked at; every copy of the migrated databases has the same."""
    with connections[alias].cursor() as cursor:
        return [name for name in connections[alias].introspection.table_names(cursor) if name not in AHEAD]


def _on_postgresql(cursor: Any, tables: list[str]) -> list[tuple[str, str]]:
    """Ask for all tables in one statement."""
    one = "SELECT '{0}', md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM \"{0}\" t"
    cursor.execute(" UNION ALL ".join(one.format(table) for table in tables))
    found: list[tuple[str, str]] = cursor.fetchall()
    return found


def _on_sqlite(cursor: Any, tables: list[str]) -> Iterator[tuple[str, str]]:
    for table in tables:
        cursor.execute(f'SELECT * FROM "{table}"')
        rows = repr(sorted(map(repr, cursor.fetchall())))
        yield table, hashlib.md5(rows.encode(), usedforsecurity=False).hexdigest()
