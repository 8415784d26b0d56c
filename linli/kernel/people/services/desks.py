"""Organisations and their desks."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from linli.foundation.errors import Absent, InvalidInput, WrongState
from linli.foundation.rules import Actor
from linli.foundation.text import clean
from linli.kernel.journal import services as journal
from linli.kernel.people import registry
from linli.kernel.people.models import Desk, Organisation, Post
from linli.kernel.people.queries import coming_and_in_force
from linli.kernel.people.queries.desks import STAMP
from linli.kernel.people.queries.organisations import digest_of_words
from linli.kernel.people.rules import check_may_appoint
from linli.kernel.places import queries as places
from linli.kernel.places.queries import PlaceRef


@transaction.atomic
def add_organisation(
    *, kind: str, name: str, place_id: UUID, by: Actor, now: datetime, parent_id: UUID | None = None
) -> Organisation:
    """Register a body that can have desks and posts."""
    place = _place(place_id)
    check_may_appoint(by, place.path, now)
    organisation = Organisation(
        kind=kind,
        name=clean(name, 100),
        parent_id=parent_id,
        place_id=place.id,
        path=place.path,
        county=place.county,
    )
    organisation.save(force_insert=True)
    _journal("organisation", organisation, "organisation.add", by, now)
    return organisation


@transaction.atomic
def add_desk(
    *,
    organisation_id: UUID,
    kind: str,
    name: str,
    place_id: UUID,
    by: Actor,
    now: datetime,
    phone: str = "",
) -> Desk:
    """Open a desk. There is one of a kind at a place, so that a matter lies on exactly one."""
    place = _place(place_id)
    check_may_appoint(by, place.path, now)
    if Desk.objects.filter(place_id=place.id, kind=kind, closed_at__isnull=True).exists():
        raise WrongState(_("这个地方已经有一个这样的岗台。"))
    desk = Desk(
        organisation_id=organisation_id,
        kind=kind,
        name=clean(name, 100),
        place_id=place.id,
        path=place.path,
        county=place.county,
        phone=phone,
    )
    desk.save(force_insert=True)
    _journal("desk", desk, "desk.open", by, now)
    journal.bump(STAMP)
    return desk


@transaction.atomic
def close_desk(*, desk_id: UUID, by: Actor, now: datetime) -> Desk:
    """Close a desk at which nobody sits and on which nothing lies any more."""
    desk = Desk.objects.select_for_update().filter(id=desk_id, closed_at__isnull=True).first()
    if desk is None:
        raise Absent(_("没有这个岗台，或者已经撤销。"))
    check_may_appoint(by, desk.path, now)
    if desk.posts.filter(coming_and_in_force(now)).exists():
        raise WrongState(_("这个岗台还有人，先免去岗位再撤销。"))
    if registry.has_work(desk.id):
        raise WrongState(_("这个岗台手上还有没办结的事，先转给别的岗台再撤销。"))
    desk.closed_at = now
    desk.save(update_fields=["closed_at"])
    _journal("desk", desk, "desk.close", by, now)
    journal.bump(STAMP)
    return desk


@transaction.atomic
def follow_places() -> int:
    """Bring paths up to date after places have been merged; return how many rows moved."""
    moved = 0
    for model in (Organisation, Desk, Post):
        astray = model.objects.filter(place__isnull=False).exclude(path=F("place__path"))
        for pk, path, county in astray.values_list("pk", "place__path", "place__county"):
            moved += model.objects.filter(pk=pk).update(path=path, county=county)
    if moved:
        journal.bump(STAMP)
    return moved


def facts_of_body(subject: Organisation | Desk) -> dict[str, str]:
    """Return what the journal keeps of an organisation or a desk: none of it ever changes."""
    if isinstance(subject, Desk):
        words = digest_of_words(subject.name, subject.phone, subject.organisation_id)
    else:
        words = digest_of_words(subject.name, subject.parent_id or "")
    return {"kind": str(subject.kind), "place": str(subject.place_id), "words": words}


def _place(place_id: UUID) -> PlaceRef:
    place = places.get(place_id)
    if place is None:
        raise InvalidInput(_("没有这个地方。"), field="place")
    return place


def _journal(kind: str, subject: Organisation | Desk, name: str, by: Actor, now: datetime) -> None:
    journal.record(
        subject_kind=kind,
        subject_id=subject.id,
        county=subject.county,
        name=name,
        actor=by,
        at=now,
        data=facts_of_body(subject),
    )
