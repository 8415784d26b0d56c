"""What `linli verify` says of posts, desks and organisations that were changed past the doors."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from linli.foundation.rules import IMPORT
from linli.kernel.journal.verify import run
from linli.kernel.people import services
from linli.kernel.people.models import Desk, Organisation, Post
from linli.kernel.people.verify import (
    ASTRAY,
    CLOSED_OTHERWISE,
    ENDED_OTHERWISE,
    GONE,
    NEVER_CONFIRMED,
    NEVER_GIVEN,
    NEVER_OPENED,
    UNCONFIRMED,
)
from tests.kernel.people.builders import World, a_holder, a_staff, a_world, an_administrator, person, post_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 7, 1, 2, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


@pytest.fixture
def world() -> World:
    return a_world(NOW)


def found() -> list[tuple[Any, str]]:
    return [(one.sentence, one.where) for one in run(["people.posts", "people.desks"]).findings]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"title": "书记"}, NEVER_GIVEN),
        ({"basis": "另一份文件"}, NEVER_GIVEN),
        ({"made_at": LATER}, NEVER_GIVEN),
        ({"organisation": None}, NEVER_GIVEN),
        ({"ends_on": date(2030, 1, 1)}, NEVER_GIVEN),
        ({"ends_at": LATER}, ENDED_OTHERWISE),
        ({"confirmed_at": LATER}, NEVER_CONFIRMED),
        ({"county": "520200"}, ASTRAY),
        ({"path": "/"}, ASTRAY),
    ],
)
def test_a_post_that_was_changed_is_found(world: World, changed: dict[str, Any], sentence: Any) -> None:
    post = post_of(a_holder(world.desks["grid"], "grid_worker", NOW))
    assert found() == []
    Post.objects.filter(pk=post.pk).update(**changed)
    assert found() == [(sentence, str(post.pk))]


def test_a_confirmation_that_was_taken_away_is_found(world: World) -> None:
    system, security = an_administrator("system_admin", NOW), an_administrator("security_admin", NOW)
    post = services.appoint(
        account_id=a_staff(NOW).pk, role_code="community_head", desk_id=world.desks["community"].pk,
        by=person(security), now=NOW,
    )  # fmt: skip
    services.confirm_post(post_id=post.pk, by=person(system), now=NOW)
    assert found() == []
    Post.objects.filter(pk=post.pk).update(confirmed_at=None, confirmed_by=None)
    assert found() == [(UNCONFIRMED, str(post.pk))]


def test_a_term_that_ran_out_is_no_finding(world: World) -> None:
    account = a_staff(NOW)
    seat = {
        "account_id": account.pk,
        "role_code": "grid_worker",
        "desk_id": world.desks["grid"].pk,
        "by": IMPORT,
    }
    first = services.appoint(**seat, ends_on=NOW.date(), now=NOW)
    services.appoint(**seat, now=NOW + timedelta(days=3))
    first.refresh_from_db()
    assert first.ends_at is not None
    assert found() == []


@pytest.mark.parametrize("changed", [{"name": "别的台"}, {"phone": "110"}, {"kind": "community"}])
def test_a_desk_that_was_changed_is_found(world: World, changed: dict[str, Any]) -> None:
    desk = world.desks["grid"]
    Desk.objects.filter(pk=desk.pk).update(**changed)
    assert found() == [(NEVER_OPENED, str(desk.pk))]


def test_a_desk_that_was_closed_or_opened_again_by_hand_is_found(world: World) -> None:
    grid, other = world.desks["grid"], world.desks["other"]
    services.close_desk(desk_id=grid.pk, by=IMPORT, now=NOW)
    assert found() == []
    Desk.objects.filter(pk=grid.pk).update(closed_at=None)
    Desk.objects.filter(pk=other.pk).update(closed_at=NOW)
    assert sorted(found(), key=str) == sorted(
        [(CLOSED_OTHERWISE, str(grid.pk)), (CLOSED_OTHERWISE, str(other.pk))], key=str
    )


def test_what_is_gone_is_found(world: World) -> None:
    desk = world.desks["other"]
    post = post_of(a_holder(world.desks["grid"], "grid_worker", NOW))
    Post.objects.filter(pk=post.pk).delete()
    Desk.objects.filter(pk=desk.pk).delete()
    Organisation.objects.filter(pk=desk.organisation_id).delete()
    assert {where for sentence, where in found() if sentence == GONE} == {
        f"post {post.pk}", f"desk {desk.pk}", f"organisation {desk.organisation_id}",
    }  # fmt: skip
    assert len(found()) == 3
