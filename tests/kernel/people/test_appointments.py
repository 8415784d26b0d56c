from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from linli.foundation.errors import InvalidInput, NotAllowed, WrongState
from linli.foundation.rules import ANYONE, IMPORT
from linli.kernel.journal.models import Event
from linli.kernel.journal.verify import run
from linli.kernel.people import queries, services
from linli.kernel.people.models import Account, Post
from tests.kernel.people.builders import (
    World,
    a_desk,
    a_holder,
    a_staff,
    a_world,
    an_administrator,
    person,
    post_of,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)  # noon in Shanghai


@pytest.fixture
def world() -> World:
    return a_world(NOW)


def test_a_post_gives_the_rights_of_its_role_at_its_place(world: World) -> None:
    account = a_holder(world.desks["grid"], "grid_worker", NOW)
    [post] = queries.posts_of(account.id, NOW)
    assert (post.role, post.desk_id, post.desk_kind) == ("grid_worker", world.desks["grid"].id, "grid")
    assert post.path == world.places["grid"].path
    assert post.county == "520328"
    assert post.name == "测试gridgrid网格员"
    assert post.may == {"handle", "raise_for_others"}


def test_asking_for_posts_costs_one_query(world: World, django_assert_num_queries) -> None:
    account = a_holder(world.desks["grid"], "grid_worker", NOW)
    services.appoint(
        account_id=account.id, role_code="grid_worker", desk_id=world.desks["other"].id, by=IMPORT, now=NOW
    )
    queries.posts_of(account.id, NOW)  # the roles are in memory now; in tests the stamps are read each time
    with django_assert_num_queries(3) as captured:
        assert len(queries.posts_of(account.id, NOW)) == 2
    assert [q["sql"] for q in captured if "people_post" in q["sql"]] == [captured[0]["sql"]]


def test_a_term_counts_by_shanghai_days_both_ends_included(world: World) -> None:
    account = a_staff(NOW)
    services.appoint(
        account_id=account.id,
        role_code="grid_worker",
        desk_id=world.desks["grid"].id,
        starts_on=date(2026, 11, 22),
        ends_on=date(2026, 11, 23),
        by=IMPORT,
        now=NOW,
    )
    held = {
        moment: len(queries.posts_of(account.id, datetime.fromisoformat(moment)))
        for moment in (
            "2026-11-21T23:59:59+08:00",
            "2026-11-22T00:00:00+08:00",
            "2026-11-23T23:59:59+08:00",
            "2026-11-24T00:00:00+08:00",
        )
    }
    assert list(held.values()) == [0, 1, 1, 0]


def test_a_lapsed_post_can_be_given_again(world: World) -> None:
    account = a_staff(NOW)
    wanted = {
        "account_id": account.id,
        "role_code": "grid_worker",
        "desk_id": world.desks["grid"].id,
        "by": IMPORT,
    }
    services.appoint(**wanted, ends_on=queries.shanghai_day(NOW), now=NOW)
    services.appoint(**wanted, now=NOW + timedelta(days=1))
    first, second = account.posts.order_by("id")
    assert first.ends_at == datetime(2026, 11, 20, 16, tzinfo=UTC)
    assert [post.id for post in queries.posts_of(account.id, NOW + timedelta(days=1))] == [second.id]


def test_ending_takes_effect_at_that_moment_whatever_the_term_says(world: World) -> None:
    account = a_holder(world.desks["grid"], "grid_worker", NOW)
    services.end_post(post_id=post_of(account).id, by=IMPORT, now=NOW)
    assert queries.posts_of(account.id, NOW) == ()
    assert Account.objects.get(id=account.id).epoch == 1


def test_an_inactive_account_has_no_rights(world: World) -> None:
    account = a_holder(world.desks["grid"], "grid_worker", NOW)
    Account.objects.filter(id=account.id).update(is_active=False)
    assert queries.posts_of(account.id, NOW) == ()


def test_who_may_appoint_does_so_only_on_their_ground(world: World) -> None:
    head = a_holder(world.desks["community"], "community_head", NOW)
    new = a_staff(NOW)
    post = services.appoint(
        account_id=new.id, role_code="grid_worker", desk_id=world.desks["grid"].id, by=person(head), now=NOW
    )
    assert post.made_by == head.id
    with pytest.raises(NotAllowed, match="不在您的岗位职责里"):
        services.appoint(
            account_id=new.id,
            role_code="street_dispatcher",
            desk_id=world.desks["street"].id,
            by=person(head),
            now=NOW,
        )


@pytest.mark.parametrize("role", ["grid_worker", "street_leader"])
def test_who_may_not_appoint_is_refused(world: World, role: str) -> None:
    desk = {"grid_worker": "grid", "street_leader": "street"}[role]
    other = a_holder(world.desks[desk], role, NOW)
    with pytest.raises(NotAllowed):
        services.appoint(
            account_id=a_staff(NOW).id,
            role_code="grid_worker",
            desk_id=world.desks["grid"].id,
            by=person(other),
            now=NOW,
        )


def test_a_stranger_appoints_nobody(world: World) -> None:
    with pytest.raises(NotAllowed):
        services.appoint(
            account_id=a_staff(NOW).id,
            role_code="grid_worker",
            desk_id=world.desks["grid"].id,
            by=ANYONE,
            now=NOW,
        )


