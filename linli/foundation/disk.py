"""The disk itself fails: remembered by the process, so that the health page says it.

A disk that could not write once cannot be trusted because the next write went well: what the
system could not put down may be gone without another word. So it is said for ``LASTS``.
"""

from __future__ import annotations

import errno
import sqlite3
import threading
from datetime import datetime, timedelta

from linli.foundation.room import chain

LASTS = timedelta(hours=1)
# SQLite's primary codes: read or write failed, the file is damaged, it is no database, it cannot be opened.
SQLITE_CODES = {
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
}
PRIMARY = 0xFF
SQLSTATES = {"58030", "XX001", "XX002"}  # PostgreSQL: I/O error, damaged data, damaged index
ERRNO = {errno.EIO, errno.EROFS}

_lock = threading.Lock()
_last: list[datetime] = []


def is_failing(error: BaseException | None) -> bool:
    """Did it, or what led to it, fail because the disk did?"""
    return any(
        (
            (getattr(one, "sqlite_errorcode", None) or 0) & PRIMARY in SQLITE_CODES
            and getattr(one, "sqlite_errorcode", None) != sqlite3.SQLITE_IOERR_SHMSIZE
        )  # no room: see room.py
        or getattr(one, "sqlstate", None) in SQLSTATES
        or (isinstance(one, OSError) and one.errno in ERRNO)
        for one in chain(error)
    )


def note(error: BaseException | None, now: datetime) -> bool:
    """Remember it if it was the disk; return whether it was."""
    if not is_failing(error):
        return False
    with _lock:
        _last[:] = [now]
    return True


def failed_at(now: datetime) -> datetime | None:
    """When did the disk last fail in this process? None if it never did, or not for a while."""
    with _lock:
        return next((at for at in _last if at > now - LASTS), None)


def forget() -> None:
    with _lock:
        _last.clear()
