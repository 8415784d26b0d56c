"""People, rules, places and the vault: what changes them happens wholly or not at all, too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest

from linli.foundation.errors import DomainError
from linli.foundation.rules import IMPORT, Actor
from linli.foundation.worktime import SHANGHAI
from linli.kernel.cases.models import Case
from linli.kernel.notices import services as notices
from linli.kernel.notices.models import Notice
from linli.kernel.people import services as people
from linli.kernel.people.models import Account, Post
from linli.kernel.places import services as places
from linli.kernel.rulebook import services as rulebook
from linli.kernel.rulebook.models import RuleSet
from linli.kernel.vault import services as vault
from linli.kernel.vault.models import Allowance
from tests.kernel.places.ground import feature
from tests.kernel.places.ground import grids as three_grids
from tests.proofs.injecting import Cut
from tests.proofs.test_all_or_nothing import Use, cut_everywhere, tell
from tests.world import TEN, World, _place, a_person, a_world

pytestmark = [pytest.mark.usefixtures("committed_db"), pytest.mark.slow]  # hundreds of states are compared
NEW_YEARS_EVE = datetime(2026, 12, 31, 9, 0, tzinfo=UTC)
BY = {"by": IMPORT, "now": TEN}
_names = (f"xin.{number:03d}" for number in count())


@pytest.fixture(autouse=True)
def stamps_asked_for_once(settings):
    """What a process remembers is asked after as in production, not at every look."""
    settings.STAMP_SECONDS = 3600


@pytest.mark.parametrize("register", ["people", "rules", "places", "kept"])
def test_every_change_of_a_register_happens_wholly_or_not_at_all(register, figure):
    world = a_world("default")
    uses = {"people": of_people, "rules": of_rules, "places": of_places, "kept": of_what_is_kept}[register]
    points = {name: cut_everywhere(name, sound(use)) for name, use in uses(world)}

    floor = {"people": 11, "rules": 4, "places": 7, "kept": 7}[register]
    tell(figure, register, list(points.values()), floor=floor)
    assert min(points.values()) >= 1


def sound(use: Use) -> Use:
    """A use that is refused for another reason than the cut would be tried for ever: let it fail the test."""

    def tried() -> None:
        try:
            use()
        except DomainError as refusal:
            assert isinstance(refusal.__context__, Cut), refusal.message
            raise

    return tried


def newcomer() -> Account:
    return people.add_staff(username=next(_names), name="测试员", **BY)


def of_people(world: World) -> Iterator[tuple[str, Use]]:
    community, desk = world.community, world.desks["community"]
    organisation = world.desks["grid"].organisation_id

    yield "add staff", lambda: people.add_staff(username="xin.ren", name="测试员", phone="13812345678", **BY)
    invited = newcomer()
    codes: list[str] = []
    yield "invite", lambda: codes.append(people.invite(account_id=invited.pk, **BY))
    password = "一个够长的密码要有十二位以上"
    yield "join", lambda: people.join(username=invited.username, code=codes[-1], password=password, now=TEN)
    yield (
        "add an organisation",
        lambda: people.add_organisation(kind="other", name="商会", place_id=community.pk, **BY),
    )
    yield (
        "open a desk",
        lambda: people.add_desk(
            organisation_id=organisation, kind="check", name="核查", place_id=community.pk, **BY
        ),
    )
    free = people.add_desk(
        organisation_id=organisation, kind="supervision", name="督办", place_id=community.pk, **BY
    )
    yield "close a desk", lambda: people.close_desk(desk_id=free.pk, **BY)
    one, two = newcomer(), newcomer()
    yield (
        "appoint",
        lambda: people.appoint(account_id=one.pk, role_code="community_clerk", desk_id=desk.pk, **BY),
    )
    held = Post.objects.get(account=one)
    yield "replace", lambda: people.replace_holder(post_id=held.pk, account_id=two.pk, **BY)
    yield "end a post", lambda: people.end_post(post_id=Post.objects.get(account=two).pk, **BY)
    waiting = people.appoint(account_id=newcomer().pk, role_code="system_admin", by=IMPORT, now=TEN)
    Post.objects.filter(pk=waiting.pk).update(needs_confirming=True)
    second = people.appoint(account_id=newcomer().pk, role_code="system_admin", by=IMPORT, now=TEN)
    yield (
        "confirm",
        lambda: people.confirm_post(post_id=waiting.pk, by=Actor("person", second.account_id), now=TEN),
    )
    yield "close an account", lambda: people.deactivate(account_id=one.pk, **BY)


def of_rules(world: World) -> Iterator[tuple[str, Use]]:
    editor = Actor("person", a_person(world, "editor", "rule_editor", world.county).pk)
    approver = Actor("person", a_person(world, "approver", "rule_approver", world.county).pk)
    day, data = TEN.astimezone(SHANGHAI).date(), RuleSet.objects.get(key="limits").data
    made = []

    def propose() -> None:
        made.append(
            rulebook.propose(
                key="limits",
                place_id=world.county.pk,
                data=data,
                basis="测试",
                valid_from=day,
                actor=editor,
                now=TEN,
            )
        )

    yield "propose", propose
    yield "approve", lambda: rulebook.approve(proposal_id=made[-1].pk, actor=approver, now=TEN)
    propose()
    yield "refuse", lambda: rulebook.refuse(proposal_id=made[-1].pk, reason="不合适", actor=approver, now=TEN)
    admin = people.appoint(account_id=newcomer().pk, role_code="system_admin", by=IMPORT, now=TEN).account_id
    waits = world.raise_case(now=NEW_YEARS_EVE)
    assert waits.due_pending
    yield (
        "publish a calendar",
        lambda: rulebook.publish_calendar(
            year=2027,
            days=weekdays(2027),
            source="国务院办公厅通知",
            by=Actor("person", admin),
            now=NEW_YEARS_EVE,
        ),
    )
    waits.refresh_from_db()
    assert not waits.due_pending


def weekdays(year: int) -> list[date]:
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(365))
    return [day for day in days if day.isoweekday() <= 5 and day != date(year, 1, 1)]


def of_places(world: World) -> Iterator[tuple[str, Use]]:
    act = {"now": TEN, "actor": IMPORT}
    other = _place("community", "第二社区", world.street, TEN)
    empty = _place("community", "第三社区", world.street, TEN)
    zones = []
    yield (
        "add a zone",
        lambda: zones.append(places.add_zone(kind="estate", name="花园", place_ids=[world.grid.pk], **act)),
    )
    yield (
        "change a zone",
        lambda: places.set_zone_members(
            zone_id=zones[-1].pk, place_ids=[world.grid.pk, world.grid2.pk], **act
        ),
    )
    yield (
        "divide into grids",
        lambda: places.import_grids(geojson=three_grids(), community_id=empty.pk, source="test", now=TEN),
    )
    outline = {
        "type": "FeatureCollection",
        "features": [feature("", [(109, 27), (109.1, 27), (109.1, 27.1)])],
    }
    outline["features"][0]["properties"] = {"adcode": "520602"}
    yield "import an outline", lambda: places.import_outlines(geojson=outline, source="test", now=TEN)
    yield (
        "house a building",
        lambda: places.house(building_ids=[world.building.pk], grid_id=world.grid2.pk, on=TEN.date(), **act),
    )
    rows = [{"code": "520602999000", "level": "4", "name": "新街道", "parent": "520602000000"}]
    yield "import divisions", lambda: places.import_divisions(rows=rows, source="test", now=TEN)
    yield (
        "merge",
        lambda: places.merge(place_ids=[other.pk], into_id=world.community.pk, on=TEN.date(), **act),
    )


def of_what_is_kept(world: World) -> Iterator[tuple[str, Use]]:
    case = world.raise_case(contact_phone="13812345678")
    subject = {"subject_kind": "case", "subject_id": case.pk}
    yield (
        "put",
        lambda: vault.put(
            **subject, county=case.county, values={"requests.text": "另一句话", "requests.contact_name": "某"}
        ),
    )
    yield "settle", lambda: vault.settle(**subject, at=TEN)
    told = {"case": str(case.pk), "number": case.number, "place": str(case.place_id), "category": case.category,
            "due": "", "desk": str(case.holder_id)}  # fmt: skip
    Notice.objects.create(
        to_kind="desk", to_id=case.holder_id, template="desk.dispatch", channel="inbox", params=told,
        dedupe_key="read", state="sent", county=case.county, made_at=TEN,
    )  # fmt: skip
    yield "mark as read", lambda: notices.mark_read(recipients=[("desk", case.holder_id)], now=TEN)
    yield (
        "a code for a phone",
        lambda: people.new_phone_code(phone="+8613812345678", action="sign-in", now=TEN),
    )
    reader, over = world.viewer("community", TEN), world.viewer("party", TEN)
    wish = {"actor": reader.actor, "post_id": reader.post.id, "county": case.county, "purpose": "handle_case"}
    yield "ask to open more", lambda: vault.ask_for_more(**wish, number=5, hours=2, now=TEN)
    asked = Allowance.objects.get().pk
    yield (
        "answer who asks",
        lambda: vault.answer_wish(allowance_id=asked, step="grant", actor=over.actor, now=TEN),
    )
    yield "break the glass", lambda: vault.break_glass(**wish, now=TEN)
    assert Case.objects.count() == 1
