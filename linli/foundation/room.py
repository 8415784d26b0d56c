"""No room left on the disk: what could not be kept is refused in words, and goes again once there is room.

Nothing has to be restarted for that: SQLite and PostgreSQL roll back what did not fit.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from linli.foundation.errors import Busy

NO_ROOM = _(
    "系统现在存不下新的内容，这次没有办成，也没有记下来。请过几分钟再试一次，写好的先留着。着急请直接打 %(phone)s。"
)
SECONDS = 60
# The shared index beside SQLite's log is a file as well, and says in its own way that it cannot grow.
SQLITE_CODES = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE}
DISK_FULL = "53100"  # PostgreSQL's code
ERRNO = {errno.ENOSPC, errno.EDQUOT}


class NoRoom(Busy):
    """The disk is full; the sentence names the telephone."""

    def __init__(self) -> None:
        super().__init__(NO_ROOM % {"phone": settings.SERVICE_PHONE}, retry_after=SECONDS)


def is_lacking(error: BaseException | None) -> bool:
    """Did it, or what led to it, fail for want of room?"""
    return any(
        getattr(one, "sqlite_errorcode", None) in SQLITE_CODES
        or getattr(one, "sqlstate", None) == DISK_FULL
        or (isinstance(one, OSError) and one.errno in ERRNO)
        for one in chain(error)
    )


def chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
