"""Which posts somebody holds now, and who holds a desk."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from linli.foundation.paths import ROOT, ancestors
from linli.foundation.sql import Asked
from linli.foundation.worktime import SHANGHAI
from linli.kernel.people.models import Post
from linli.kernel.people.queries.roles import NO_RIGHTS, may


@dataclass(frozen=True, slots=True)
class PostRef:
    """A post as rules read it. ``path`` is the ground it covers, "/" is everywhere.

    ``may`` are the capabilities its role gives at that ground today.
    """

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
    may: frozenset[str] = NO_RIGHTS


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
    return _in_force(shanghai_day(now), now)


def _in_force(today: date, now: datetime) -> Q:
    return (
        Q(starts_on__lte=today, account__is_active=True)
        & (Q(needs_confirming=False) | Q(confirmed_at__isnull=False))
        & _not_ended(today, now)
    )


def coming_and_in_force(now: datetime) -> Q:
    """Return the condition that a post has not ended: in force, waiting, or still to begin."""
    return _not_ended(shanghai_day(now), now)


def _not_ended(today: date, now: datetime) -> Q:
    return (Q(ends_on__isnull=True) | Q(ends_on__gte=today)) & (Q(ends_at__isnull=True) | Q(ends_at__gt=now))


_OF_ACCOUNT = Asked(
    lambda account_id, today, now: (
        Post.objects.filter(_in_force(today, now), account_id=account_id)
        .order_by("id")
        .values_list(*_COLUMNS)
    ),
    account_id=UUID(int=1),
    today=date(2000, 1, 1),
    now=datetime(2000, 1, 2, tzinfo=UTC),
)


def posts_of(account_id: UUID, now: datetime) -> tuple[PostRef, ...]:
    """Return the posts in force of one account, oldest first: one query."""
    today = shanghai_day(now)
    return tuple(_ref(row, today) for row in _OF_ACCOUNT.rows(account_id=account_id, today=today, now=now))


def holders(desk_id: UUID, now: datetime) -> tuple[PostRef, ...]:
    """Return the posts in force at one desk: one query."""
    rows = Post.objects.filter(in_force(now), desk_id=desk_id).order_by("id")
    return _refs(rows, now)


def holders_of_role(role_code: str, now: datetime) -> tuple[PostRef, ...]:
    """Return the posts of a role in force, wherever they are: one query."""
    return _refs(Post.objects.filter(in_force(now), role=role_code).order_by("id"), now)


def overseers(post_id: UUID, wanted: Collection[str], now: datetime) -> tuple[PostRef, ...]:
    """Return the posts in force that may do one of these on the ground of a post: two queries."""
    path = Post.objects.filter(pk=post_id).values_list("path", flat=True).first()
    if path is None:
        return ()
    above = Post.objects.filter(in_force(now), path__in=[ROOT, *ancestors(path)]).exclude(pk=post_id)
    return tuple(post for post in _refs(above.order_by("id"), now) if post.may & set(wanted))


def titles_of(post_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return what posts are called, ended ones too; persons are not named."""
    return dict(Post.objects.filter(pk__in=post_ids).values_list("pk", "title"))


def titles_by_account(account_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return what the latest post of each account is called; persons are not named. One query."""
    rows = Post.objects.filter(account_id__in=account_ids).order_by("starts_on", "id")
    return dict(rows.values_list("account_id", "title"))


def _refs(rows: QuerySet[Post], now: datetime) -> tuple[PostRef, ...]:
    day = shanghai_day(now)
    return tuple(_ref(row, day) for row in rows.values_list(*_COLUMNS))


def _ref(row: tuple[Any, ...], day: date) -> PostRef:
    post = PostRef(*row)
    rights = may(post.role, on=day, path=post.path)
    return replace(post, desk_kind=post.desk_kind or "", may=rights)
