"""The part of people in ``linli verify``: every right stands on an appointment in the journal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from linli.kernel.journal.models import Event
from linli.kernel.journal.verify import Finding, Report
from linli.kernel.people.models import Desk, Post
from linli.kernel.people.services.appointments import facts_of

CHUNK = 500
NEVER_GIVEN = _("一个岗位没有任命记录，或者和任命时的记录对不上。")
NEVER_CONFIRMED = _("一个岗位标着已确认，但没有确认记录。")
REVIVED = _("一个岗位的免去记录还在，岗位却又生效了。")
ASTRAY = _("岗台或岗位的辖区和它所在的地方对不上。")


def posts(report: Report) -> Iterator[Finding]:
    """Compare each post with what the journal says of it."""
    after: UUID | None = None
    while batch := _after(after):
        report.count("posts", len(batch))
        events: dict[UUID, dict[str, Event]] = defaultdict(dict)
        ids = [post.id for post in batch]
        for event in Event.objects.filter(subject_kind="post", subject_id__in=ids).order_by("version"):
            events[event.subject_id][event.name] = event
        for post in batch:
            yield from _compare(post, events[post.id])
        after = batch[-1].id
    yield from _astray()


def _compare(post: Post, events: dict[str, Event]) -> Iterator[Finding]:
    given, confirmed = events.get("post.appoint"), events.get("post.confirm")
    if given is None or given.data != facts_of(post):
        yield Finding("people.posts", NEVER_GIVEN, str(post.id))
    if post.confirmed_at and (confirmed is None or confirmed.by_id != post.confirmed_by):
        yield Finding("people.posts", NEVER_CONFIRMED, str(post.id))
    if post.ends_at is None and "post.end" in events:
        yield Finding("people.posts", REVIVED, str(post.id))


def _astray() -> Iterator[Finding]:
    for model in (Desk, Post):
        for row in model.objects.filter(place__isnull=False).exclude(path=F("place__path"))[:10]:
            yield Finding("people.posts", ASTRAY, str(row.id))


def _after(last: UUID | None) -> list[Post]:
    rows = Post.objects.order_by("id")
    return list((rows.filter(id__gt=last) if last else rows)[:CHUNK])
