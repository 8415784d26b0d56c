"""Waiting for a lock has an end: whoever waited in vain is told when to come again.

So is whoever came when there was no room left (:mod:`linli.foundation.room`).

SQLite waits ``sqlite.BUSY_SECONDS`` for its one write lock. PostgreSQL waits for ever
unless the database role says otherwise (docs/settings.md), which the system check asks for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.core import checks
from django.db import OperationalError, connections
from django.utils.translation import gettext_lazy as _

from linli.foundation import room
from linli.foundation.errors import Busy, DomainError

LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL's code, given when lock_timeout runs out
PRIMARY = 0xFF  # SQLite's extended result codes carry the primary one in the lowest byte
BUSY = _("现在同时办理的人太多，请过几秒再试。")


@contextmanager
def bounded(refusal: DomainError | None = None) -> Iterator[None]:
    """Raise ``refusal`` (Busy if none) where the block waited for a lock in vain. A decorator too.

    NoRoom where what the block wrote did not fit on the disk.
    """
    try:
        yield
    except (OperationalError, OSError) as error:
        if room.is_lacking(error):
            raise room.NoRoom from error
        if waited_in_vain(error):
            raise refusal or Busy(BUSY) from error
        raise


def waited_in_vain(error: Exception) -> bool:
    """Did a statement end because somebody else kept a lock for too long?"""
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & PRIMARY == sqlite3.SQLITE_BUSY
    return getattr(cause, "sqlstate", "") == LOCK_NOT_AVAILABLE


@checks.register("database")
def check_patience(
    *, app_configs: Any = None, databases: Sequence[str] | None = None, **_kwargs: Any
) -> list[checks.CheckMessage]:
    """The system check: runs with ``migrate`` and ``check --database``."""
    return [
        checks.Warning(
            f"{alias}: a statement may wait for a lock for ever.",
            id="linli.W001",
            hint="ALTER ROLE … SET lock_timeout TO '5s'; see docs/settings.md.",
        )
        for alias in databases or []
        if _waits_for_ever(alias)
    ]


def _waits_for_ever(alias: str) -> bool:
    if connections[alias].vendor != "postgresql":
        return False
    with connections[alias].cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        return bool(cursor.fetchone()[0] == "0")
