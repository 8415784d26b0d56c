"""A small neighbourhood for tests: places, desks, people. Only builders write rows by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction

from linli.foundation.rules import ANYONE, CLOCK, IMPORT, Actor, Moment
from linli.foundation.worktime import SHANGHAI
from linli.kernel.cases import services as cases
from linli.kernel.cases.models import Case
from linli.kernel.journal import services as journal
from linli.kernel.people import queries as people
from linli.kernel.people.models import Account, Desk, Organisation, Post
from linli.kernel.places import services as places
from linli.kernel.places.models import Place
from linli.kernel.rulebook import queries as rulebook_queries
from linli.kernel.rulebook import services as rulebook
from linli.kernel.rulebook.models import RuleSet

# A Wednesday, ten in the morning in Shanghai: business hours, well inside a published year.
TEN = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)
START = date(2020, 1, 1)

COUNTIES = {
    "wanshan": ("520603000000", "万山区"),
    "leishan": ("522634000000", "雷山县"),
    "dejiang": ("520626000000", "德江县"),
    "jianhe": ("522629000000", "剑河县"),
    "default": ("520602000000", "碧江区"),  # has no practice of its own: every step of the default
}


@dataclass
class World:
    """One county with one street, one community, two grids, a building in each, and their desks."""

    county: Place
    street: Place
    community: Place
    grid: Place
    grid2: Place
    building: Place
    desks: dict[str, Desk] = field(default_factory=dict)
    people: dict[str, Account] = field(default_factory=dict)

    def viewer(self, who: str, now: datetime = TEN) -> Any:
        return people.viewer_of(self.people[who], now)

    def moment(self, who: str, now: datetime = TEN) -> Moment:
        return self.viewer(who, now).moment(None, now)

    def raise_case(
        self, *, text: str = "三栋二单元楼道灯不亮", now: datetime = TEN, who: str = "", **data: Any
    ) -> Case:
        moment = self.moment(who, now) if who else Moment(ANYONE, None, now)
        entry = {"text": text, "place": str(self.building.id), **data}
        return cases.open_case(flow="request", data=entry, moment=moment).case

    def take(self, case: Case, step: str, who: str, now: datetime = TEN, **data: Any) -> Case:
        """Take a step as one of the people, as ``clock``, or as ``reporter`` with the tracking code."""
        if who == "clock":
            moment = Moment(CLOCK, case, now)
        elif who == "reporter":
            moment = Moment(Actor("code", case.pk), case, now)
        else:
            moment = self.viewer(who, now).moment(case, now)
        version = Case.objects.values_list("version", flat=True).get(pk=case.pk)
        return cases.take(case_id=case.pk, step=step, data=data, moment=moment, version=version)


def a_world(profile: str = "wanshan", now: datetime = TEN, *, fresh: bool = False) -> World:
    """Build the county of a profile with real desks; one person at each, and a spare checker.

    The catalogue is loaded once per process and its rows copied after that; ``fresh``
    loads it through the service again, for tests that verify the journal.
    """
    code, name = COUNTIES[profile]
    county = _county(code, name, now)
    _load_catalog(profile, county, now, fresh=fresh)
    street = _place("street", "试点街道", county, now)
    community = _place("community", "试点社区", street, now)
    grid = _place("grid", "第一网格", community, now)
    grid2 = _place("grid", "第二网格", community, now)
    building = _place("building", "三栋", grid, now)
    world = World(county, street, community, grid, grid2, building)
    seats = [
        ("grid", grid, "grid_worker"), ("grid2", grid2, "grid_worker"), ("community", community, "community_clerk"),
        ("street", street, "street_dispatcher"), ("county", county, "county_dispatcher"),
        ("property", community, "property_officer"), ("department:urban", county, "department_officer"),
        ("department:water", county, "department_officer"), ("party", community, "party_org"),
        ("members", community, "member_claimant"), ("protected", county, "protected_handler"),
    ]  # fmt: skip
    with transaction.atomic():
        journal.bump("desks")
        _seat_all(world, seats)
        world.people["supervisor"] = a_person(world, "supervisor", "supervisor", community)
    return world


def tomorrow(now: datetime = TEN) -> str:
    """Return the day after, as a form is sent it."""
    return str(now.astimezone(SHANGHAI).date() + timedelta(days=1))


_catalogs: dict[str, list[dict[str, Any]]] = {}


def _load_catalog(profile: str, county: Place, now: datetime, *, fresh: bool) -> None:
    if fresh or profile not in _catalogs:
        rulebook.load_catalog(now=now)
        _catalogs[profile] = list(RuleSet.objects.values())
        return
    rows = [RuleSet(**row) for row in _catalogs[profile]]
    for row in rows:
        if row.place_id:
            row.place_id, row.path, row.county = county.id, county.path, county.county
    with transaction.atomic():
        RuleSet.objects.bulk_create(rows)
        journal.bump("rulebook")


def seat(world: World, key: str, place: Place, role: str, *, now: datetime = TEN) -> Desk:
    """Set up a desk with one person at it."""
    _seat_all(world, [(key, place, role)])
    return world.desks[key]


def _seat_all(world: World, seats: list[tuple[str, Place, str]]) -> None:
    """Set up desks with a person at each: four statements, for a world is built for a thousand tests."""
    rows = [_desk_with_a_person(world, *one) for one in seats]
    for model, made in zip((Organisation, Desk, Account, Post), zip(*rows, strict=True), strict=True):
        model._base_manager.bulk_create(made)


def _desk_with_a_person(
    world: World, key: str, place: Place, role: str
) -> tuple[Organisation, Desk, Account, Post]:
    kind = key.rstrip("2")
    organisation = Organisation(
        kind="other", name=f"{place.name}{kind}", place_id=place.id, path=place.path, county=place.county
    )
    desk = Desk(
        organisation=organisation, place_id=place.id, path=place.path, kind=kind,
        name=f"{place.name}{kind}台", county=place.county, phone="0856-1234567",
    )  # fmt: skip
    account = _account(key, place)
    world.desks[key], world.people[key] = desk, account
    return organisation, desk, account, _post(account, role, place, desk)


_count = iter(range(1, 10_000))


def a_person(world: World, key: str, role: str, place: Place, desk: Desk | None = None) -> Account:
    """Make an account with one post."""
    account = _account(key, place)
    account.save(force_insert=True)
    post(account, role, place, desk)
    return account


def _account(key: str, place: Place) -> Account:
    return Account(
        username=f"{key.replace(':', '.')}-{next(_count)}",
        name="测试员",
        kind="staff",
        county=place.county,
        made_at=TEN,
    )


def post(account: Account, role: str, place: Place, desk: Desk | None = None) -> Post:
    made = _post(account, role, place, desk)
    made.save(force_insert=True)
    return made


def _post(account: Account, role: str, place: Place, desk: Desk | None) -> Post:
    return Post(
        account=account, role=role, title=f"{place.name}{role}", desk=desk, place_id=place.id, path=place.path,
        organisation=desk.organisation if desk else None, county=place.county, starts_on=START, made_at=TEN,
    )  # fmt: skip


def _county(code: str, name: str, now: datetime) -> Place:
    province = places.add_place(
        level="province",
        name="贵州省",
        parent_id=None,
        now=now,
        actor=IMPORT,
        code="520000000000",
        scheme="stat",
    )
    city = places.add_place(level="city", name="某市州", parent_id=province.id, now=now, actor=IMPORT)
    return places.add_place(
        level="county", name=name, parent_id=city.id, now=now, actor=IMPORT, code=code, scheme="stat"
    )


def _place(level: str, name: str, parent: Place, now: datetime) -> Place:
    return places.add_place(
        level=level, name=name, parent_id=parent.id, now=now, actor=IMPORT, valid_from=START
    )


def full_practice(world: World, now: datetime = TEN) -> None:
    """Give the county the practice with every step of the default: check, reply, rate, climb when overdue."""
    data = dict(
        rulebook_queries.by_id(rulebook_queries.rule_or_none("profile.request", "", now.date()).id).data  # type: ignore[union-attr]
    )
    RuleSet.objects.create(
        key="profile.request", place_id=world.county.id, path=world.county.path, county=world.county.county,
        valid_from=START, version=99, data={**data, "settings": dict(data["settings"]), "on": list(data["on"]), "key": "full"},
        basis="测试", made_by=world.people["county"].id, approved_by=world.people["street"].id, made_at=now, origin="local",
    )  # fmt: skip
    with transaction.atomic():
        journal.bump("rulebook")
