"""The inbox, and what did not arrive."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from django.db.models import Q, QuerySet

from linli.foundation.sql import Asked
from linli.kernel.notices.choices import Channel, State
from linli.kernel.notices.models import Notice

PAGE = 30
MOST_UNREAD = 99  # nobody reads a longer count


def inbox_rows(recipients: Collection[tuple[str, UUID]]) -> Q:
    """The condition for the inbox of one person: their own, and that of each desk they hold."""
    mine = Q(pk__in=[])
    for to_kind, to_id in recipients:
        mine |= Q(to_kind=to_kind, to_id=to_id)
    return Q(channel=Channel.INBOX) & mine


def inbox_of(to_kind: str, to_id: UUID, after: UUID | None = None, limit: int = PAGE) -> list[Notice]:
    """Return the newest notices to one recipient, continuing below ``after``."""
    return inbox([(to_kind, to_id)], after, limit)


def inbox(
    recipients: Collection[tuple[str, UUID]], after: UUID | None = None, limit: int = PAGE
) -> list[Notice]:
    """Return the newest notices to any of the recipients. Ids are UUIDv7, so they sort by time."""
    return _page(Notice.objects.filter(inbox_rows(recipients)), after, limit)


def unread(recipients: Collection[tuple[str, UUID]]) -> int:
    """Count unread notices, at most 99. One query for each kind of recipient."""
    kinds: dict[str, list[UUID]] = defaultdict(list)
    for to_kind, to_id in recipients:
        kinds[to_kind].append(to_id)
    return min(MOST_UNREAD, sum(len(_UNREAD.rows(kind=kind, ids=ids)) for kind, ids in kinds.items()))


_UNREAD = Asked(
    lambda kind, ids: Notice.objects.filter(
        channel=Channel.INBOX, to_kind=kind, to_id__in=ids, read_at=None
    ).values_list("id")[:MOST_UNREAD],
    kind="an example",
    ids=[UUID(int=1)],
)


def told_already(template: str, dedupe_key: str) -> set[UUID]:
    """Return who has this notice."""
    return set(
        Notice.objects.filter(template=template, dedupe_key=dedupe_key).values_list("to_id", flat=True)
    )


def dead_letters(county: str | None = None, after: UUID | None = None, limit: int = PAGE) -> list[Notice]:
    """Return what could not be delivered, in one county ("" for none) or anywhere, newest first."""
    dead = Notice.objects.filter(state=State.DEAD)
    return _page(dead if county is None else dead.filter(county=county), after, limit)


def _page(rows: QuerySet[Notice], after: UUID | None, limit: int) -> list[Notice]:
    if after is not None:
        rows = rows.filter(id__lt=after)
    return list(rows.order_by("-id")[:limit])
