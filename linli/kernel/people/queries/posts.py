"""Which posts somebody holds now, and who holds a desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from linli.kernel.people.models import Post

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class PostRef:
    """A post as rules read it. ``path`` is the ground it covers, "/" is everywhere."""

    id: UUID
    account_id: UUID
    role: str
    desk_id: UUID | None
    desk_kind: str
    organisation_id: UUID | None
    place_id: UUID | None
    path: str
    name: str
    county: str = ""
    zone_id: UUID | None = None


_COLUMNS = (
    "id",
    "account_id",
    "role",
    "desk_id",
    "desk__kind",
    "organisation_id",
    "place_id",
    "path",
    "title",
    "county",
    "zone_id",
)


def shanghai_day(now: datetime) -> date:
    """Return the Shanghai calendar day that ``now`` falls on."""
    return now.astimezone(SHANGHAI).date()


def in_force(now: datetime) -> Q:
    """Return the condition that a post gives rights at ``now``."""
    today = shanghai_day(now)
    return (
        Q(starts_on__lte=today, account__is_active=True)
        & (Q(needs_confirming=False) | Q(confirmed_at__isnull=False))
        & (Q(ends_on__isnull=True) | Q(ends_on__gte=today))
        & (Q(ends_at__isnull=True) | Q(ends_at__gt=now))
    )


def posts_of(account_id: UUID, now: datetime) -> tuple[PostRef, ...]:
    """Return the posts in force of one account, oldest first: one query."""
    rows = Post.objects.filter(in_force(now), account_id=account_id).order_by("id")
    return tuple(_ref(row) for row in rows.values_list(*_COLUMNS))


def holders(desk_id: UUID, now: datetime) -> tuple[PostRef, ...]:
    """Return the posts in force at one desk: one query."""
    rows = Post.objects.filter(in_force(now), desk_id=desk_id).order_by("id")
    return tuple(_ref(row) for row in rows.values_list(*_COLUMNS))


def _ref(row: tuple) -> PostRef:
    id_, account_id, role, desk_id, desk_kind, *rest = row
    return PostRef(id_, account_id, role, desk_id, desk_kind or "", *rest)
