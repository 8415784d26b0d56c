"""What is acknowledged lies on two machines: while no standby confirms, nothing more is taken, and everything can be read.

A primary that must wait for a standby (``synchronous_standby_names``) lets a COMMIT wait
without end when none is there. So each web process asks every second, in threads of their
own, whether one is (:func:`watch`); a statement that would write is refused before it is
sent while none is (``NoStandby``), and a COMMIT that was under way is waited for only
so long (``Unconfirmed``): its connection is hung up on, the server goes on waiting, and
nobody sees the rows before a standby has them. It is never cancelled: cancelled, it would be
kept by one machine alone and look as if all were well. Who does that by hand is found out by
the warning that the server gives (:func:`confirmed`).
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psycopg
import structlog
from django.db import Error, connections

from linli.foundation.standby import NoStandby, Unconfirmed, is_lacking

EVERY = 1.0  # seconds between two questions to a server
# Seconds that a COMMIT is waited for: where it is known that no standby is there, and else.
KNOWN, UNKNOWN = 3.0, 7.0
LOCALLY = "01000"  # the code of the warning that a COMMIT which was cancelled is kept by this machine alone
READING = ("SELECT", "SHOW", "SET", "RESET", "SAVEPOINT", "RELEASE", "ROLLBACK", "DECLARE", "FETCH", "CLOSE")
LOCKING = (" FOR UPDATE", " FOR NO KEY UPDATE", " FOR SHARE", " FOR KEY SHARE")
log = structlog.get_logger("linli.standbys")


@dataclass(slots=True, eq=False)
class _Wait:
    """Something that must be confirmed, since when (monotonic), and what has become of it."""

    connection: psycopg.Connection[Any]
    since: float
    is_given_up: bool = False
    is_local: bool = False

    def hear(self, notice: psycopg.errors.Diagnostic) -> None:
        self.is_local = self.is_local or notice.sqlstate == LOCALLY


_lock = threading.Lock()
_waits: set[_Wait] = set()
_lacking: set[str] = set()  # aliases of databases whose server has no standby that confirms


def check(sql: Any) -> None:
    """Raise ``NoStandby`` where the statement would write and no standby is there. Costs nothing else."""
    if _lacking and writes(sql):
        raise NoStandby


def writes(sql: Any) -> bool:
    """Could a COMMIT have to wait for this statement?"""
    text = sql if isinstance(sql, str) else bytes(sql).decode() if isinstance(sql, bytes) else sql.as_string()
    begins = text.lstrip("( \n")
    return bool(begins) and (not begins.startswith(READING) or any(word in text for word in LOCKING))


@contextmanager
def confirmed(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Run what must be confirmed by a standby, such as a COMMIT; raise ``Unconfirmed`` if it was not."""
    wait = _Wait(connection, time.monotonic())
    connection.add_notice_handler(wait.hear)
    with _lock:
        _waits.add(wait)
    try:
        yield
    except (Error, psycopg.Error) as error:
        if wait.is_given_up:
            raise Unconfirmed from error
        raise
    finally:
        with _lock:
            _waits.discard(wait)
        connection.remove_notice_handler(wait.hear)
    if wait.is_local:
        raise Unconfirmed


def watch() -> threading.Event:
    """Begin to watch: a thread for each PostgreSQL database, and one for what waits. Set, the event ends it."""
    end = threading.Event()
    for alias in connections:
        if connections[alias].vendor == "postgresql":
            threading.Thread(target=_ask, args=(alias, end), name=f"standbys-{alias}", daemon=True).start()
    threading.Thread(target=_mind, args=(end,), name="standbys-waits", daemon=True).start()
    return end


def _ask(alias: str, end: threading.Event) -> None:
    """Keep what is known of one server; while it cannot be asked, what was known last stays."""
    while not end.wait(EVERY):
        try:
            with closing(_connect(alias)) as connection, connection.cursor() as cursor:
                while not end.is_set():
                    _note(alias, lacking=is_lacking(cursor))
                    end.wait(EVERY)
        except psycopg.Error as error:
            log.info("not_told", alias=alias, kind=type(error).__name__)


def _connect(alias: str) -> psycopg.Connection[Any]:
    """Connect beside the pool, which may be waiting itself."""
    named = connections[alias].get_connection_params()
    return psycopg.connect(**(named | {"autocommit": True, "connect_timeout": 3, "tcp_user_timeout": 5000}))


def _note(alias: str, *, lacking: bool) -> None:
    if lacking and alias not in _lacking:
        log.error("no_standby", alias=alias)
        _lacking.add(alias)
    elif not lacking and alias in _lacking:
        log.warning("standby_is_back", alias=alias)
        _lacking.discard(alias)


def _mind(end: threading.Event) -> None:
    while not end.wait(EVERY / 4):
        give_up(time.monotonic() - (KNOWN if _lacking else UNKNOWN))


def give_up(before: float) -> None:
    """Hang up on the server for all that has been waiting since before then (monotonic)."""
    with (
        _lock
    ):  # what is still in the set is still waiting: no connection is hit that is used for something else
        for wait in [one for one in _waits if one.since <= before and not one.is_given_up]:
            wait.is_given_up = True
            with suppress(OSError, psycopg.Error):  # it has broken by itself
                _hang_up(wait.connection)


def _hang_up(connection: psycopg.Connection[Any]) -> None:
    """End the line under the thread that waits on it; that thread closes it."""
    with socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)
