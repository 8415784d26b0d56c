"""Everybody who may come to a door, and one case in each relation they can stand to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.test import Client
from django.utils import timezone

from linli.foundation.rules import Actor
from linli.foundation.worktime import SHANGHAI
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries.codes import tracking_code
from linli.kernel.cases.services import open_case
from linli.kernel.journal import services as journal
from linli.kernel.notices.models import Notice
from linli.kernel.people.choices import AUDIT_ADMIN, SECURITY_ADMIN, SYSTEM_ADMIN
from linli.kernel.people.models import Account, Post
from linli.kernel.people.services.accounts import resident_for
from linli.kernel.places.models import Place
from linli.kernel.rulebook import services as rulebook
from linli.kernel.rulebook.models import RuleSet
from linli.kernel.vault import services as vault
from tests.kernel.files.builders import a_ready_picture
from tests.kernel.people.builders import an_administrator, post_of, signed_in
from tests.kernel.vault.old_reads import read_daily
from tests.world import START, TEN, World, _place, a_person, a_world, full_practice, seat

STEPS = {
    "t": "supplement",
    "desk/reading": "grant",
    "desk/reading/log": "approve",
}  # which step is asked for, but "sort"
PROOF = "a" * 32  # what the browser holds and what the page sends: the same, so the request is its own

# The columns of expected.csv: who they are, in words.
ROLES = {
    "stranger": "nobody signed in; holds no tracking code unless the row's relation gives one",
    "own": "resident who reported the cases",
    "neighbour": "resident who reported nothing",
    "grid": "grid worker of the case's grid",
    "grid2": "grid worker of the grid beside it",
    "clerk": "clerk of the community: the holder of what is new",
    "clerk2": "clerk of another community of the same street",
    "property": "property officer: the handler",
    "urban": "department officer, called by a whistle",
    "water": "officer of a department that was not called",
    "street": "dispatcher of the street: one level up, without a case in hand",
    "over": "supervisor of the county in which it lies",
    "over2": "supervisor of another community",
    "party": "community party organisation: approves and supervises its community",
    "member": "member registered at the community, may claim",
    "handler": "trained handler of protected matters",
    "editor": "rule editor of the county",
    "approver": "rule approver of the county",
    "system": "system administrator",
    "security": "security administrator",
    "audit": "audit administrator",
    "auditor": "auditor of the county",
    "ended": "clerk of the community whose post has ended",
    "halfway": "clerk of the community without a second factor",
}


@dataclass
class Neighbourhood:
    """``people`` by role of :data:`ROLES`, ``cases`` by relation."""

    world: World
    community2: Place
    building2: Place
    people: dict[str, Account] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)

    def client(self, role: str) -> Client:
        """A browser of this role that proves its own requests; the server checks the proof."""
        client = (
            Client() if role == "stranger" else signed_in(self.people[role], second_factor=role != "halfway")
        )
        client.handler.enforce_csrf_checks = True
        client.cookies["csrftoken"] = PROOF
        return client


def a_neighbourhood() -> Neighbourhood:
    now = timezone.now()
    read_daily("requests.text", days=2, a_day=1)  # before anything else happened: years old
    world = a_world("wanshan")
    full_practice(world)
    community2 = _place("community", "第二社区", world.street, TEN)
    grid3 = _place("grid", "第三网格", community2, TEN)
    building2 = _place("building", "九栋", grid3, TEN)
    here = Neighbourhood(world, community2, building2)
    _people(here)
    _cases(here, now)
    _things(here, now)
    journal.sequence(now)
    return here


def _people(here: Neighbourhood) -> None:
    world, people = here.world, here.people
    seat(world, "community2", here.community2, "community_clerk")
    named = {
        "grid": "grid", "grid2": "grid2", "clerk": "community", "clerk2": "community2", "property": "property",
        "urban": "department:urban", "water": "department:water", "street": "street", "party": "party",
        "member": "members", "handler": "protected",
    }  # fmt: skip
    people.update({role: world.people[key] for role, key in named.items()})
    people["own"], people["neighbour"] = (resident_for(f"1391112000{n}", TEN) for n in (1, 2))
    people["over"] = a_person(world, "over", "supervisor", world.county)
    people["over2"] = a_person(world, "over2", "supervisor", here.community2)
    people["editor"] = a_person(world, "editor", "rule_editor", world.county)
    people["approver"] = a_person(world, "approver", "rule_approver", world.county)
    people["auditor"] = a_person(world, "auditor", "auditor", world.county)
    clerk = (world.community, world.desks["community"])
    people["ended"] = a_person(world, "ended", "community_clerk", *clerk)
    Post.objects.filter(account=people["ended"]).update(ends_on=START, ends_at=TEN)
    people["halfway"] = a_person(world, "halfway", "community_clerk", *clerk)
    for role, code in (("system", SYSTEM_ADMIN), ("security", SECURITY_ADMIN), ("audit", AUDIT_ADMIN)):
        people[role] = an_administrator(
            code, TEN, password="of no use here", phone=f"1391113{len(people):04}"
        )
    for number, role in enumerate(people):
        if people[role].kind == "staff":
            people[role].name = f"雀员{chr(0x4E00 + number)}名"
            people[role].save(update_fields=["name"])


def _cases(here: Neighbourhood, now: Any) -> None:
    world, cases = here.world, here.cases
    world.people["own"] = here.people["own"]
    said = iter(range(100))

    def raised(text: str = "三栋二单元楼道灯不亮", who: str = "own", **data: Any) -> Case:
        """Every value is another: where it turns up, it says from where it is."""
        return world.raise_case(now=now, who=who, text=f"{text}雀话第{next(said)}句", contact_name=f"雀名{next(said)}号",
                                contact_phone=f"1391111{next(said):04}", **data)  # fmt: skip

    def at_work() -> Case:
        case = sent()
        return world.take(case, "accept", "property", now)

    def sent(**data: Any) -> Case:
        case = raised(**data)
        world.take(case, "sort", "community", now, sort="shared", reason="common_part", words=noted())
        return world.take(case, "dispatch", "community", now)

    def noted() -> str:
        return f"雀注第{next(said)}条"

    cases["held"] = raised()
    cases["sent"] = sent()
    cases["grids"] = sent(text="楼上漏水，天花板滴水")
    cases["working"] = world.take(
        at_work(), "whistle", "property", now, words=noted(), lead=str(world.desks["department:urban"].id)
    )
    cases["alone"] = at_work()
    cases["resolved"] = world.take(at_work(), "resolve", "property", now, words=noted())
    cases["replied"] = _replied(world, at_work(), now, noted)
    cases["closed"] = world.take(
        _replied(world, at_work(), now, noted), "rate", "reporter", now, solved="yes", satisfied="good"
    )
    cases["secret"] = raised(text="隔壁一直家暴，打老婆")
    cases["elsewhere"] = raised(who="", place=str(here.building2.id))
    cases["erased"] = raised()
    vault.erase(subject_kind="case", subject_id=cases["erased"].pk, now=now)
    assert [case.state for case in cases.values()] == [
        "submitted", "dispatched", "dispatched", "handling", "handling", "resolved", "replied", "closed", "received",
        "submitted", "submitted",
    ]  # fmt: skip
    cases["asked"] = _asked(here, now)


def _asked(here: Neighbourhood, now: Any) -> Case:
    """A request of the resident to have their data erased; it lies with the county, where no role here sits."""
    moment = here.world.moment("own", now)
    return open_case(flow="data", data={"category": "erase"}, moment=moment).case


def _replied(world: World, case: Case, now: Any, noted: Callable[[], str]) -> Case:
    world.take(case, "resolve", "property", now, words=noted())
    world.take(case, "check", "community", now)
    return world.take(case, "reply", "community", now, words=noted())


def _things(here: Neighbourhood, now: Any) -> None:
    held = here.cases["held"]
    here.things["picture"] = a_ready_picture(subject_id=held.pk).pk
    here.things["letter"] = Notice.objects.create(
        to_kind="desk", to_id=here.world.desks["community"].id, template="desk.dispatch", channel="sms",
        params={"number": held.number, "place": str(held.place_id), "category": held.category, "case": str(held.pk), "due": "", "desk": str(held.holder_id)},
        dedupe_key="letter", state="dead", county=held.county, made_at=now,
    ).pk  # fmt: skip
    here.things["post"] = post_of(here.people["clerk2"]).pk
    waiting = post_of(a_person(here.world, "waiting", "auditor", here.world.county))
    Post.objects.filter(pk=waiting.pk).update(needs_confirming=True, made_by=here.people["security"].pk)
    here.things["waiting"] = waiting.pk
    here.things["proposal"] = _proposal(here, now)
    clerk = post_of(here.people["clerk"])
    here.things["allowance"] = vault.ask_for_more(
        actor=Actor("person", here.people["clerk"].pk), post_id=clerk.pk, county=clerk.county,
        purpose="handle_case", number=5, hours=2, now=now,
    ).pk  # fmt: skip
    audit = Actor("person", here.people["audit"].pk)
    here.things["purge"] = vault.propose_purge(actor=audit, now=now).pk
    here.things["account"] = here.people["grid2"].pk


def _proposal(here: Neighbourhood, now: Any) -> UUID:
    """A change of the county's limits, proposed by its rule editor."""
    county, day = here.world.county, now.astimezone(SHANGHAI).date()
    proposal = rulebook.propose(
        key="limits", place_id=county.pk, data=RuleSet.objects.get(key="limits").data, basis="测试文件",
        valid_from=day, actor=Actor("person", here.people["editor"].pk), now=now,
    )  # fmt: skip
    return proposal.pk


