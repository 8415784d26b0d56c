"""Who is looking: the actor of a request with the posts in force and the one acted from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from linli.foundation.paths import contains
from linli.foundation.rules import ANYONE, Actor, Moment
from linli.kernel.people.models import Account
from linli.kernel.people.queries.posts import PostRef, posts_of
from linli.kernel.rulebook.choices import Capability


@dataclass(frozen=True, slots=True)
class Viewer:
    """``post`` is the one chosen in the header; rights come from all ``posts``.

    ``bearer`` is the viewer with posts who holds the tracking code that ``actor`` is.
    """

    actor: Actor
    posts: tuple[PostRef, ...] = ()
    post: PostRef | None = None
    account: Account | None = None
    bearer: Viewer | None = None

    @property
    def desk_ids(self) -> frozenset[UUID]:
        return frozenset(post.desk_id for post in self.posts if post.desk_id)

    def holds(self, desk_id: UUID | None) -> bool:
        """Do I sit at this desk?"""
        return desk_id is not None and desk_id in self.desk_ids

    def can(self, capability: str) -> bool:
        return any(capability in post.may for post in self.posts)

    def supervises(self, path: str) -> bool:
        """Does this lie on ground where a post of mine supervises?"""
        return any(Capability.SUPERVISE in post.may and contains(post.path, path) for post in self.posts)

    def grounds(self, capability: str) -> tuple[str, ...]:
        """Return the paths at which I have a capability."""
        return tuple(post.path for post in self.posts if capability in post.may)

    def moment(self, subject: Any, now: datetime, profile: Any = None) -> Moment:
        return Moment(self.actor, subject, now, self.posts, self.post, profile, self.bearer)


NOBODY_LOOKING = Viewer(ANYONE)


def viewer_of(account: Account, now: datetime, chosen: UUID | None = None) -> Viewer:
    """Return the viewer of a signed-in account: one query.

    ``chosen`` is the post to act from; the first one in force if that has ended.
    """
    posts = posts_of(account.id, now)
    post = next((post for post in posts if post.id == chosen), posts[0] if posts else None)
    return Viewer(Actor("person", account.id), posts, post, account)


def with_code(request: HttpRequest, case_id: UUID) -> Viewer:
    """Return who looks with a tracking code: nobody but its bearer, who is remembered if they hold posts."""
    signed_in: Viewer | None = getattr(request, "viewer", None)
    return Viewer(Actor("code", case_id), bearer=signed_in if signed_in and signed_in.posts else None)


def looking(request: HttpRequest) -> Viewer:
    """Return who is looking: what the viewer middleware has set on the request."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]  # the middleware's
    return viewer
