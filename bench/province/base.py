"""What every size of the province has: places, desks, a person at each desk, and the stories that are copied.

Made once in a database of its own; the sizes begin as copies of it.
"""

from __future__ import annotations

import pickle
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.hashers import make_password
from django.db import transaction

from bench import ground
from bench.people import CLERK, COUNTY, PASSWORD, SECRET
from bench.province import stories
from bench.rows import insert
from linli.foundation import paths
from linli.foundation.ids import new_id
from linli.kernel.figures.models import Progress
from linli.kernel.figures.registry import declared
from linli.kernel.journal import queries as journal
from linli.kernel.journal import services as sequencer
from linli.kernel.journal.models import Cursor, Event
from linli.kernel.journal.registry import CONSUMERS
from linli.kernel.people.choices import AccountKind
from linli.kernel.people.models import Account, Desk, Post
from linli.kernel.people.queries import shanghai_day
from linli.kernel.people.services.appointments import facts_of
from linli.kernel.places.models import Housing

ROLES = {
    "grid": "grid_worker", "community": "community_clerk", "street": "street_dispatcher",
    "county": "county_dispatcher", "property": "property_officer", "protected": "protected_handler",
    "department": "department_officer",
}  # fmt: skip
SETTLING_IN = timedelta(days=40)  # the ground is laid, then the stories happen, then the archive begins


@dataclass(frozen=True)
class Seat:
    """A desk, who sits there, and by which post."""

    desk: UUID
    account: UUID
    post: UUID


@dataclass(frozen=True)
class Spot:
    """Where a case may happen: the building, its path with the grid in it, and the desks on the way up."""

    building: UUID
    path: str
    county: str
    seats: dict[str, Seat]


@dataclass(frozen=True)
class Base:
    spots: list[Spot]
    stories: list[stories.Story]


def lay(file: Path, began: datetime) -> None:
    """Lay the ground long before ``began``, let the stories happen there, and write both into ``file``."""
    first = began - SETTLING_IN
    ground.lay_out(first)
    seats = _seat(first)
    _pass_by(first)
    spots = _spots(seats)
    told = stories.tell(spots[0], first + timedelta(days=1))
    sequencer.seal(began - timedelta(days=1))
    file.write_bytes(pickle.dumps(Base(spots, told)))


def read(file: Path) -> Base:
    found: Base = pickle.loads(file.read_bytes())  # noqa: S301 -- written a minute ago by this bench
    return found


def _seat(now: datetime) -> dict[UUID, Seat]:
    """Put somebody at every desk, with the events; two of them can sign in."""
    names = _names()
    accounts, posts, seats = [], [], {}
    for number, desk in enumerate(Desk.objects.order_by("place__short", "id")):
        account = Account(id=new_id(), username=names.get(desk.pk, f"bench.{number}"), name="测试员", kind=AccountKind.STAFF,
                          county=desk.county, made_at=now, password="!")  # noqa: S106 -- nobody can sign in by it  # fmt: skip
        post = Post(
            id=new_id(), account=account, role=ROLES[desk.kind.partition(":")[0]], title=desk.name,
            organisation_id=desk.organisation_id, desk=desk, place_id=desk.place_id, path=desk.path,
            county=desk.county, starts_on=shanghai_day(now), made_at=now,
        )  # fmt: skip
        accounts.append(account)
        posts.append(post)
        seats[desk.pk] = Seat(desk.pk, account.pk, post.pk)
    with transaction.atomic():
        insert(Account, accounts)
        insert(Post, posts)
        insert(Event, [ground.birth("post", "post.appoint", post, facts_of(post), now) for post in posts])
    for name in (CLERK, COUNTY):
        Account.objects.filter(username=name).update(password=make_password(PASSWORD))
        TOTP.activate(Account.objects.get(username=name), SECRET)
    return seats


def _names() -> dict[UUID, str]:
    """The two who sign in: at the first building's community, and at its county."""
    first = Housing.objects.select_related("grid").order_by("id")[0].grid
    community = Desk.objects.get(place_id=first.parent_id, kind="community")
    return {community.pk: CLERK, Desk.objects.get(kind="county", county=first.county).pk: COUNTY}


def _pass_by(now: datetime) -> None:
    """Give the events of the ground their positions; no consumer has anything to do with them."""
    while sequencer.sequence(now):
        continue
    last = journal.last_position()
    Cursor.objects.bulk_create([Cursor(name=name, position=last) for name in CONSUMERS])
    Progress.objects.bulk_create([Progress(figure=code, position=last) for code in ("", *declared())])


def _spots(seats: dict[UUID, Seat]) -> list[Spot]:
    at: dict[Any, dict[str, Seat]] = defaultdict(dict)
    for pk, place_id, kind in Desk.objects.values_list("id", "place_id", "kind"):
        at[place_id][kind] = seats[pk]
    rows = Housing.objects.select_related("building", "grid__parent__parent").order_by("id")
    found = []
    for row in rows:
        way_up = [row.grid, row.grid.parent, row.grid.parent.parent]
        county = way_up[-1].parent_id
        on_the_way = {**at[county], **at[way_up[2].pk], **at[way_up[1].pk], **at[way_up[0].pk]}
        path = paths.child(row.grid.path, row.building.short)
        found.append(Spot(row.building_id, path, row.grid.county, on_the_way))
    return found
