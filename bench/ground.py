"""A province of bulk: as many streets, communities and grids as Guizhou counts, none of them real.

Every community has its desks and its grids theirs, so that routing has as much to
walk as it would have there. Rows are written directly, each desk with its event; the
register's own counters are moved along with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from bench.reading import let_read_much
from bench.rows import insert
from linli.foundation import paths
from linli.foundation.ids import new_id
from linli.foundation.rules import IMPORT
from linli.kernel.journal import services as journal
from linli.kernel.journal.models import Event
from linli.kernel.journal.queries import digest_of
from linli.kernel.people.models import Desk, Organisation
from linli.kernel.people.services.desks import facts_of_body
from linli.kernel.places.models import Housing, Place, Register, Revision

CITIES, COUNTIES, STREETS, COMMUNITIES, GRIDS = 9, 88, 1510, 17_964, 20_700
START = date(2020, 1, 1)
DEPARTMENTS = ("urban", "water", "power", "fire", "housing", "police", "civil")


@dataclass
class _Laying:
    """The rows so far."""

    places: list[Place] = field(default_factory=list)
    housings: list[Housing] = field(default_factory=list)
    organisations: list[Organisation] = field(default_factory=list)
    desks: list[Desk] = field(default_factory=list)

    def place(self, level: str, name: str, parent: Place | None, county: str = "") -> Place:
        short = len(self.places) + 1
        path = paths.child(parent.path if parent else "", short)
        county = county or (parent.county if parent else "")
        made = Place(short=short, level=level, name=name, parent=parent, path=path, county=county,
                     valid_from=START, revision=1)  # fmt: skip
        self.places.append(made)
        return made

    def desk(self, kind: str, place: Place) -> None:
        about = {"place": place, "path": place.path, "county": place.county}
        body = Organisation(id=new_id(), kind="other", name=f"{place.name}{kind}", **about)
        self.organisations.append(body)
        self.desks.append(Desk(organisation=body, kind=kind, name=f"{place.name}办理台", phone="", **about))


def lay_out(now: datetime) -> None:
    """Write places, housing and desks, once. About fifteen seconds."""
    if Place.objects.exists():
        return
    let_read_much(now)
    made = _Laying()
    for grid in _grids(made):
        made.desk("grid", grid)
        building = made.place("building", "一栋", grid.parent)
        made.housings.append(Housing(building=building, grid=grid, valid_from=START, revision=1))
    with transaction.atomic():
        insert(Revision, [Revision(id=1, at=now)])
        for model, rows in ((Place, made.places), (Housing, made.housings), (Organisation, made.organisations),
                            (Desk, made.desks)):  # fmt: skip
            insert(model, rows)
        insert(Event, [
            *(birth("organisation", "organisation.add", row, facts_of_body(row), now) for row in made.organisations),
            *(birth("desk", "desk.open", row, facts_of_body(row), now) for row in made.desks),
        ])  # fmt: skip
        Register.objects.update_or_create(pk=1, defaults={"next_short": len(made.places) + 1})
        journal.bump("places")
        journal.bump("desks")


def birth(kind: str, name: str, row: Any, facts: dict[str, Any], now: datetime) -> Event:
    """Return the event that a row was made by an import, as the journal would have written it."""
    event = Event(
        county=row.county, subject_kind=kind, subject_id=row.pk, version=1, name=name, by_kind=IMPORT.kind,
        by_id=IMPORT.id, at=now, data=facts,
    )  # fmt: skip
    event.digest = digest_of(event)
    return event


def _grids(made: _Laying) -> Iterator[Place]:
    """Lay out everything above the grids, each with its desks, and yield the grids."""
    province = made.place("province", "某省", None)
    cities = [made.place("city", f"第{n}市", province) for n in range(1, CITIES + 1)]
    counties = [
        made.place("county", f"第{n}县", cities[n % CITIES], f"52{n % CITIES + 1:02d}{n:02d}")
        for n in range(COUNTIES)
    ]
    for county in counties:
        for kind in ("county", "protected", *(f"department:{name}" for name in DEPARTMENTS)):
            made.desk(kind, county)
    streets = [made.place("street", f"第{n}街道", counties[n % COUNTIES]) for n in range(STREETS)]
    for street in streets:
        made.desk("street", street)
    communities = [made.place("community", f"第{n}社区", streets[n % STREETS]) for n in range(COMMUNITIES)]
    for community in communities:
        made.desk("community", community)
        made.desk("property", community)
    for n in range(GRIDS):
        yield made.place("grid", f"第{n // COMMUNITIES + 1}网格", communities[n % COMMUNITIES])


@dataclass(frozen=True)
class Spot:
    """Where a case may happen: a building with its path, and the desks that may hold it there."""

    building: UUID
    path: str
    county: str
    desks: dict[str, UUID]


def spots(count: int) -> list[Spot]:
    """Return the first ``count`` buildings, spread over the communities."""
    desks = {
        (place_id, kind): pk for pk, place_id, kind in Desk.objects.values_list("id", "place_id", "kind")
    }
    rows = Housing.objects.select_related("building", "grid").order_by("id")[:count]
    return [
        Spot(
            row.building_id, paths.child(row.grid.path, row.building.short), row.grid.county,
            {"grid": desks[row.grid_id, "grid"], "community": desks[row.grid.parent_id, "community"]},
        )
        for row in rows
    ]  # fmt: skip
