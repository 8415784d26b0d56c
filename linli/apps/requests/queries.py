"""Where a request goes by itself: the desk that its category and its place name; what is a matter there; and how long one may be suspended."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from linli.foundation import worktime
from linli.foundation.worktime import SHANGHAI, Limit
from linli.kernel.cases import registry
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import routing
from linli.kernel.people import queries as people
from linli.kernel.people.queries import DeskRef
from linli.kernel.places import queries as places
from linli.kernel.rulebook import queries as rulebook

CHECKERS = "check"  # the kind of desk whose people check what others did, and do nothing else


def is_protected(case: Case) -> bool:
    """Is somebody in danger? What is asked about one's own data is confidential too, and not that."""
    return case.confidential and not registry.get(case.flow).about_data


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


SUSPEND = "suspend"  # the rulebook's name for the longest a suspension may last
LONGEST = Limit(10, worktime.WORK_DAYS)  # where a place's own limits do not say
# What a limit is counted in while the calendar of a year is not published.
WITHOUT_CALENDAR = {worktime.WORK_MINUTES: worktime.MINUTES}


def last_day_of_suspension(case: Case, now: datetime) -> date:
    """Return the last day from which work may go on again, if it is suspended now."""
    rules = rulebook.by_id(case.limits_id)
    began = case.opened_at.astimezone(SHANGHAI).date()
    limit = rulebook.limit(rules, SUSPEND, case.category, case.urgency, on=began) or LONGEST
    calendar = _calendar(case)
    plain = Limit(limit.amount, WITHOUT_CALENDAR.get(limit.unit, worktime.NATURAL_DAYS))
    end = worktime.due(now, limit, calendar) or worktime.due(now, plain, calendar)
    tomorrow = now.astimezone(SHANGHAI).date() + timedelta(days=1)
    # A day of the calendar ends at 24:00, which is 00:00 of the one behind it.
    return max(tomorrow, (end - timedelta.resolution).astimezone(SHANGHAI).date()) if end else tomorrow


def opening_of(case: Case, day: date) -> datetime:
    """Return when business opens on a day at the case's place, in UTC."""
    opens, _closes = _calendar(case).hours[0]
    return datetime.combine(day, opens, SHANGHAI).astimezone(UTC)


def _calendar(case: Case) -> worktime.Calendar:
    return rulebook.calendar(case.path, case.opened_at.astimezone(SHANGHAI).date())
