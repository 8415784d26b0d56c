"""Who asked to open more than one person may alone, and how much was opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Count

from linli.foundation.sql import Asked
from linli.kernel.journal.models import Event
from linli.kernel.vault.choices import Leave, Purpose, Result
from linli.kernel.vault.memory.limits import PARTS
from linli.kernel.vault.models import Allowance, ReadEntry

STOPPED = "reading"  # the kind of the subject of "reading.stop": the reader
OPEN = (Leave.ASKED, Leave.TAKEN)
IN_FORCE = (Leave.GRANTED, Leave.TAKEN, Leave.REVIEWED)
MOST = 50


# A file: a subject, or, for parts of which the file itself was not opened, their task.
File = tuple[str, UUID | str]
Row = tuple[str, UUID, str, str, datetime]
_READ = Asked(
    lambda reader, since: (
        ReadEntry.objects.filter(actor_id=reader, at__gt=since)
        .exclude(purpose=Purpose.OWN)
        .values_list("subject_kind", "subject_id", "task", "result", "at")
    ),
    reader=UUID(int=1),
    since=datetime(2000, 1, 1, tzinfo=UTC),
)


@dataclass(frozen=True, slots=True)
class Opened:
    """How much was opened and refused within a time, in numbers. ``by_post``: the posts that opened most."""

    files: int
    readers: int
    refused: int
    stopped: int
    decided: dict[str, int]
    by_post: list[tuple[UUID, int]]


def opened_files(reader_id: UUID, since: datetime) -> dict[File, datetime]:
    """Return the files that somebody has opened in office since then, each with when it was first."""
    return files_of(_READ.rows(reader=reader_id, since=since))


def files_of(rows: Iterable[Row]) -> dict[File, datetime]:
    """Return the files of these readings. A part is one of its own only where its file was not opened."""
    opened = [row for row in rows if row[3] != Result.REFUSED]
    whole = {task for kind, _id, task, _result, _at in opened if kind not in PARTS}
    firsts: dict[File, datetime] = {}
    for kind, subject_id, task, _result, at in opened:
        is_part = kind in PARTS
        if is_part and task in whole:
            continue
        file: File = ("", task) if is_part else (kind, subject_id)
        firsts[file] = min(at, firsts.get(file, at))
    return firsts


def refused_to(reader_id: UUID, since: datetime) -> set[tuple[str, UUID]]:
    """Return the subjects that were not opened for this reader since then."""
    rows = _READ.rows(reader=reader_id, since=since)
    return {(kind, subject_id) for kind, subject_id, _task, result, _at in rows if result == Result.REFUSED}


def allowances_in_force(reader_id: UUID, purpose: str, now: datetime) -> list[Allowance]:
    """Return what lets this reader open more now, for this purpose."""
    mine = Allowance.objects.filter(reader_id=reader_id, purpose=purpose, state__in=IN_FORCE)
    return list(mine.filter(in_force_at__lte=now, until__gt=now).order_by("until"))


def allowances_of(reader_id: UUID) -> list[Allowance]:
    """Return what somebody asked for, newest first."""
    return list(Allowance.objects.filter(reader_id=reader_id).order_by("-asked_at")[:MOST])


def allowances_open() -> list[Allowance]:
    """Return what waits for somebody's decision, oldest first."""
    return list(Allowance.objects.filter(state__in=OPEN).order_by("asked_at")[:MOST])


def allowance(allowance_id: UUID) -> Allowance | None:
    """Return one wish; who may know of it the caller decides."""
    return Allowance.objects.filter(pk=allowance_id).first()


def was_stopped(reader_id: UUID, since: datetime) -> bool:
    """Has somebody been told since then that this reader was stopped?"""
    stops = Event.objects.filter(subject_kind=STOPPED, subject_id=reader_id)
    return stops.filter(name="reading.stop", at__gt=since).exists()


def opened_between(start: datetime, end: datetime, most: int = 10) -> Opened:
    """Count what was opened in office within [start, end): no values, no names, and nobody's own reading."""
    entries = ReadEntry.objects.filter(at__gte=start, at__lt=end, actor_kind="person").exclude(
        purpose=Purpose.OWN
    )
    shown = entries.exclude(result=Result.REFUSED)
    counted = shown.aggregate(
        files=Count("subject_id", distinct=True), readers=Count("actor_id", distinct=True)
    )
    by_post = (
        shown.filter(post_id__isnull=False)
        .values("post_id")
        .annotate(n=Count("subject_id", distinct=True))
        .order_by("-n", "post_id")
    )
    asked = Allowance.objects.filter(asked_at__gte=start, asked_at__lt=end)
    stops = Event.objects.filter(subject_kind=STOPPED, name="reading.stop", at__gte=start, at__lt=end)
    return Opened(
        files=counted["files"],
        readers=counted["readers"],
        refused=entries.filter(result=Result.REFUSED).count(),
        stopped=stops.count(),
        decided=dict(Counter(asked.values_list("state", flat=True))),
        by_post=[(row["post_id"], row["n"]) for row in by_post[:most]],
    )