def address(route: str, relation: str, here: Neighbourhood) -> str:
    """Return the address of a route for a relation: its holes filled with what stands in that relation."""
    case = here.cases.get(relation)
    code = tracking_code(case.pk) if case else "0000-0000-0000"
    fillings: dict[str, Any] = {
        "<uuid:case_id>": case.pk if case else UUID(int=1),
        "<uuidstr:case_id>": case.pk if case else UUID(int=1),
        "<uuid:rule_id>": UUID(int=1),
        "<uuid:proposal_id>": here.things["proposal"],
        "<str:key>": "limits",
        "<str:code>": "requests.received" if route.startswith("desk/") else code,
        "<uuid:place_id>": here.world.community.pk,
        "<uuid:id>": here.things["picture" if route.startswith("files") else "letter"],
        "<picture_size:size>": "page",
        "<copy_kind:kind>": "json",
        "<uuid:post_id>": here.things["waiting" if "confirm" in route else "post"],
        "<uuid:account_id>": here.things["account"],
        "<uuid:allowance_id>": here.things["allowance"],
        "<uuid:purge_id>": here.things["purge"],
        "<slug:step>": STEPS.get(route.partition("/<")[0], "sort"),
    }
    for hole, value in fillings.items():
        route = route.replace(hole, str(value))
    if relation == "beyond":
        return f"/{route}?place={here.community2.pk}"
    if relation.startswith("?"):
        return f"/{route}{relation}"
    if relation == "with code":
        return f"/{route}?code={tracking_code(here.cases['held'].pk)}"
    return f"/{route}"
