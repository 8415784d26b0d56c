"""The doors of the desk, each asked alone: whom it lets through, and whom not. No database is needed for that."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
from django.http import Http404

from linli.foundation.errors import Absent, NotAllowed
from linli.foundation.rules import Actor
from linli.kernel.people.choices import ADMINISTER_SECURITY
from linli.kernel.people.queries import Viewer
from linli.kernel.people.queries.posts import PostRef
from linli.kernel.places.choices import Level
from linli.kernel.rulebook.choices import Capability
from linli.kernel.vault.choices import Purpose
from linli.shell import middleware
from linli.shell.desk import cards
from linli.shell.desk.queries import ground, register
from linli.shell.desk.views import case as case_page
from linli.shell.desk.views import reading, rules
from linli.shell.signin import session
from tests.world import TEN

ME, SHE, DESK = UUID(int=1), UUID(int=2), UUID(int=3)
BOTH = (True, False)


def a_post(*may, path="/1/2/"):
    return PostRef(UUID(int=9), ME, "role", DESK, "grid", None, None, path, "岗位", may=frozenset(may))


def a_viewer(*posts):
    return Viewer(Actor("person", ME), posts, posts[0] if posts else None)


def a_case(**more):
    given = {"pk": UUID(int=7), "by_kind": "person", "by_id": SHE, "confidential": False, "holder_id": DESK}
    return SimpleNamespace(**given | more)


@pytest.fixture
def knows(monkeypatch):
    """Say what the kernel answers about a case."""

    def say(**answers):
        for name, answer in answers.items():
            monkeypatch.setattr(cards.showing, name, lambda _case, _viewer, answer=answer: answer)

    return say


@pytest.mark.parametrize("checks", BOTH)
@pytest.mark.parametrize("confidential", BOTH)
def test_a_card_is_made_by_who_checks_it_and_never_of_a_protected_matter(knows, checks, confidential):
    knows(may_check=checks)

    assert cards.may_share(a_case(confidential=confidential), a_viewer()) is (checks and not confidential)


@pytest.mark.parametrize("accused", BOTH)
@pytest.mark.parametrize("checks", BOTH)
@pytest.mark.parametrize(("kind", "by"), [("person", ME), ("person", SHE), ("code", ME), ("code", SHE)])
def test_a_mask_is_for_who_checks_it_and_who_said_it_and_not_for_whom_it_is_about(
    knows, kind, by, checks, accused
):
    knows(may_check=checks, is_complained_about=accused)
    is_own = (kind, by) == ("person", ME)

    seen = cards._may_see_mask(a_case(by_kind=kind, by_id=by), a_viewer())

    assert seen is ((checks or is_own) and not accused)


@pytest.mark.parametrize("contacts", BOTH)
@pytest.mark.parametrize("checks", BOTH)
@pytest.mark.parametrize("purpose", [Purpose.CONTACT_REPORTER, Purpose.CHECK_RESULT, Purpose.HANDLE_CASE])
def test_a_purpose_is_open_to_those_it_is_for(knows, purpose, checks, contacts):
    knows(may_check=checks, may_contact=contacts)
    open_to = {Purpose.CONTACT_REPORTER: contacts, Purpose.CHECK_RESULT: checks, Purpose.HANDLE_CASE: True}

    try:
        case_page._refuse_others(a_case(), a_viewer(), purpose)
        refused = False
    except NotAllowed:
        refused = True

    assert refused is not open_to[purpose]


@pytest.mark.parametrize("there", BOTH)
def test_a_case_that_is_not_seen_is_absent(monkeypatch, there):
    request = SimpleNamespace(viewer=a_viewer())
    found = a_case() if there else None
    monkeypatch.setattr(
        case_page.cases, "find", lambda viewer, _pk: found if viewer is request.viewer else "?"
    )

    if there:
        assert case_page._found(request, UUID(int=7)) is found
        return
    with pytest.raises(Http404):
        case_page._found(request, UUID(int=7))


@pytest.mark.parametrize(
    ("may", "decides"),
    [
        ([Capability.SUPERVISE], True),
        ([Capability.APPROVE], True),
        ([ADMINISTER_SECURITY], True),
        ([Capability.HANDLE], False),
        ([], False),
    ],
)
def test_who_stands_over_somebody_or_keeps_the_security_decides(monkeypatch, may, decides):
    wish = SimpleNamespace(reader_id=SHE, post_id=DESK)
    monkeypatch.setattr(reading.vault, "allowances_open", lambda: [wish])
    monkeypatch.setattr(reading, "may_decide_reading", lambda _post, post_id: post_id == DESK)
    viewer = a_viewer(a_post(*may))

    assert reading._decides(viewer) is decides
    assert reading._waiting(viewer) == ([wish] if decides else [])


@pytest.mark.parametrize("reader", [ME, SHE])
@pytest.mark.parametrize("answers", [[], [False], [True], [False, True], [True, False]])
def test_nobody_decides_for_themselves_and_one_post_is_enough_for_others(monkeypatch, reader, answers):
    left = list(answers)
    monkeypatch.setattr(reading, "may_decide_reading", lambda _post, _post_id: left.pop(0))
    wish = SimpleNamespace(reader_id=reader, post_id=DESK)
    viewer = a_viewer(*[a_post() for _answer in answers])

    assert reading._own(viewer, wish) is (reader == ME)
    assert reading._may_decide(viewer, wish) is (reader == SHE and any(answers))


def test_what_i_may_not_decide_does_not_wait_for_me(monkeypatch):
    mine, hers = (SimpleNamespace(reader_id=reader, post_id=DESK) for reader in (ME, SHE))
    monkeypatch.setattr(reading.vault, "allowances_open", lambda: [mine, hers])
    monkeypatch.setattr(reading, "may_decide_reading", lambda _post, _post_id: True)

    assert reading._waiting(a_viewer(a_post(ADMINISTER_SECURITY))) == [hers]


@pytest.mark.parametrize(
    ("path", "may"), [("/1/2/", True), ("/1/2/3/", True), ("/1/", False), ("/1/3/", False), ("", False)]
)
def test_rules_are_changed_on_ones_own_ground(path, may):
    viewer = a_viewer(a_post("edit_rules", path="/1/2/"), a_post("handle", path="/"))

    assert rules._may(viewer, "edit_rules", path) is may
    assert rules._may(a_viewer(a_post("edit_rules", path="/")), "edit_rules", path) is True
    assert rules._may(a_viewer(), "edit_rules", path) is False


@pytest.mark.parametrize(
    ("path", "mine"), [("/1/2/", True), ("/1/2/3/", True), ("/1/", False), ("/1/3/", False)]
)
def test_a_place_is_mine_where_one_of_my_posts_is(path, mine):
    place = SimpleNamespace(path=path)

    assert register.is_mine(a_viewer(a_post(path="/9/"), a_post(path="/1/2/")), place) is mine
    assert register.is_mine(a_viewer(a_post(path="")), place) is True
    assert register.is_mine(a_viewer(), place) is False


def test_the_register_begins_at_the_acting_post_and_for_a_post_everywhere_at_the_first_place(monkeypatch):
    by_path = {"/1/2/": "the street"}
    monkeypatch.setattr(register.places, "by_path", by_path.get)
    monkeypatch.setattr(register.places, "children", lambda _place: ["the first", "the second"])

    assert register.own_ground(a_viewer(a_post())) == "the street"
    assert register.own_ground(a_viewer(a_post(path="/"))) == "the first"
    assert register.own_ground(a_viewer()) is None


@pytest.mark.parametrize(
    ("level", "path", "drawn"),
    [
        (Level.STREET, "/1/2/", True),
        (Level.GRID, "/1/2/3/", True),
        (Level.STREET, "/1/3/", False),
        (Level.COUNTY, "/1/", False),
        (Level.BUILDING, "/1/2/3/4/", False),
    ],
)
def test_a_map_shows_places_of_ones_own_ground_down_to_grids(monkeypatch, level, path, drawn):
    place = SimpleNamespace(level=level, path=path)
    monkeypatch.setattr(ground.places, "get", lambda pk: place if pk == DESK else None)

    if drawn:
        assert ground._within("/1/2/", DESK) is place
    else:
        with pytest.raises(Absent):
            ground._within("/1/2/", DESK)
    with pytest.raises(Absent):
        ground._within("/1/2/", SHE)


def test_the_map_is_that_of_the_acting_post(monkeypatch):
    street = SimpleNamespace(level=Level.STREET, path="/1/2/")
    grid = SimpleNamespace(level=Level.GRID, path="/1/2/3/")
    monkeypatch.setattr(ground.places, "by_path", {"/1/2/": street}.get)
    monkeypatch.setattr(ground.places, "get", {SHE: street, DESK: grid}.get)
    viewer, everywhere = a_viewer(a_post()), a_viewer(a_post(path=""))

    own = ground.ground_of(viewer, None, None)
    assert (own.own, own.place, own.level, own.chosen) == ("/1/2/", street, Level.COMMUNITY, None)
    chosen = ground.ground_of(viewer, SHE, DESK)
    assert (chosen.place, chosen.chosen) == (street, grid)
    assert ground.ground_of(everywhere, None, DESK).chosen is grid
    assert ground.ground_of(everywhere, None, None).own == "/"
    with pytest.raises(Absent):
        ground.ground_of(a_viewer(), None, None)
    with pytest.raises(
        Absent
    ):  # a part is looked for in the place that is shown, not in all that is one's own
        ground.ground_of(everywhere, DESK, SHE)


@pytest.mark.parametrize("staff", BOTH)
@pytest.mark.parametrize("posts", [(), (a_post(),)])
def test_whoever_is_staff_or_holds_a_post_passes_the_gate_of_staff(staff, posts):
    request = SimpleNamespace(user=SimpleNamespace(is_staff_member=staff), viewer=a_viewer(*posts))

    assert middleware._is_staff(request) is (staff or bool(posts))


@pytest.mark.parametrize(
    ("path", "for_posts"),
    [("/desk/", True), ("/desk/cases", True), ("/desk/sign-in", False), ("/desk/account/2fa/", False), ("/me", False), ("/", False)],
)  # fmt: skip
def test_the_desk_is_for_posts_and_its_doors_are_for_everybody(path, for_posts):
    assert middleware._is_for_posts(SimpleNamespace(path=path)) is for_posts


@pytest.mark.parametrize(
    ("began", "seen", "over"),
    [
        (0, 0, False),
        (12 * 3600 - 1, 0, False),
        (12 * 3600, 0, True),
        (0, 30 * 60 - 1, False),
        (3600, 30 * 60, True),
        (None, 0, True),
        (0, None, True),
    ],
)
def test_a_session_is_over_after_half_an_hour_idle_and_twelve_in_all(began, seen, over):
    at = int(TEN.timestamp())
    kept = {"began": began, "seen": seen}
    request = SimpleNamespace(session={name: at - ago for name, ago in kept.items() if ago is not None})

    assert session.is_over(request, TEN) is over


@pytest.mark.parametrize(("ago", "written"), [(59, False), (60, True), (61, True)])
def test_being_seen_is_written_down_once_a_minute(ago, written):
    before = int((TEN - timedelta(seconds=ago)).timestamp())
    request = SimpleNamespace(session={"seen": before})

    session.touch(request, TEN)

    assert request.session == {"seen": int(TEN.timestamp()) if written else before}


@pytest.mark.parametrize(
    ("methods", "passed"),
    [(["password", "mfa"], True), (["mfa", "password"], True), (["password"], False), ([], False)],
)
def test_a_second_factor_is_one_that_this_session_has_passed(monkeypatch, methods, passed):
    records = [{"method": method} for method in methods]
    monkeypatch.setattr(session, "get_authentication_records", lambda _request, _user: records)

    assert session.has_second_factor(SimpleNamespace(user=None)) is passed
