"""Routing: one loop that walks up from a place until there is a desk."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Q

from linli.foundation.worktime import SHANGHAI
from linli.kernel.cases.models import Assignment, Case
from linli.kernel.people import queries as people
from linli.kernel.places import queries as places

if TYPE_CHECKING:
    from linli.kernel.people.queries import DeskRef
    from linli.kernel.places.queries import PlaceRef

ASIDE = ("protected", "data", "supervision", "check", "party")  # desks that matters are not sent to by hand
GENERAL = ("grid", "community", "street", "county")


def chain_of(case: Case, on: date | datetime | None = None) -> list[PlaceRef]:
    """Return the case's place and what lies above it, nearest first, its grid among them."""
    return places.chain(case.place_id, on or case.opened_at.astimezone(SHANGHAI).date())


def nearest(case: Case, *kinds: str) -> DeskRef | None:
    """Return the nearest desk of the first kind that has one on the way up."""
    chain, desks = chain_of(case), people.desks()
    for kind in kinds:
        if desk := desks.nearest(kind, chain):
            return desk
    return None


def for_kind(case: Case, kind: str) -> DeskRef | None:
    """Return the desk of a kind, or the nearest general desk where there is none."""
    start = GENERAL.index(kind) if kind in GENERAL else 1
    return nearest(case, kind, *GENERAL[start:])


def above(case: Case, desk_id: UUID | None) -> DeskRef | None:
    """Return the general desk one level up, or None at the top."""
    if desk_id is None:
        return None
    return people.desks().parent_of(desk_id, chain_of(case))


def if_open(desk_id: UUID) -> UUID | None:
    """Return the desk unless it has been closed since."""
    return desk_id if people.desks().get(desk_id) else None


def lies_on(desk_id: UUID) -> bool:
    """Does an open case lie on this desk, or come back to it, or has it been called to one?"""
    cases = Case.objects.filter(closed_at=None)
    called = Assignment.objects.filter(desk_id=desk_id, done_at=None, case__closed_at=None)
    return cases.filter(Q(holder_id=desk_id) | Q(handler_id=desk_id)).exists() or called.exists()


def choices(case: Case) -> list[tuple[str, Any]]:
    """Return the desks a case at this place may be sent to: those on its way up."""
    desks = people.desks()
    found = [desk for place in chain_of(case) for desk in desks.at(place.id)]
    return [(str(desk.id), desk.name) for desk in found if desk.kind not in ASIDE]
