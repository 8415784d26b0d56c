"""A small county at work for four days, all of it through the doors: what `linli verify` must find whole.

No row is written by hand. Desks are opened, people appointed, confirmed and ended, rules
proposed, approved and refused, requests raised with words, numbers and photos, sorted,
dispatched, whistled for, called off, resolved, read and erased; each night is sealed. Of a log of
reading from years before, two months are removed into ``settings.READ_LOG_FOLDER``.
"""

from __future__ import annotations

import io
import random
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from django.db import transaction

from linli.foundation.rules import ANYONE, IMPORT, Actor, Moment
from linli.kernel.cases import jobs as case_jobs
from linli.kernel.cases import services as cases
from linli.kernel.cases.models import Case
from linli.kernel.cases.services import words
from linli.kernel.files import services as files
from linli.kernel.journal import jobs as journal_jobs
from linli.kernel.journal import services as journal
from linli.kernel.people import services as people
from linli.kernel.people.choices import ADMINISTRATORS
from linli.kernel.people.models import Account
from linli.kernel.people.services.accounts import resident_for
from linli.kernel.rulebook import services as rulebook
from linli.kernel.vault import services as vault
from linli.kernel.vault.choices import Purpose
from tests.kernel.files.corpus import photo, saved
from tests.kernel.people.builders import a_staff, an_administrator
from tests.kernel.rulebook.builders import KEY
from tests.kernel.vault.old_reads import read_daily
from tests.world import COUNTIES, TEN, World, _county, _place

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SEATS = {
    "grid": ("grid", "grid_worker"), "grid2": ("grid2", "grid_worker"), "community": ("community", "community_clerk"),
    "street": ("street", "street_dispatcher"), "county": ("county", "county_dispatcher"),
    "property": ("community", "property_officer"), "department:urban": ("county", "department_officer"),
    "department:water": ("county", "department_officer"), "party": ("community", "party_org"),
    "members": ("community", "member_claimant"), "protected": ("county", "protected_handler"),
}  # fmt: skip
_phones = count(13900000001)
_pictures = count(1)


def a_small_county(now: datetime = TEN) -> World:
    """Build the ground, the rules and the people of the county."""
    read_daily("requests.text", days=4)
    county = _county(*COUNTIES["wanshan"], now)
    rulebook.load_catalog(now=now)
    street = _place("street", "试点街道", county, now)
    community = _place("community", "试点社区", street, now)
    grid, grid2 = (_place("grid", name, community, now) for name in ("第一网格", "第二网格"))
    world = World(county, street, community, grid, grid2, _place("building", "三栋", grid, now))
    for key, (where, role) in SEATS.items():
        _seat(world, key, getattr(world, where), role, now)
    _appointments(world, now)
    _rules(world, now)
    _months(world, now)
    return world


