"""An error at the n-th statement or commit, for every n; and all that is stored, before and after."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
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
            for table in connections[alias].introspection.table_names(cursor):
                if table not in AHEAD:
                    found[f"{alias}.{table}"] = _digest(cursor, table, connections[alias].vendor)
    root = Path(settings.MEDIA_ROOT)
    found |= {str(file): str(file.stat().st_size) for file in root.rglob("*") if file.is_file()}
    return found


def _digest(cursor: Any, table: str, vendor: str) -> str:
    if vendor == "postgresql":
        cursor.execute(
            f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM \"{table}\" t"
        )
        return str(cursor.fetchone()[0])
    cursor.execute(f'SELECT * FROM "{table}"')
    return hashlib.md5(repr(sorted(map(repr, cursor.fetchall()))).encode(), usedforsecurity=False).hexdigest()