def test_nobody_appoints_themselves(world: World) -> None:
    head = a_holder(world.desks["community"], "community_head", NOW)
    with pytest.raises(NotAllowed, match="不能任免自己"):
        services.appoint(
            account_id=head.id,
            role_code="grid_worker",
            desk_id=world.desks["grid"].id,
            by=person(head),
            now=NOW,
        )


def test_the_database_too_refuses_self_appointment(world: World) -> None:
    account = a_holder(world.desks["grid"], "grid_worker", NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.filter(account=account).update(made_by=account.id)


def test_a_role_sits_only_at_its_kinds_of_desk(world: World) -> None:
    with pytest.raises(InvalidInput, match="不坐这类岗台"):
        a_holder(world.desks["community"], "grid_worker", NOW)


def test_a_department_role_sits_at_any_department(world: World) -> None:
    desk = a_desk(world.places["county"], "department:housing", NOW)
    account = a_holder(desk, "department_officer", NOW)
    assert post_of(account).desk_id == desk.id


def test_a_role_that_appoints_waits_for_a_second_person(world: World) -> None:
    security = an_administrator("security_admin", NOW)
    system = an_administrator("system_admin", NOW)
    account = a_staff(NOW)
    post = services.appoint(
        account_id=account.id,
        role_code="community_head",
        desk_id=world.desks["community"].id,
        by=person(security),
        now=NOW,
    )
    assert queries.posts_of(account.id, NOW) == ()
    for not_second in (security, account):
        with pytest.raises(NotAllowed, match="另一个人"):
            services.confirm_post(post_id=post.id, by=person(not_second), now=NOW)
    services.confirm_post(post_id=post.id, by=person(system), now=NOW)
    assert [held.id for held in queries.posts_of(account.id, NOW)] == [post.id]
    with pytest.raises(WrongState):
        services.confirm_post(post_id=post.id, by=person(system), now=NOW)


def test_two_accounts_with_one_phone_are_one_person(world: World) -> None:
    security = an_administrator("security_admin", NOW, phone="13800000001")
    twin = an_administrator("system_admin", NOW, phone="13800000002")
    services.accounts.put_phone(twin, "people.staff_phone", "13800000001")
    post = services.appoint(
        account_id=a_staff(NOW).id,
        role_code="community_head",
        desk_id=world.desks["community"].id,
        by=person(security),
        now=NOW,
    )
    with pytest.raises(NotAllowed, match="另一个人"):
        services.confirm_post(post_id=post.id, by=person(twin), now=NOW)


def test_replacing_a_holder_leaves_the_desk_as_it_is(world: World) -> None:
    old = a_holder(world.desks["grid"], "grid_worker", NOW)
    new = a_staff(NOW)
    head = a_holder(world.desks["community"], "community_head", NOW)
    services.replace_holder(
        post_id=post_of(old).id, account_id=new.id, by=person(head), now=NOW, basis="社区令〔2026〕1号"
    )
    assert queries.posts_of(old.id, NOW) == ()
    [post] = queries.posts_of(new.id, NOW)
    assert (post.desk_id, post.role) == (world.desks["grid"].id, "grid_worker")
    assert [holder.account_id for holder in queries.holders(world.desks["grid"].id, NOW)] == [new.id]


def test_a_replacement_that_is_refused_leaves_the_old_holder(world: World) -> None:
    old = a_holder(world.desks["grid"], "grid_worker", NOW)
    gone = a_staff(NOW)
    Account.objects.filter(id=gone.id).update(is_active=False)
    with pytest.raises(WrongState):
        services.replace_holder(post_id=post_of(old).id, account_id=gone.id, by=IMPORT, now=NOW)
    assert len(queries.posts_of(old.id, NOW)) == 1


def test_every_appointment_and_end_is_in_the_journal(world: World) -> None:
    head = a_holder(world.desks["community"], "community_head", NOW)
    account = a_staff(NOW)
    post = services.appoint(
        account_id=account.id,
        role_code="grid_worker",
        desk_id=world.desks["grid"].id,
        by=person(head),
        now=NOW,
    )
    services.end_post(post_id=post.id, by=person(head), now=NOW)
    events = Event.objects.filter(subject_kind="post", subject_id=post.id).order_by("version")
    assert [(e.name, e.by_kind, e.by_id, e.post_id) for e in events] == [
        ("post.appoint", "person", head.id, post_of(head).id),
        ("post.end", "person", head.id, post_of(head).id),
    ]
    assert events[0].data["account"] == str(account.id)
    assert run(["people.posts"]).findings == []


def test_a_post_slipped_in_by_hand_is_found(world: World) -> None:
    account = a_holder(world.desks["grid"], "grid_worker", NOW)
    Post.objects.filter(account=account).update(role="grid_head")
    [finding] = run(["people.posts"]).findings
    assert finding.where == str(post_of(account).id)


def test_a_post_revived_by_hand_is_found(world: World) -> None:
    account = a_holder(world.desks["grid"], "grid_worker", NOW)
    post = post_of(account)
    services.end_post(post_id=post.id, by=IMPORT, now=NOW)
    Post.objects.filter(id=post.id).update(ends_at=None)
    [finding] = run(["people.posts"]).findings
    assert "又生效" in str(finding.sentence)
