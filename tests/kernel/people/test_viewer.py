from __future__ import annotations

from datetime import UTC, datetime

import pytest

from linli.foundation.errors import NotAllowed
from linli.foundation.ids import new_id
from linli.foundation.rules import IMPORT, Actor
from linli.kernel.people import queries, services
from linli.kernel.people.choices import ADMINISTRATORS
from linli.kernel.people.rules import check_may_change_rules
from linli.kernel.rulebook.choices import Capability
from linli.kernel.rulebook.registry import GUARDS, Ask
from tests.kernel.people.builders import World, a_holder, a_staff, a_world, an_administrator, person

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    return a_world(NOW)


def test_a_viewer_holds_the_desks_of_all_posts(world: World) -> None:
    account = a_holder(world.desks["grid"], "grid_worker", NOW)
    services.appoint(
        account_id=account.id, role_code="supervisor", place_id=world.places["street"].id, by=IMPORT, now=NOW
    )
    viewer = queries.viewer_of(account, NOW)
    assert viewer.actor == Actor("person", account.id)
    assert viewer.holds(world.desks["grid"].id)
    assert not viewer.holds(world.desks["other"].id)
    assert not viewer.holds(None)
    assert viewer.desk_ids == {world.desks["grid"].id}
    assert (viewer.can("handle"), viewer.can("supervise"), viewer.can("appoint")) == (True, True, False)


def test_supervision_covers_what_lies_under_the_place(world: World) -> None:
    account = a_staff(NOW)
    services.appoint(
        account_id=account.id, role_code="supervisor", place_id=world.places["street"].id, by=IMPORT, now=NOW
    )
    viewer = queries.viewer_of(account, NOW)
    covered = {level: viewer.supervises(place.path) for level, place in world.places.items()}
    assert covered == {
        "province": False,
        "city": False,
        "county": False,
        "street": True,
        "community": True,
        "grid": True,
        "other": True,
    }


def test_the_chosen_post_is_acted_from_and_the_first_otherwise(world: World) -> None:
    account = a_holder(world.desks["grid"], "grid_worker", NOW)
    second = services.appoint(
        account_id=account.id, role_code="grid_worker", desk_id=world.desks["other"].id, by=IMPORT, now=NOW
    )
    first = queries.viewer_of(account, NOW)
    assert first.post.desk_id == world.desks["grid"].id
    assert queries.viewer_of(account, NOW, second.id).post.id == second.id
    assert queries.viewer_of(account, NOW, new_id()).post == first.post


def test_a_moment_says_who_with_which_posts(world: World) -> None:
    account = a_holder(world.desks["grid"], "grid_worker", NOW)
    viewer = queries.viewer_of(account, NOW)
    moment = viewer.moment("subject", NOW)
    assert (moment.actor, moment.subject, moment.now) == (viewer.actor, "subject", NOW)
    assert (moment.posts, moment.post, moment.profile) == (viewer.posts, viewer.post, None)


def test_nobody_looking_may_nothing() -> None:
    viewer = queries.NOBODY_LOOKING
    assert (viewer.actor.kind, viewer.posts, viewer.account) == ("anonymous", (), None)
    assert not viewer.can("handle")
    assert not viewer.supervises("/1/")


def test_a_role_that_is_no_longer_defined_may_nothing(world: World) -> None:
    account = a_holder(world.desks["grid"], "grid_worker", NOW)
    account.posts.update(role="forgotten")
    assert queries.posts_of(account.id, NOW)[0].may == frozenset()


def test_the_rulebook_asks_people() -> None:
    assert check_may_change_rules in GUARDS


def test_rules_are_proposed_and_approved_by_those_whose_posts_say_so(world: World) -> None:
    secretary = a_holder(world.desks["community"], "community_secretary", NOW)
    leader = a_holder(world.desks["street"], "street_leader", NOW)
    here, above = world.places["community"].path, world.places["street"].path
    check_may_change_rules(Ask("propose", person(secretary), here, NOW))
    check_may_change_rules(Ask("approve", person(leader), here, NOW, secretary.id))
    for refused in (
        Ask("propose", person(secretary), above, NOW),
        Ask("propose", person(secretary), "", NOW),
        Ask("propose", person(leader), here, NOW),
        Ask("approve", person(secretary), here, NOW, leader.id),
        Ask("approve", person(leader), here, NOW, leader.id),
        Ask("publish", person(leader), "", NOW),
    ):
        with pytest.raises(NotAllowed):
            check_may_change_rules(refused)


def test_rules_for_everywhere_are_the_administrators_matter(world: World) -> None:
    system, security, audit = (an_administrator(role, NOW) for role in ADMINISTRATORS)
    check_may_change_rules(Ask("publish", person(system), "", NOW))
    check_may_change_rules(Ask("approve", person(security), "", NOW, system.id))
    for step in ("propose", "approve", "publish", "refuse"):
        with pytest.raises(NotAllowed):
            check_may_change_rules(Ask(step, person(audit), "", NOW))
    assert queries.viewer_of(audit, NOW).can(Capability.AUDIT_READ)
