"""Mark notices as read."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from linli.kernel.notices import queries
from linli.kernel.notices.models import Notice


def mark_read(
    *, recipients: Collection[tuple[str, UUID]], now: datetime, ids: Collection[UUID] | None = None
) -> int:
    """Mark unread inbox notices of these recipients, or those of them in ``ids``; return how many."""
    unread = Notice.objects.filter(queries.inbox_rows(recipients), read_at=None)
    if ids is not None:
        unread = unread.filter(id__in=ids)
    return unread.update(read_at=now)
