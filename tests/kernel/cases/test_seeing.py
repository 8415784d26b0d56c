"""Who may know of a case, who may read it, who may see its photos: each relation, with those it does not reach."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest

from linli.foundation.ids import new_id
from linli.foundation.rules import ANYONE, Actor
from linli.kernel.cases import queries as cases
from linli.kernel.cases.models import Assignment, Case, Passage
from linli.kernel.cases.queries import seeing, showing
from linli.kernel.cases.queries.codes import tracking_code
from linli.kernel.people.models import Account
from linli.kernel.people.queries import NOBODY_LOOKING, PostRef, Viewer
from linli.kernel.vault import services as vault
from tests.world import TEN, a_world

pytestmark = pytest.mark.django_db


def a_post(desk=None, kind="", path="", *may):
    return PostRef(new_id(), new_id(), "role", desk, kind, None, None, path, "name", may=frozenset(may))


def someone(*posts, actor=None):
    return Viewer(actor or Actor("person", new_id()), tuple(posts))


def sees(viewer, case):
    """Asked both ways, which must agree."""
    listed = cases.visible_to(viewer).filter(pk=case.pk).exists()
    assert (cases.find(viewer, case.pk) is not None) is listed
    return listed


@pytest.fixture
def world():
    return a_world("wanshan")


def at(world, key):
    """Somebody at this desk, whose post stands on no ground."""
    return someone(a_post(world.desks[key].pk, key))


def working(world):
    """Sent to the property officers, who have called the urban department."""
    case = world.raise_case()
    world.take(case, "sort", "community", sort="shared", reason="common_part")
    world.take(case, "dispatch", "community", desk=str(world.desks["property"].pk))
    world.take(case, "accept", "property")
    lead = str(world.desks["department:urban"].pk)
    return world.take(case, "whistle", "property", words="请来", lead=lead)


def test_a_case_is_seen_by_the_desk_that_holds_it_and_by_no_other(world):
    case = world.raise_case()
    other = world.raise_case(who="grid")

    seen = {key for key in world.desks if sees(at(world, key), case)}
    assert seen == {"community"}
    assert sees(someone(a_post(world.desks["grid"].pk), a_post(world.desks["community"].pk)), case)
    assert not sees(someone(a_post(None)), case)
    assert not sees(someone(), case)
    assert not sees(NOBODY_LOOKING, case)
    assert {one.pk for one in cases.visible_to(at(world, "community"))} == {case.pk, other.pk}


def test_who_has_it_in_hand_and_who_was_called_see_it_too(world):
    case = working(world)
    elsewhere = working(world)
    world.take(elsewhere, "finish", "department:urban")
    Assignment.objects.filter(case=elsewhere).update(desk_id=world.desks["department:water"].pk)

    seen = {key for key in world.desks if sees(at(world, key), case)}
    assert seen == {"property", "department:urban"}
    assert {key for key in world.desks if sees(at(world, key), elsewhere)} == {"property", "department:water"}


def test_who_has_it_in_hand_sees_it_while_another_desk_holds_it():
    world = a_world("default")
    case = working(world)
    world.take(case, "finish", "department:urban")
    case = world.take(case, "resolve", "property", words="好了")

    assert case.handler_id == world.desks["property"].pk != case.holder_id
    assert sees(at(world, "property"), case)


def test_through_whose_desk_it_has_passed_sees_it_until_it_is_confidential(world):
    case, other = working(world), world.raise_case()
    Passage.objects.create(desk_id=world.desks["grid"].pk, case=case)

    assert sees(at(world, "grid"), case)
    assert not sees(at(world, "grid"), other)
    assert not sees(at(world, "grid2"), case)


def test_a_confidential_case_is_seen_by_its_holder_and_reporter_alone(world):
    world.people["own"] = Account.objects.create(username=None, name="", kind="resident", made_at=TEN)
    case = working(world)
    Passage.objects.create(desk_id=world.desks["grid"].pk, case=case)
    case = world.take(case, "protect", "property", words="孩子被打")
    mine = world.raise_case(text="老公打我", who="own")
    over = someone(a_post(None, "", world.county.path, "supervise"))

    assert case.confidential
    assert {key for key in world.desks if sees(at(world, key), case)} == {"protected"}
    assert [sees(over, one) for one in (case, mine)] == [False, False]
    assert sees(someone(actor=Actor("person", world.people["own"].pk)), mine)
    assert sees(Viewer(Actor("code", case.pk)), case)


@pytest.mark.parametrize(
    ("ground", "may", "seen"),
    [
        ("county", "supervise", True),
        ("grid", "supervise", True),
        ("grid2", "supervise", False),
        ("county", "handle", False),
        ("", "supervise", False),
    ],
)
def test_who_supervises_sees_what_lies_on_that_ground(world, ground, may, seen):
    case = world.raise_case()
    path = getattr(world, ground).path if ground else ""

    for desk in (None, world.desks["water"].pk if "water" in world.desks else new_id()):
        assert sees(someone(a_post(desk, "x", path, may)), case) is seen
        assert sees(someone(a_post(desk, "x", path, may), a_post(None)), case) is seen


def test_reporters_see_their_own_by_account_or_by_code(world):
    world.people["own"] = Account.objects.create(username=None, name="", kind="resident", made_at=TEN)
    case, other = world.raise_case(who="own"), world.raise_case()
    me, my_id = Actor("person", world.people["own"].pk), world.people["own"].pk

    assert [sees(Viewer(me), one) for one in (case, other)] == [True, False]
    assert not sees(Viewer(Actor("person", new_id())), case)
    assert not sees(Viewer(Actor("import", my_id)), case)
    assert [sees(Viewer(Actor("code", other.pk)), one) for one in (case, other)] == [False, True]
    assert not sees(Viewer(Actor("anonymous", case.pk)), case)
    Case.objects.filter(pk=case.pk).update(by_kind="import")
    assert not sees(Viewer(me), case)


def test_who_wrote_it_down_for_somebody_is_not_the_reporter(world):
    case = world.raise_case(who="community", channel="phone")

    assert case.by_id == world.people["community"].pk
    assert not sees(Viewer(Actor("person", case.by_id)), case)


def test_what_waits_to_be_claimed_is_seen_by_members_registered_there():
    world = a_world("jianhe")
    case, waiting = world.raise_case(), world.raise_case()
    waiting = world.take(waiting, "publish", "community")
    desk = new_id()
    here, there = world.community.path, world.grid2.path

    assert sees(someone(a_post(desk, "members", here)), waiting)
    assert sees(someone(a_post(desk, "grid", there), a_post(desk, "members", here)), waiting)
    assert not sees(someone(a_post(desk, "members", there)), waiting)
    assert not sees(someone(a_post(desk, "grid", here)), waiting)
    assert not sees(someone(a_post(desk, "members", "")), waiting)
    assert not sees(someone(a_post(desk, "members", here)), case)
    assert not Case.objects.filter(seeing.open_to(someone(a_post(desk, "grid", here)))).exists()
    Case.objects.filter(pk=waiting.pk).update(confidential=True)
    assert not sees(someone(a_post(desk, "members", here)), waiting)
    Case.objects.filter(pk=waiting.pk).update(confidential=False, flow="protected")
    assert not sees(someone(a_post(desk, "members", here)), waiting)


def test_late_calls_are_those_open_overdue_and_of_an_open_case_that_is_not_confidential(world):
    case = working(world)
    every = Case.objects.all()
    call = Assignment.objects.filter(case=case)

    def listed(**changed):
        Case.objects.filter(pk=case.pk).update(
            **{"confidential": False, "closed_at": None, "closed_how": ""} | changed
        )
        return [one.pk for one in seeing.with_late_calls(every)] == [case.pk]

    assert not listed()
    call.update(overdue_at=TEN)
    other = world.raise_case()
    assert listed()
    assert other.pk not in seeing.ids(seeing.with_late_calls(every))
    assert not listed(confidential=True)
    assert not listed(closed_at=TEN, closed_how="solved")
    call.update(done_at=TEN)
    assert not listed()


def test_a_code_finds_its_own_case_and_one_that_is_none_finds_nothing(world):
    case, _other = world.raise_case(), world.raise_case()

    assert cases.by_code(tracking_code(case.pk)) == case
    assert cases.by_code("0000-0000-0000") is None


def test_more_kinds_of_viewers_than_are_remembered_are_still_told_the_truth(world, monkeypatch):
    case = world.raise_case()
    monkeypatch.setattr(seeing, "MOST_SHAPES", 1)
    seeing._ONE._made.clear()
    holder = at(world, "community")

    for viewer in (NOBODY_LOOKING, someone(a_post()), someone(a_post(), a_post())):
        assert cases.find(viewer, case.pk) is None
        assert len(seeing._ONE._made) == 1
    assert cases.find(holder, case.pk) == case


def test_a_look_up_for_a_viewer_gives_rows_and_instances_alike(world):
    case = world.raise_case()
    holder, nobody = at(world, "community"), someone(a_post(new_id()))
    asked = seeing.AskedAs(lambda viewer, state: cases.visible_to(viewer).filter(state=state), state="x y")
    numbers = seeing.AskedAs(
        lambda viewer, state: cases.visible_to(viewer).filter(state=state).values_list("number"), state="x y"
    )

    assert asked.every(Case, holder, state="submitted") == [case]
    assert asked.every(Case, nobody, state="submitted") == []
    assert numbers.rows(holder, state="submitted") == [(case.number,)]


# What is in whose hand, without a database.

DESK, OTHER, ME = UUID(int=1), UUID(int=2), UUID(int=3)


def a_case(**more):
    given = {"is_open": True, "holder_id": DESK, "handler_id": None, "open_assignments": [], "path": "/1/2/",
             "category": "property.service", "by_kind": "person", "by_id": ME, "pk": UUID(int=9), "confidential": False}  # fmt: skip
    return SimpleNamespace(**given | more)


CALLED = [SimpleNamespace(desk_id=OTHER), SimpleNamespace(desk_id=DESK)]


@pytest.mark.parametrize(
    ("case", "has"),
    [
        ({}, True),
        ({"holder_id": OTHER}, False),
        ({"holder_id": OTHER, "handler_id": DESK}, True),
        ({"holder_id": OTHER, "open_assignments": CALLED}, True),
        ({"holder_id": OTHER, "open_assignments": CALLED[:1]}, False),
    ],
)
def test_who_holds_does_or_is_called_works_on_it_while_it_is_open(case, has):
    viewer = someone(a_post(DESK, "grid", "/1/9/"))

    assert showing.works_on(a_case(**case), viewer) is has
    assert showing.works_on(a_case(**case, is_open=False), viewer) is False
    assert showing.may_contact(a_case(**case), viewer) is has
    assert showing.may_check(a_case(**case), viewer) is has
    assert showing.may_check(a_case(**case, is_open=False), viewer) is has


def test_who_supervises_there_may_check_and_not_contact():
    over = someone(a_post(None, "", "/1/", "supervise"))
    elsewhere = someone(a_post(None, "", "/1/9/", "supervise"))

    assert [showing.may_check(a_case(), one) for one in (over, elsewhere)] == [True, False]
    assert showing.may_contact(a_case(), over) is False


@pytest.mark.parametrize(
    ("kinds", "is_about"),
    [(["property"], True), (["grid"], False), (["grid", "property"], True), ([""], False), ([], False)],
)
def test_a_party_complained_about_works_on_it_without_learning_who_complained(kinds, is_about):
    viewer = someone(a_post(DESK), *[a_post(DESK, kind) for kind in kinds])

    assert showing.is_complained_about(a_case(), viewer) is is_about
    assert showing.may_contact(a_case(), viewer) is not is_about
    assert showing.is_complained_about(a_case(category=""), someone(a_post(DESK, ""))) is False


def test_a_trained_handler_reaches_the_reporter_of_a_protected_matter(world):
    case = world.raise_case(text="隔壁一直家暴，打老婆", contact_phone="13800138000")
    handler = at(world, "protected")

    assert (case.category, case.confidential) == ("protected.violence", True)
    assert showing.is_complained_about(case, handler) is False
    assert showing.may_contact(case, handler) is True
    assert showing.may_contact(case, at(world, "community")) is False


def test_photos_are_seen_by_who_works_on_it_who_reported_it_and_who_has_just_read_it(world):
    case = world.raise_case()
    reader, task = Actor("person", new_id()), case.number

    def read(purpose, at):
        vault.read(subject_kind="case", subject_id=case.pk, codes=["requests.text"], actor=reader, post_id=None,
                   purpose=purpose, task=task, now=at)  # fmt: skip

    def may(viewer, now=TEN, **changed):
        for name, value in changed.items():
            setattr(case, name, value)
        return showing.may_see_photos(case, viewer, now)

    looking = Viewer(reader)
    assert may(someone(a_post(world.desks["community"].pk)))
    assert not may(looking)
    read("handle_case", TEN)
    assert not may(looking)
    read("check_result", TEN)
    assert may(looking)
    assert not may(someone())
    assert may(looking, TEN + timedelta(minutes=10) - timedelta(microseconds=1))
    assert not may(looking, TEN + timedelta(minutes=10))
    assert may(Viewer(Actor("person", ME)), by_kind="person", by_id=ME)
    assert not may(Viewer(Actor("person", OTHER)))
    assert not may(Viewer(Actor("code", ME)), by_kind="code")
    assert not may(Viewer(Actor("person", ME)))
    assert not may(replace(NOBODY_LOOKING, actor=ANYONE), by_kind="anonymous", by_id=ANYONE.id)
