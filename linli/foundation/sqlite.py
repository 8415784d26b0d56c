"""How SQLite is opened so that what was committed stays committed.

The options are for ``DATABASES[…]["OPTIONS"]``. ``problems`` reads them back from
a live connection, because a pragma that is misspelt is ignored in silence.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext_lazy as _

BUSY_SECONDS = 20
SAFE_WITH_SEVERAL_WRITERS = (3, 51, 3)  # sqlite.org, "the WAL-reset bug"
FULL = 2

OPTIONS: dict[str, Any] = {
    # SQLite has no row locks. Taking the write lock when a transaction begins gives
    # services the same promise as on PostgreSQL: read, check, write.
    "transaction_mode": "IMMEDIATE",
    "timeout": BUSY_SECONDS,
    # secure_delete: erased values are overwritten, not only unlinked.
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON",
}


class SecondWriter(Exception):
    """Another process already writes to this data folder."""


def is_old() -> bool:
    """Is this SQLite older than the fix that makes several writing processes safe?"""
    return sqlite3.sqlite_version_info < SAFE_WITH_SEVERAL_WRITERS


def problems(connection: BaseDatabaseWrapper) -> list[str]:
    """Return what is wrong with how a connection was opened; nothing on other databases."""
    if connection.vendor != "sqlite":
        return []
    wrong = []
    with connection.cursor() as cursor:
        for question, is_right in _WANTED.items():
            value = cursor.execute(question).fetchone()[0]
            if not is_right(value):
                wrong.append(f"{connection.alias}: {question.removeprefix('PRAGMA ')} is {value}")
    if getattr(connection, "transaction_mode", None) != "IMMEDIATE":
        wrong.append(f"{connection.alias}: transactions do not begin with the write lock")
    return wrong


_WANTED = {
    "PRAGMA journal_mode": lambda value: value in {"wal", "memory"},  # "memory" only for a database in memory
    "PRAGMA synchronous": lambda value: value >= FULL,
    "PRAGMA foreign_keys": lambda value: value == 1,
    "PRAGMA busy_timeout": lambda value: value >= 5000,
    "PRAGMA secure_delete": lambda value: value == 1,
}


@register("database")
def check_connections(
    *, app_configs: Any = None, databases: Sequence[str] | None = None, **_kwargs: Any
) -> list[CheckMessage]:
    """The system check: runs with ``migrate`` and ``check --database``."""
    return [
        Error(problem, id="linli.E001", hint="Use linli.foundation.sqlite.OPTIONS.")
        for alias in databases or []
        for problem in problems(connections[alias])
    ]


def warnings() -> list[str]:
    """Return what the health page should say about the library itself."""
    uses_it = any(connections[alias].vendor == "sqlite" for alias in connections)
    return [str(OLD_VERSION) % {"version": sqlite3.sqlite_version}] if uses_it and is_old() else []


OLD_VERSION = _("SQLite %(version)s 早于 3.51.3：同一数据目录同时只能有一个写入进程。")


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Hold the data folder for this process, or raise :class:`SecondWriter`.

    The lock goes with the process, however it ends.
    """
    with (folder / "writer.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SecondWriter(folder) from error
        yield
