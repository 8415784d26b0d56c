"""How many files one person opens alone: slowed first, then stopped until another person has agreed.

A file is a subject; what belongs to one (the notes of a case) is counted with it, by the
task it is read for. What somebody reads as their own, and what the clock sends, is not limited.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from linli.foundation import sql
from linli.foundation.errors import Busy, NotAllowed
from linli.foundation.rules import Actor
from linli.kernel.journal import services as journal
from linli.kernel.vault import queries
from linli.kernel.vault.choices import Purpose, Result
from linli.kernel.vault.memory import limits as memory
from linli.kernel.vault.models import ReadEntry

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


class Stopped(NotAllowed):
    """More than one person opens alone; ``opened`` and ``limit`` are files within the hour."""

    def __init__(self, opened: int, limit: int) -> None:
        said = _("一小时内您已经打开了 %(opened)d 份材料。再看别的，要先由另一个人批准。")
        super().__init__(said % {"opened": opened})
        self.opened, self.limit = opened, limit


class TooFast(Busy):
    """Files are opened faster than anybody reads; ``retry_after`` is in seconds."""

    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__(_("材料打开得太快了，请过一会儿再看。"), retry_after=retry_after)


def is_limited(actor: Actor, purpose: str) -> bool:
    return actor.kind == "person" and purpose != Purpose.OWN


def check(entries: list[ReadEntry], written: Iterable[tuple[str, UUID]], county: str) -> None:
    """Raise :class:`TooFast` or :class:`Stopped` if these readings open more files than they may.

    ``written`` are the subjects that stand in the log of the last minutes: who looks again opens
    nothing new, and nothing is asked. Otherwise the reader's hour is counted under a lock, so
    that two requests at once do not open more than one after the other would.
    """
    known = set(written)
    files = [(entry.subject_kind, entry.subject_id) for entry in entries if not _is_part(entry)]
    if files and known.issuperset(files):
        return
    reader, at = entries[0].actor_id, entries[0].at
    one_at_a_time(reader)
    firsts = queries.opened_files(reader, at - HOUR)
    asked = [(entry.subject_kind, entry.subject_id, entry.task, "", entry.at) for entry in entries]
    new = queries.files_of(asked).keys() - firsts.keys()
    if not new:
        return
    limits = memory.limits(county, at)
    _refuse_haste(firsts, len(new), at, limits)
    if len(firsts) + len(new) > limits.an_hour and not _is_let(entries[0], len(new)):
        raise Stopped(len(firsts), limits.an_hour)


def note(entries: list[ReadEntry], stop: Stopped | TooFast) -> None:
    """Write down what was not opened; the first stop of an hour is an event, so that somebody is told."""
    reader, at = entries[0].actor_id, entries[0].at
    with transaction.atomic():
        one_at_a_time(reader)
        known = queries.refused_to(reader, at - HOUR)
        fresh = [entry for entry in entries if (entry.subject_kind, entry.subject_id) not in known]
        for entry in fresh:
            entry.result = Result.REFUSED
            entry.digest = queries.digest_of_read(entry)
        if fresh:
            sql.insert(*fresh)
        if isinstance(stop, Stopped) and not queries.was_stopped(reader, at - HOUR):
            journal.record(
                subject_kind=queries.STOPPED, subject_id=reader, county=entries[0].county, name="reading.stop",
                actor=Actor("person", reader), post_id=entries[0].post_id, at=at,
                data={"opened": stop.opened, "limit": stop.limit},
            )  # fmt: skip


def _refuse_haste(
    firsts: Mapping[queries.File, datetime], new: int, at: datetime, limits: memory.Limits
) -> None:
    recent = sorted(first for first in firsts.values() if first > at - MINUTE)
    over = len(recent) + new - limits.a_minute
    if over > 0 and recent:
        free = recent[min(over, len(recent)) - 1] + MINUTE
        raise TooFast(max(1, round((free - at).total_seconds())))


def _is_let(entry: ReadEntry, new: int) -> bool:
    """Has another person agreed, for this purpose, and is there enough left of it?"""
    for allowance in queries.allowances_in_force(entry.actor_id, entry.purpose, entry.at):
        since = (allowance.in_force_at or entry.at) - timedelta(microseconds=1)
        if len(queries.opened_files(entry.actor_id, since)) + new <= allowance.number:
            return True
    return False


def _is_part(entry: ReadEntry) -> bool:
    return entry.subject_kind in memory.PARTS


def one_at_a_time(reader: UUID) -> None:
    """Let one transaction of a reader at a time count and write. SQLite has one writer anyway."""
    if connection.vendor != "postgresql":
        return
    key = hashlib.blake2b(b"reader:" + reader.bytes, digest_size=8).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(key, "big", signed=True)])
