"""What a viewer may, read from the posts alone: each right with what it is not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from linli.foundation.rules import ANYONE, Actor
from linli.kernel.people.choices import ADMINISTER_SECURITY, WEIGHTY
from linli.kernel.people.queries import Viewer, viewer
from linli.kernel.people.queries.posts import PostRef
from linli.kernel.people.queries.roles import RoleDef
from linli.kernel.people.rules import may_ask_reading
from linli.kernel.rulebook.choices import Capability
from tests.world import TEN

ME, DESK, OTHER, CASE = (UUID(int=number) for number in range(1, 5))
ACTOR = Actor("person", ME)


def a_post(*may: str, path: str = "/1/2/", desk: UUID | None = DESK, number: int = 9) -> PostRef:
    return PostRef(UUID(int=number), ME, "role", desk, "grid", None, None, path, "岗位", may=frozenset(may))


def test_a_desk_is_held_by_who_has_a_post_at_it_and_no_desk_by_nobody() -> None:
    seen = Viewer(ACTOR, (a_post(), a_post(desk=None)))

    assert seen.desk_ids == {DESK}
    assert (seen.holds(DESK), seen.holds(OTHER), seen.holds(None)) == (True, False, False)
    assert Viewer(ACTOR).holds(DESK) is False


def test_one_post_of_several_is_enough_for_a_right_and_none_gives_none() -> None:
    seen = Viewer(ACTOR, (a_post("handle"), a_post("supervise")))

    assert (seen.can("handle"), seen.can("supervise"), seen.can("appoint")) == (True, True, False)
    assert Viewer(ACTOR).can("handle") is False


def test_who_supervises_does_so_on_the_ground_of_that_post_alone() -> None:
    seen = Viewer(ACTOR, (a_post(Capability.SUPERVISE, path="/1/2/"), a_post("handle", path="/1/3/")))

    assert [seen.supervises(path) for path in ("/1/2/", "/1/2/7/", "/1/3/", "/1/", "/1/20/")] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert seen.grounds(Capability.SUPERVISE) == ("/1/2/",)
    assert seen.grounds("handle") == ("/1/3/",)
    assert seen.grounds("appoint") == ()
    assert Viewer(ACTOR).supervises("/1/2/") is False


@pytest.mark.parametrize(("chosen", "acting"), [(8, 8), (9, 9), (7, 9), (None, 9)])
def test_the_post_that_was_chosen_is_acted_from_and_else_the_first(
    chosen: int | None, acting: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts = (a_post(number=9), a_post(number=8))
    monkeypatch.setattr(viewer, "posts_of", lambda account_id, _now: posts if account_id == ME else ())
    account: Any = SimpleNamespace(id=ME)

    seen = viewer.viewer_of(account, TEN, UUID(int=chosen) if chosen else None)

    assert (seen.actor, seen.posts, seen.account) == (ACTOR, posts, account)
    assert seen.post is not None
    assert seen.post.id == UUID(int=acting)


def test_an_account_without_posts_acts_from_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewer, "posts_of", lambda _account_id, _now: ())
    account: Any = SimpleNamespace(id=ME)

    assert viewer.viewer_of(account, TEN, ME).post is None


def test_the_bearer_of_a_code_is_nobody_else_and_remembered_only_with_posts() -> None:
    staff, resident = Viewer(ACTOR, (a_post("handle"),)), Viewer(ACTOR)

    def with_code(**more: Any) -> Viewer:
        request: Any = SimpleNamespace(**more)
        return viewer.with_code(request, CASE)

    assert with_code(viewer=staff) == Viewer(Actor("code", CASE), bearer=staff)
    assert with_code(viewer=staff).can("handle") is False
    assert with_code(viewer=resident) == Viewer(Actor("code", CASE))
    assert with_code() == Viewer(Actor("code", CASE))


def test_who_is_looking_is_what_the_request_says() -> None:
    request: Any = SimpleNamespace(viewer=Viewer(ANYONE))

    assert viewer.looking(request) is request.viewer


def test_a_moment_carries_who_looks_from_where_and_at_what() -> None:
    post, bearer = a_post("handle"), Viewer(ACTOR)
    moment = Viewer(ACTOR, (post,), post, bearer=bearer).moment("a case", TEN, "a profile")

    assert (moment.actor, moment.subject, moment.now) == (ACTOR, "a case", TEN)
    assert (moment.posts, moment.post, moment.profile, moment.bearer) == ((post,), post, "a profile", bearer)


@pytest.mark.parametrize(
    ("desks", "kind", "may_sit"),
    [
        (("grid", "community"), "community", True),
        (("department",), "department:water", True),
        (("department",), "departments", False),
        (("grid",), "street", False),
        ((), "grid", False),
    ],
)
def test_a_role_sits_at_its_kinds_of_desk(desks: tuple[str, ...], kind: str, may_sit: bool) -> None:
    assert RoleDef("role", "岗位", frozenset(), desks).sits_at(kind) is may_sit


@pytest.mark.parametrize("capability", sorted(WEIGHTY))
def test_a_role_with_one_weighty_right_needs_a_second_person(capability: str) -> None:
    assert RoleDef("role", "岗位", frozenset({capability, "handle"})).is_weighty is True
    assert RoleDef("role", "岗位", frozenset({"handle"})).is_weighty is False


def test_who_opens_what_residents_said_may_ask_to_open_more_and_an_administrator_may_not() -> None:
    assert may_ask_reading(a_post(Capability.HANDLE)) is True
    assert may_ask_reading(a_post(ADMINISTER_SECURITY)) is False
    assert may_ask_reading(a_post()) is False