def four_days(world: World, requests: int, now: datetime = TEN) -> None:
    """Let matters be raised and handled, follow with every consumer, and seal each night."""
    chance = random.Random("four days")
    for day in range(3):
        for number in range(requests // 3):
            _a_matter(world, number, now + day * DAY, chance)
        _wish(world, "grant" if day else "refuse", now + day * DAY + HOUR)
        case_jobs.deadlines(now + day * DAY + 12 * HOUR)
        case_jobs.calls(now + day * DAY + 12 * HOUR)
        settle(now + day * DAY + 13 * HOUR)
    for (
        account
    ) in world.people.values():  # the last day: only sign-ins, which change nothing that has a state
        people.end_sessions(account_id=account.pk, now=now + 3 * DAY, why="sign_in")
    settle(now + 3 * DAY + 13 * HOUR)
    journal.seal(now + 4 * DAY + 13 * HOUR)  # the root of the last day


def settle(now: datetime) -> None:
    """Let everybody who follows the journal catch up, make the pictures ready, and seal."""
    while journal_jobs.follow(now, strict=True):
        continue
    while files.process(now):
        continue
    journal.seal(now)


def _seat(world: World, key: str, place: Any, role: str, now: datetime) -> None:
    kind = key.rstrip("2")
    body = people.add_organisation(
        kind="other", name=f"{place.name}{kind}", place_id=place.id, by=IMPORT, now=now
    )
    desk = people.add_desk(organisation_id=body.id, kind=kind, name=f"{place.name}{kind}台", place_id=place.id,
                           by=IMPORT, now=now, phone="0856-1234567")  # fmt: skip
    world.desks[key] = desk
    world.people[key] = a_staff(now, phone=f"{next(_phones)}")
    people.appoint(
        account_id=world.people[key].pk, role_code=role, desk_id=desk.pk, by=IMPORT, now=now, basis="任命"
    )


def _appointments(world: World, now: datetime) -> None:
    """One who leaves, one for a term, one whose weighty post a second person confirms."""
    system, security, audit = (an_administrator(role, now) for role in ADMINISTRATORS)
    world.people |= {"system": system, "security": security, "audit": audit}
    by = Actor("person", security.pk)
    leaves, termed, auditor = (a_staff(now) for _person in range(3))
    desk = world.desks["grid"]
    first = people.appoint(account_id=leaves.pk, role_code="grid_head", desk_id=desk.pk, by=by, now=now)
    people.end_post(post_id=first.pk, by=by, now=now + HOUR)
    people.appoint(
        account_id=termed.pk,
        role_code="grid_head",
        desk_id=desk.pk,
        by=by,
        now=now,
        ends_on=date(2026, 12, 31),
    )
    audits = people.appoint(
        account_id=auditor.pk, role_code="auditor", place_id=world.county.pk, by=by, now=now
    )
    people.confirm_post(post_id=audits.pk, by=Actor("person", system.pk), now=now + HOUR)


def _months(world: World, now: datetime) -> None:
    """Two months of the log of reading, years old, are exported and removed; the first was refused once."""
    audit, security = (Actor("person", world.people[role].pk) for role in ("audit", "security"))
    for step in ("refuse", "approve", "approve"):
        purge = vault.propose_purge(actor=audit, now=now)
        vault.answer_purge(purge_id=purge.pk, step=step, actor=security, now=now)


def _rules(world: World, now: datetime) -> None:
    """One local rule that is approved, one that is turned down, one that waits."""
    editor, approver = (_at_the_county(world, role, now) for role in ("rule_editor", "rule_approver"))
    wanted = {"key": KEY, "place_id": world.county.pk, "valid_from": now.date(), "actor": editor, "now": now}
    proposals = [
        rulebook.propose(**wanted, data={"size": size}, basis=f"测试文件{size}号") for size in (1, 2, 3)
    ]
    rulebook.approve(proposal_id=proposals[0].pk, actor=approver, now=now)
    rulebook.refuse(proposal_id=proposals[1].pk, reason="数不对", actor=approver, now=now)


def _at_the_county(world: World, role: str, now: datetime) -> Actor:
    account = world.people[role] = a_staff(now)
    people.appoint(account_id=account.pk, role_code=role, place_id=world.county.pk, by=IMPORT, now=now)
    return Actor("person", account.pk)


def _a_matter(world: World, number: int, now: datetime, chance: random.Random) -> None:
    """Raise one matter and take it some way; which way goes by its number."""
    with transaction.atomic():
        resident = resident_for(f"{next(_phones)}", now) if number % 3 == 0 else None
    case = _raised(world, number, resident, now)
    if number % 8 == 7:
        vault.erase(subject_kind=cases.SUBJECT, subject_id=case.pk, now=now)
        return
    _read(world, case, now)
    moves = [("sort", "community", {"sort": "shared", "reason": "common_part"}), ("dispatch", "community", {}),
             ("accept", "property", {})]  # fmt: skip
    if number % 8 == 6:
        moves = moves[: chance.randrange(3)]
    for hours, (step, who, data) in enumerate(moves, start=1):
        case = world.take(case, step, who, now + hours * HOUR / 4, **data)
    if case.state == "handling":
        _handled(world, case, number, now + 2 * HOUR)


def _handled(world: World, case: Case, number: int, now: datetime) -> None:
    """Whistle for two units: one comes and is done, the other's call is taken back; then say it is done."""
    urban, water = (str(world.desks[f"department:{name}"].pk) for name in ("urban", "water"))
    if number % 2:
        world.take(case, "arrive", "property", now)
        return
    world.take(case, "whistle", "property", now, lead=water, co=[urban], words="请来看主管。")
    world.take(case, "arrive", "department:water", now + HOUR / 2)
    if number % 4:
        return
    world.take(case, "finish", "department:water", now + HOUR)
    world.take(case, "call_off", "property", now + HOUR, desk=urban, reason="no_show", words="不用来了。")
    world.take(case, "resolve", "property", now + HOUR, words="换好了。", photos=[_picture(now)])


def _raised(world: World, number: int, resident: Account | None, now: datetime) -> Case:
    actor = Actor("person", resident.pk) if resident else ANYONE
    place = world.building if number % 2 else world.grid2
    data = {"text": f"第{number}件：楼道灯不亮", "place": str(place.pk), "contact_phone": f"{next(_phones)}"}
    if number % 4 == 1:
        data["photos"] = [_picture(now)]
    opened = cases.open_case(
        flow="request", data=data, moment=Moment(actor, None, now), key=f"send number {next(_phones)}"
    )
    return opened.case


def _picture(now: datetime) -> str:
    made = saved(photo(64, 48, seed=next(_pictures)))
    return str(files.receive(io.BytesIO(made), actor=ANYONE, now=now).pk)


def _wish(world: World, answer: str, now: datetime) -> None:
    """Ask for leave to open more than one person may alone, and have another person answer."""
    reader, other = world.viewer("community", now), world.viewer("party", now)
    wish = vault.ask_for_more(
        actor=reader.actor, post_id=reader.post.id, county=reader.post.county, purpose=Purpose.HANDLE_CASE,
        number=20, hours=2, now=now,
    )  # fmt: skip
    vault.answer_wish(allowance_id=wish.pk, step=answer, actor=other.actor, now=now)


def _read(world: World, case: Case, now: datetime) -> None:
    reader = world.viewer("community", now)
    words.text_of(case, actor=reader.actor, post_id=reader.post.id, purpose=Purpose.HANDLE_CASE, now=now)
