"""Giving committed rows their gapless positions, never passing an open transaction.

SQLite has one writer, so the order of ids is the order of commits. On PostgreSQL a row
may become visible long after rows with higher ids. Each row carries the number of its
transaction; those below the oldest one still running are complete, and among them ids
give the order. An event waits for the events before it of the same subject.

A database restored into another cluster brings transaction numbers that mean nothing
there. The cluster's identity is kept beside the horizon: when it differs, all that is
visible counts as committed, and one search for rows without position replaces the horizon.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from linli.kernel.journal.models import Event, Sequencer
from linli.kernel.journal.registry import STREAMS, Stream

BATCH = 2000


class Clock(NamedTuple):
    """The cluster's identity, its oldest running transaction, and ours if it has a number."""

    cluster: str
    oldest: int
    own: int


def sequence(now: datetime) -> int:
    """Give positions to what has been committed; return how many. One process at a time."""
    return sum(_sequence(stream) for stream in list(STREAMS.values()))


def _sequence(stream: Stream) -> int:
    known = Sequencer.objects.filter(stream=stream.name).first()
    row = known or Sequencer(stream=stream.name)
    if connection.vendor == "sqlite" and not stream.source.objects.filter(id__gt=row.horizon).exists():
        return 0  # nothing new, and no write lock taken to learn it
    with transaction.atomic():
        if known is None:
            Sequencer.objects.bulk_create([Sequencer(stream=stream.name)], ignore_conflicts=True)
        locked = Sequencer.objects.select_for_update(skip_locked=connection.vendor == "postgresql")
        held = locked.filter(stream=stream.name).first()
        if held is None:
            return 0  # another process holds the lease
        take = _take_by_transaction if connection.vendor == "postgresql" else _take_by_id
        return take(stream, held)


def _take_by_id(stream: Stream, row: Sequencer) -> int:
    fresh = list(
        stream.source.objects.filter(id__gt=row.horizon).order_by("id").values_list("id", flat=True)[:BATCH]
    )
    if fresh:
        row.horizon = fresh[-1]
        _give(stream, row, fresh)
    return len(fresh)


def _take_by_transaction(stream: Stream, row: Sequencer) -> int:
    clock = _clock()
    is_first = not row.cluster and not row.position
    foreign = row.horizon > clock.oldest or (row.cluster != clock.cluster and not is_first)
    complete = stream.source.objects.all() if foreign else _complete(stream, row.horizon, clock)
    waiting = complete.filter(_without_position(stream))
    ready = waiting if foreign else waiting.filter(~_waits_for_another(stream, clock))
    fresh = list(ready.order_by("id").values_list("id", flat=True)[:BATCH])
    if not fresh and not foreign:
        return 0
    _give(stream, row, fresh)
    if len(fresh) < BATCH:
        left = None if foreign else waiting.aggregate(first=Min("txid"))["first"]
        row.horizon = min(left or clock.oldest, clock.oldest)
        row.cluster = clock.cluster
        row.save(update_fields=["horizon", "cluster"])
    return len(fresh)


def _clock() -> Clock:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT system_identifier::text, pg_snapshot_xmin(pg_current_snapshot())::text::bigint, "
            "coalesce(pg_current_xact_id_if_assigned()::text::bigint, 0) FROM pg_control_system()"
        )
        return Clock(*cursor.fetchone())


def _complete(stream: Stream, horizon: int, clock: Clock) -> QuerySet[Any]:
    """Rows of ended transactions, and our own: what we see of it is written with their positions."""
    return stream.source.objects.filter(Q(txid__gte=horizon, txid__lt=clock.oldest) | Q(txid=clock.own))


def _without_position(stream: Stream) -> Any:
    return ~Exists(stream.position.objects.filter(**{stream.link: OuterRef("pk")}))


def _waits_for_another(stream: Stream, clock: Clock) -> Any:
    """An earlier event of the same subject whose transaction counts as running: two locks met crosswise."""
    if stream.source is not Event:
        return Q(pk__in=[])
    earlier = Event.objects.filter(
        subject_id=OuterRef("subject_id"),
        version__lt=OuterRef("version"),
        subject_kind=OuterRef("subject_kind"),
        txid__gte=clock.oldest,
    ).exclude(txid=clock.own)
    return Exists(earlier.filter(_without_position(stream)))


def _give(stream: Stream, row: Sequencer, ids: Iterable[int]) -> None:
    first = row.position + 1
    link = f"{stream.link}_id"
    given = [stream.position(position=first + i, **{link: pk}) for i, pk in enumerate(ids)]
    stream.position.objects.bulk_create(given)
    row.position += len(given)
    row.save(update_fields=["position", "horizon"])
