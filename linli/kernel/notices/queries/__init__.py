"""Inboxes, what did not arrive, how a notice reads, when it may go."""

from __future__ import annotations

from linli.kernel.notices.queries.inboxes import (
    PAGE,
    dead_letters,
    inbox,
    inbox_of,
    inbox_rows,
    told_already,
    unread,
)
from linli.kernel.notices.queries.outgoing import quiet_until, wording
from linli.kernel.notices.queries.reading import Reading, reading

__all__ = [
    "PAGE",
    "Reading",
    "dead_letters",
    "inbox",
    "inbox_of",
    "inbox_rows",
    "quiet_until",
    "reading",
    "told_already",
    "unread",
    "wording",
]
