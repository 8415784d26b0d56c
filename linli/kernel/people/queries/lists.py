"""The list of posts on the ground where somebody appoints, in pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from linli.foundation.paths import under
from linli.kernel.people.choices import CONFIRM_GRANT
from linli.kernel.people.models import Desk, Post
from linli.kernel.people.queries.posts import coming_and_in_force, in_force
from linli.kernel.people.queries.viewer import Viewer
from linli.kernel.rulebook.choices import Capability

PAGE = 50


@dataclass(frozen=True, slots=True)
class PostPage:
    """``after`` is the id to go on from, None on the last page."""

    posts: list[Post]
    after: UUID | None


def posts_under(viewer: Viewer, now: datetime, *, after: UUID | None = None, limit: int = PAGE) -> PostPage:
    """Return the posts not ended on ground where the viewer appoints, newest first: one query.

    Also those that only wait for the viewer's confirmation, wherever they are.
    """
    found = Post.objects.filter(_visible(viewer), coming_and_in_force(now)).select_related("account", "desk")
    if after:
        found = found.filter(id__lt=after)
    rows = list(found.order_by("-id")[: limit + 1])
    return PostPage(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


def post_under(viewer: Viewer, now: datetime, post_id: UUID) -> Post | None:
    """Return one post of :func:`posts_under`, or None if it is not among them."""
    found = Post.objects.filter(_visible(viewer), coming_and_in_force(now), id=post_id)
    return found.select_related("account", "desk").first()


def desks_under(viewer: Viewer) -> QuerySet[Desk]:
    """Return the open desks on ground where the viewer appoints."""
    grounds = viewer.grounds(Capability.APPOINT)
    return Desk.objects.filter(_on(grounds), closed_at__isnull=True).order_by("path", "name")


def vacant_desks(now: datetime) -> QuerySet[Desk]:
    """Return the open desks at which nobody holds a post in force: no post, an ended one, or one to come."""
    sitting = Post.objects.filter(in_force(now), desk=OuterRef("pk"))
    return Desk.objects.filter(~Exists(sitting), closed_at__isnull=True).order_by("path", "name")


def vacant_under(viewer: Viewer, now: datetime, *, limit: int = PAGE) -> list[Desk]:
    """Return those of them on ground where the viewer appoints, at most ``limit``: one query."""
    return list(vacant_desks(now).filter(_on(viewer.grounds(Capability.APPOINT)))[:limit])


def _visible(viewer: Viewer) -> Q:
    seen = _on(viewer.grounds(Capability.APPOINT))
    for ground in viewer.grounds(CONFIRM_GRANT):
        seen |= under(ground) & Q(needs_confirming=True, confirmed_at__isnull=True)
    return seen


def _on(grounds: tuple[str, ...]) -> Q:
    return reduce(or_, (under(ground) for ground in grounds), Q(id__in=()))
