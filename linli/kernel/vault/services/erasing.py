"""Erasing: the value is emptied, then its key is destroyed, so that backups are unreadable too.

The two live in two databases. The value goes first, in the caller's transaction, and keeps
the id of its key; the key goes when that has been committed, and if the process dies in
between, the job ``vault.finish_erasing`` does it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connections, transaction
from django.db.models import QuerySet
from django.utils import timezone

from linli.kernel.vault.memory import keys
from linli.kernel.vault.models import DataKey, Record

BATCH = 500
KEYLESS = 5000
# Longer than a block of keys lives and than backups are kept: nobody can still need an unused key.
UNUSED_FOR = timedelta(days=40)
SWEPT_FOR = timedelta(days=7)


def erase(
    *, subject_kind: str, subject_id: UUID, codes: Sequence[str] | None = None, now: datetime | None = None
) -> int:
    """Erase the values of a subject (or only ``codes``); return how many."""
    rows = Record.objects.filter(subject_kind=subject_kind, subject_id=subject_id)
    return empty(rows if codes is None else rows.filter(code__in=codes), now or timezone.now())


def erase_person(person_id: UUID, *, now: datetime | None = None) -> int:
    """Erase everything that is held about a person; return how many values."""
    return empty(Record.objects.filter(person_id=person_id), now or timezone.now())


def erase_due(now: datetime) -> int:
    """Erase all that has reached the end of its retention, batch by batch; return how many values.

    Each batch is committed by itself: a process that dies leaves what it had not reached,
    and the next run takes it up. What is restricted waits for the end of its need.
    """
    due = Record.objects.filter(keep_until__lte=now, erased_at=None).exclude(restricted_until__gt=now)
    erased = 0
    while ids := list(due.order_by("keep_until").values_list("id", flat=True)[:BATCH]):
        erased += empty(Record.objects.filter(id__in=ids), now)
    return erased


def finish_erasing() -> int:
    """Destroy the keys of values that have been emptied; return how many."""
    rows = list(
        Record.objects.filter(erased_at__isnull=False, key_id__isnull=False).values_list("id", "key_id")[
            :BATCH
        ]
    )
    if not rows:
        return 0
    DataKey.objects.using(keys.STORE).filter(id__in=[key_id for _pk, key_id in rows]).delete()
    Record.objects.filter(id__in=[pk for pk, _key in rows], erased_at__isnull=False).update(key_id=None)
    _checkpoint()
    return len(rows)


def erase_keyless(now: datetime) -> int:
    """Empty what lost its key after this copy of the data was made; return how many values.

    For a restored copy alone: a person was erased between the backup of the data and that of
    the keys, and stays erased.
    """
    emptied, after = 0, 0
    rows = Record.objects.filter(erased_at=None).order_by("id").values_list("id", "key_id")
    while batch := list(rows.filter(id__gt=after)[:KEYLESS]):
        ids = [key_id for _pk, key_id in batch if key_id]
        there = set(DataKey.objects.using(keys.STORE).filter(id__in=ids).values_list("id", flat=True))
        gone = [pk for pk, key_id in batch if key_id not in there]
        emptied += empty(Record.objects.filter(id__in=gone), now) if gone else 0
        after = batch[-1][0]
    return emptied


def sweep(now: datetime) -> int:
    """Destroy the keys that dead processes have left over. Each key is looked at in one week of its life."""
    until = now - UNUSED_FOR
    old = DataKey.objects.using(keys.STORE).filter(minted_at__range=(until - SWEPT_FOR, until)).order_by("id")
    destroyed, after = 0, None
    while ids := list((old.filter(id__gt=after) if after else old).values_list("id", flat=True)[:BATCH]):
        used = set(Record.objects.filter(key_id__in=ids).values_list("key_id", flat=True))
        gone = [key_id for key_id in ids if key_id not in used]
        destroyed += DataKey.objects.using(keys.STORE).filter(id__in=gone).delete()[0]
        after = ids[-1]
    return destroyed


def empty(rows: QuerySet[Record], now: datetime) -> int:
    """Empty these values, in the caller's transaction if there is one; their keys go when it is committed."""
    with transaction.atomic():
        emptied = rows.filter(erased_at=None).update(cipher=b"", lookup=None, keep_until=None, erased_at=now)
        if emptied:
            transaction.on_commit(_finish)
    return emptied


def _finish() -> None:
    while finish_erasing() == BATCH:
        continue


def _checkpoint() -> None:
    """SQLite keeps old pages in its write-ahead log until it is folded in; fold it in now."""
    for alias in ("default", keys.STORE):
        connection = connections[alias]
        if connection.vendor == "sqlite" and not connection.in_atomic_block:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
