"""Whose data is asked about, where that is answered, and what of it is still needed."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from linli.kernel.cases.models import Case
from linli.kernel.cases.services.answering import reported_by
from linli.kernel.people.models import Desk
from linli.kernel.places import queries as places
from linli.kernel.vault.registry import Whose

DESKS = (
    "data",
    "county",
    "street",
    "community",
)  # who answers: the data officer, else the nearest general desk
GROUND = ("community", "street", "county")  # a request says no more of where somebody lives than this


def about(case: Case) -> Whose:
    """Return whose data this request is about."""
    kind, pk = case.facts["about"]
    return Whose(kind, UUID(pk))


def still_open(whose: Whose) -> list[Case]:
    """Return what they reported that is still being worked on."""
    return [case for case in reported_by(whose) if case.closed_at is None]


def ground_of(whose: Whose, on: date) -> UUID | None:
    """Return the place whose desks answer: that of what they reported last, else the first that has such a desk."""
    reported = reported_by(whose)
    if reported:
        chain = places.chain(reported[-1].place_id, on)
        return next((place.id for level in GROUND for place in chain if place.level == level), chain[0].id)
    desk = Desk.objects.filter(kind__in=DESKS, closed_at=None).order_by("path", "id").first()
    return desk.place_id if desk else None
