"""Where a request goes by itself: the desk that its category and its place name; and what is a matter there."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from linli.foundation.worktime import SHANGHAI
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import routing
from linli.kernel.people import queries as people
from linli.kernel.people.queries import DeskRef
from linli.kernel.places import queries as places
from linli.kernel.rulebook import queries as rulebook

CHECKERS = "check"  # the kind of desk whose people check what others did, and do nothing else


def place_told(place_id: UUID | None, lon: int | None, lat: int | None, on: date) -> places.PlaceRef | None:
    """Return the place that was chosen, else the one under the point (1e-7°); None where there is neither."""
    if place_id is not None:
        return places.standing(place_id, on)
    if lon is None or lat is None:
        return None
    return places.locate_at(lon, lat)


def catalogue_at(place: places.PlaceRef | None, on: date) -> rulebook.Catalogue:
    """Return the tree of matters at a place, its grid among what it lies in; everywhere's without a place."""
    return rulebook.categories(places.path_on(place.id, on) if place else "", on)


def handling_desk(case: Case) -> DeskRef | None:
    """The desk that category and place name: the kind from the catalogue, the nearest on the way up."""
    category = rulebook.categories(case.path, case.opened_at.astimezone(SHANGHAI).date()).get(case.category)
    return routing.for_kind(case, category.desk if category and category.desk else "grid")


def desk_above_the_doer(case: Case) -> DeskRef | None:
    """The general desk one level above who did it; at the top the community's."""
    return routing.above(case, case.handler_id) or routing.for_kind(case, "community")


def lies_with_checkers(case: Case) -> bool:
    desk = people.desks().get(case.holder_id)
    return desk is not None and desk.kind == CHECKERS


def likely_desk(case: Case) -> str:
    """Return the id of the desk to offer first: the one proposed with a return, else the one by category."""
    if proposed := case.facts.get("proposed"):
        return str(proposed)
    desk = handling_desk(case)
    return str(desk.id) if desk else ""
