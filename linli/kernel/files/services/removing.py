"""Delete pictures, and clear away what nobody claimed.

Deleting is two steps, so that a transaction that fails loses nothing: first the row
becomes a tombstone without a subject, then the sweep removes the bytes and the row.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from linli.kernel.files.choices import State
from linli.kernel.files.models import Attachment
from linli.kernel.files.services import store
from linli.kernel.files.services.erasing import remove_erased

# A form may stay open overnight before it is sent.
LOOSE_FOR = timedelta(hours=24)
# Longer than any request lives between writing the file and committing the row.
UNKNOWN_FOR = timedelta(hours=1)
BATCH = 200


@transaction.atomic
def delete_for(*, subject_kind: str, subject_ids: Collection[UUID]) -> int:
    """Delete all pictures of these subjects and return how many. They are not served from now on."""
    mine = Attachment.objects.filter(subject_kind=subject_kind, subject_id__in=subject_ids)
    return _bury(mine.exclude(state=State.GONE))


def sweep(now: datetime) -> int:
    """Remove deleted pictures, pictures nobody linked, and files without a row; return how many."""
    with store.removing() as may:
        return _sweep(now) if may else 0


def _sweep(now: datetime) -> int:
    loose = Attachment.objects.filter(subject_id=None, made_at__lt=now - LOOSE_FOR).exclude(state=State.GONE)
    _bury(loose)
    return _remove_gone(now) + remove_erased(now) + _remove_unknown(now)


def _bury(attachments: QuerySet[Attachment]) -> int:
    return attachments.update(
        state=State.GONE, subject_kind="", subject_id=None, ordinal=None, outputs={}, county="", part=""
    )


def _remove_gone(now: datetime) -> int:
    """Bytes first, row last. A row that a worker still holds waits, because it may be writing."""
    idle = Q(leased_until=None) | Q(leased_until__lt=now)
    ids = list(
        Attachment.objects.filter(idle, state=State.GONE).order_by("id").values_list("id", flat=True)[:BATCH]
    )
    for id in ids:
        store.storage().delete(store.quarantined(id))
        store.delete_served(id)
    Attachment.objects.filter(id__in=ids).delete()
    return len(ids)


def _remove_unknown(now: datetime) -> int:
    """Remove from the quarantine what no quarantined row stands for: half-finished or already served."""
    old = _old_names(now)
    ids = {}
    for name in old:
        with contextlib.suppress(ValueError):  # the partial file of an interrupted write has another name
            ids[name] = UUID(name)
    waiting = Attachment.objects.filter(id__in=ids.values(), state=State.QUARANTINED, same_as=None)
    wanted = set(waiting.values_list("id", flat=True))
    unknown = [name for name in old if ids.get(name) not in wanted]
    for name in unknown:
        store.storage().delete(f"{store.QUARANTINE}/{name}")
    return len(unknown)


def _old_names(now: datetime) -> list[str]:
    try:
        names = store.storage().listdir(store.QUARANTINE)[1]
    except FileNotFoundError:
        return []
    old = []
    for name in sorted(names):
        with contextlib.suppress(FileNotFoundError):  # a worker finished it just now
            if store.storage().get_modified_time(f"{store.QUARANTINE}/{name}") < now - UNKNOWN_FOR:
                old.append(name)
    return old[:BATCH]
