"""Letting consumers read on. What a consumer writes and how far it has read are one transaction."""

from __future__ import annotations

import traceback
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction
from django.utils import timezone

from linli.kernel.journal.models import Cursor
from linli.kernel.journal.queries import Positioned, last_position, since
from linli.kernel.journal.registry import CONSUMERS, Consumer

BATCH = 500
PATIENCE = 5  # failed attempts at one event before the consumer counts as stuck
LONGEST_PAUSE = timedelta(minutes=5)

log = structlog.get_logger(__name__)


def consume(name: str, *, now: datetime | None = None) -> int:
    """Hand the consumer its next batch; return how many events it has read past.

    When ``handle`` raises, nothing of the batch stays. From then on the consumer is
    given one event at a time, so that those before the bad one get through; at the
    bad one it stops, tries again ever more slowly and, after ``PATIENCE`` attempts,
    is stuck: never skipped, shown by ``queries.health``. The error is raised again.
    """
    consumer, now = CONSUMERS[name], now or timezone.now()
    cursor = Cursor.objects.filter(name=name).first()
    if cursor and (cursor.position >= last_position() or _pauses(cursor, now)):
        return 0
    batch: list[Positioned] = []
    try:
        with transaction.atomic():
            cursor = _locked(name, is_new=cursor is None)
            if cursor is None:
                return 0  # another worker is at it
            batch = since(cursor.position, 1 if cursor.position < cursor.careful_until else BATCH)
            _handle(consumer, cursor, batch)
            return len(batch)
    except Exception as error:
        if batch:
            _note_failure(name, batch, error, now)
        raise


def _pauses(cursor: Cursor, now: datetime) -> bool:
    """Is it to be tried later? What lies farther off than any pause was put off under a clock that was ahead."""
    return cursor.retry_at is not None and now < cursor.retry_at <= now + LONGEST_PAUSE


def _locked(name: str, *, is_new: bool) -> Cursor | None:
    if is_new:
        Cursor.objects.bulk_create([Cursor(name=name)], ignore_conflicts=True)
    locked = Cursor.objects.select_for_update(skip_locked=connection.vendor == "postgresql")
    return locked.filter(name=name).first()


def _handle(consumer: Consumer, cursor: Cursor, batch: list[Positioned]) -> None:
    if not batch:
        return
    wanted = [item for item in batch if consumer.wants(item.event.name)]
    if wanted:
        consumer.handle(wanted)
    cursor.position = batch[-1].position
    cursor.failures, cursor.retry_at, cursor.stuck_since, cursor.error = 0, None, None, ""
    cursor.save()


def _note_failure(name: str, batch: list[Positioned], error: Exception, now: datetime) -> None:
    """Write down that it failed and where; the error's own words may hold personal data."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    with transaction.atomic():
        cursor = Cursor.objects.select_for_update().filter(name=name).first() or Cursor(name=name)
        if cursor.position >= batch[0].position:
            return  # another worker has got past it since
        cursor.careful_until = max(cursor.careful_until, batch[-1].position)
        if len(batch) == 1:
            cursor.failures += 1
            cursor.retry_at = now + min(timedelta(seconds=2**cursor.failures), LONGEST_PAUSE)
            if cursor.failures >= PATIENCE:
                cursor.stuck_since = cursor.stuck_since or now
        cursor.error = f"{type(error).__name__} {where.name}:{where.lineno} @{batch[0].position}"[:200]
        cursor.save()
    log.error("consumer_failed", consumer=name, position=batch[0].position, error=type(error).__name__)
