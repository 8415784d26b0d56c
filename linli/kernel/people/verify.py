"""The part of people in ``linli verify``: every right stands on an appointment in the journal, every desk on its opening."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext_lazy as _

from linli.foundation.paths import ROOT
from linli.foundation.worktime import SHANGHAI
from linli.kernel.journal.models import Event
from linli.kernel.journal.verify import Finding, Report
from linli.kernel.people.models import Desk, Organisation, Post
from linli.kernel.people.services.appointments import facts_of
from linli.kernel.people.services.desks import facts_of_body

CHUNK = 500
POSTS, DESKS = "people.posts", "people.desks"
NEVER_GIVEN = _("一个岗位没有任命记录，或者和任命时的记录对不上。")
NEVER_CONFIRMED = _("一个岗位标着已确认，但没有确认记录。")
UNCONFIRMED = _("一个岗位的确认记录还在，岗位却成了没有确认。")
REVIVED = _("一个岗位的免去记录还在，岗位却又生效了。")
ENDED_OTHERWISE = _("一个岗位的结束时间和记录对不上。")
ASTRAY = _("岗台或岗位的辖区和它所在的地方对不上。")
NEVER_OPENED = _("一个岗台或组织没有设立记录，或者和设立时的记录对不上。")
CLOSED_OTHERWISE = _("一个岗台的撤销时间和记录对不上。")
GONE = _("有设立或任命的记录，对应的岗位、岗台或组织却不见了。")

Told = dict[UUID, dict[str, Event]]


def posts(report: Report) -> Iterator[Finding]:
    """Compare each post with what the journal says of it."""
    after: UUID | None = None
    while batch := _after(after):
        report.count("posts", len(batch))
        events = _told("post", (post.id for post in batch))
        for post in batch:
            yield from _compare(post, events[post.id])
        after = batch[-1].id
    yield from _gone("post", Post, POSTS)
    yield from _astray()


def desks(report: Report) -> Iterator[Finding]:
    """Compare each organisation and each desk with its opening in the journal."""
    yield from _bodies("organisation", "organisation.add", list(Organisation.objects.order_by("id")), report)
    yield from _bodies("desk", "desk.open", list(Desk.objects.order_by("id")), report)
    yield from _gone("organisation", Organisation, DESKS)
    yield from _gone("desk", Desk, DESKS)


def _bodies(kind: str, name: str, rows: Sequence[Organisation | Desk], report: Report) -> Iterator[Finding]:
    report.count("desks and organisations", len(rows))
    events = _told(kind, (row.id for row in rows))
    for row in rows:
        birth = events[row.id].get(name)
        if birth is None or birth.data != facts_of_body(row):
            yield Finding(DESKS, NEVER_OPENED, str(row.id))
        if isinstance(row, Desk) and row.closed_at != _at(events[row.id].get("desk.close")):
            yield Finding(DESKS, CLOSED_OTHERWISE, str(row.id))


def _told(kind: str, ids: Iterable[UUID]) -> Told:
    events: Told = defaultdict(dict)
    wanted = list(ids)
    for start in range(0, len(wanted), CHUNK):
        found = Event.objects.filter(subject_kind=kind, subject_id__in=wanted[start : start + CHUNK])
        for event in found.order_by("version"):
            events[event.subject_id][event.name] = event
    return events


def _compare(post: Post, events: dict[str, Event]) -> Iterator[Finding]:
    given, confirmed = events.get("post.appoint"), events.get("post.confirm")
    if given is None or given.data != facts_of(post) or not _made_so(post, given):
        yield Finding(POSTS, NEVER_GIVEN, str(post.id))
    said = (post.confirmed_at, post.confirmed_by)
    if said != (_at(confirmed), confirmed and confirmed.by_id):
        yield Finding(POSTS, NEVER_CONFIRMED if post.confirmed_at else UNCONFIRMED, str(post.id))
    ended = events.get("post.end")
    if ended and post.ends_at is None:
        yield Finding(POSTS, REVIVED, str(post.id))
    elif post.ends_at and post.ends_at != (_at(ended) or _end_of_term(post)):
        yield Finding(POSTS, ENDED_OTHERWISE, str(post.id))


def _made_so(post: Post, given: Event) -> bool:
    made_by = given.by_id if given.by_kind == "person" else None
    return (post.made_at, post.made_by) == (given.at, made_by)


def _end_of_term(post: Post) -> datetime | None:
    """A term that has run out is marked as ended with the day after it, without an event."""
    return datetime.combine(post.ends_on + timedelta(days=1), time(), SHANGHAI) if post.ends_on else None


def _at(event: Event | None) -> datetime | None:
    return event.at if event else None


def _gone(kind: str, model: type[Post | Desk | Organisation], check: str) -> Iterator[Finding]:
    known = model.objects.filter(pk=OuterRef("subject_id"))
    events = Event.objects.filter(~Exists(known), subject_kind=kind, version=1)
    for subject_id in events.values_list("subject_id", flat=True):
        yield Finding(check, GONE, f"{kind} {subject_id}")


def _astray() -> Iterator[Finding]:
    for model in (Organisation, Desk, Post):
        rows = model.objects.filter(place__isnull=False)
        for row in rows.exclude(path=F("place__path"), county=F("place__county"))[:10]:
            yield Finding(POSTS, ASTRAY, str(row.pk))
    for post in Post.objects.filter(place__isnull=True).exclude(path=ROOT, county="")[:10]:
        yield Finding(POSTS, ASTRAY, str(post.id))


def _after(last: UUID | None) -> list[Post]:
    rows = Post.objects.order_by("id")
    return list((rows.filter(id__gt=last) if last else rows)[:CHUNK])
