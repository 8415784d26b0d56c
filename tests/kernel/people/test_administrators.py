"""三权分立: three posts, three persons, none of whom reads personal data by it (F3)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from linli.foundation.errors import InvalidInput, NotAllowed
from linli.foundation.rules import IMPORT
from linli.kernel.people import queries, services
from linli.kernel.people.choices import ADMINISTRATORS
from linli.kernel.people.models import Account, Post
from linli.kernel.people.rules import SETUP
from linli.kernel.rulebook.choices import Capability
from linli.kernel.rulebook.models import RuleSet
from tests.kernel.people.builders import (
    World,
    a_holder,
    a_staff,
    a_world,
    an_administrator,
    person,
    post_of,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
READING = {"handle", "dispatch", "check", "approve", "supervise", "answer_protected", "raise_for_others"}


@pytest.fixture
def world() -> World:
    return a_world(NOW)


@pytest.fixture
def three(world: World) -> dict[str, Account]:
    return {role: an_administrator(role, NOW) for role in ADMINISTRATORS}


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("system_admin", {"administer_system", "confirm_grant", "edit_rules"}),
        ("security_admin", {"administer_security", "approve_rules", "appoint"}),
        ("audit_admin", {"audit_read"}),
    ],
)
def test_what_each_administrator_may_do(three: dict[str, Account], role: str, may: set[str]) -> None:
    viewer = queries.viewer_of(three[role], NOW)
    assert viewer.posts[0].may == may
    assert not any(viewer.can(capability) for capability in READING)
    assert not viewer.supervises("/1/")
    assert viewer.desk_ids == frozenset()


def test_no_rule_set_gives_an_administrators_words_to_a_role(world: World) -> None:
    shipped = RuleSet.objects.get(key="roles")
    data = {"roles": [{"code": "clerk", "label": "办事员", "may": ["handle", "confirm_grant"], "desks": []}]}
    wide = RuleSet(
        key="roles", version=2, valid_from=shipped.valid_from, data=data, basis="测试", made_at=NOW
    )
    wide.origin = shipped.origin
    wide.save(force_insert=True)
    assert queries.role("clerk", on=NOW.date(), path=world.places["grid"].path).may == {"handle"}


@pytest.mark.parametrize("held", ADMINISTRATORS)
@pytest.mark.parametrize("wanted", ADMINISTRATORS)
def test_one_person_never_holds_two_of_the_three(world: World, held: str, wanted: str) -> None:
    account = an_administrator(held, NOW)
    with pytest.raises(NotAllowed, match="三员"):
        services.appoint(account_id=account.id, role_code=wanted, by=SETUP, now=NOW)


def test_the_database_too_refuses_a_second_administrator_post(three: dict[str, Account]) -> None:
    account = three["system_admin"]
    copy = post_of(account)
    copy.id, copy.role = post_of(a_holder_elsewhere()).id, "audit_admin"
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.filter(id=copy.id).update(account=account, role="audit_admin")


def a_holder_elsewhere() -> Account:
    return an_administrator("security_admin", NOW)


def test_one_person_with_two_accounts_is_one_person(world: World) -> None:
    an_administrator("system_admin", NOW, phone="13900000001")
    with pytest.raises(NotAllowed, match="三个人"):
        an_administrator("audit_admin", NOW, phone="139 0000 0001")


def test_an_administrator_holds_no_other_post(three: dict[str, Account], world: World) -> None:
    for account in three.values():
        with pytest.raises(NotAllowed, match="不兼任"):
            services.appoint(
                account_id=account.id,
                role_code="grid_worker",
                desk_id=world.desks["grid"].id,
                by=IMPORT,
                now=NOW,
            )


def test_who_handles_matters_becomes_no_administrator(world: World) -> None:
    worker = a_holder(world.desks["grid"], "grid_worker", NOW)
    with pytest.raises(NotAllowed, match="不兼任"):
        services.appoint(account_id=worker.id, role_code="audit_admin", by=SETUP, now=NOW)


@pytest.mark.parametrize(
    ("role", "refusal"), [("audit_admin", "只查看"), ("system_admin", "不在您的岗位职责里")]
)
def test_neither_the_audit_nor_the_system_administrator_grants(
    three: dict[str, Account], world: World, role: str, refusal: str
) -> None:
    worker = a_holder(world.desks["other"], "grid_worker", NOW)
    by = person(three[role])
    with pytest.raises(NotAllowed, match=refusal):
        services.appoint(
            account_id=a_staff(NOW).id,
            role_code="grid_worker",
            desk_id=world.desks["grid"].id,
            by=by,
            now=NOW,
        )
    with pytest.raises(NotAllowed, match=refusal):
        services.end_post(post_id=post_of(worker).id, by=by, now=NOW)
    with pytest.raises(NotAllowed):
        services.add_staff(username="newcomer", name="乙某", by=by, now=NOW)


def test_the_audit_administrator_confirms_nothing(three: dict[str, Account], world: World) -> None:
    post = services.appoint(
        account_id=a_staff(NOW).id, role_code="audit_admin", by=person(three["security_admin"]), now=NOW
    )
    with pytest.raises(NotAllowed, match="只查看"):
        services.confirm_post(post_id=post.id, by=person(three["audit_admin"]), now=NOW)


def test_the_security_administrator_does_not_confirm_an_own_grant(three: dict[str, Account]) -> None:
    security = three["security_admin"]
    post = services.appoint(
        account_id=a_staff(NOW).id, role_code="system_admin", by=person(security), now=NOW
    )
    with pytest.raises(NotAllowed, match="另一个人"):
        services.confirm_post(post_id=post.id, by=person(security), now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.filter(id=post.id).update(confirmed_by=security.id, confirmed_at=NOW)


def test_an_administrator_who_waits_for_confirmation_has_no_rights(three: dict[str, Account]) -> None:
    account = a_staff(NOW)
    services.appoint(
        account_id=account.id, role_code="system_admin", by=person(three["security_admin"]), now=NOW
    )
    assert queries.posts_of(account.id, NOW) == ()


def test_the_last_administrator_of_a_kind_cannot_be_ended(three: dict[str, Account]) -> None:
    with pytest.raises(NotAllowed, match="最后一位"):
        services.end_post(
            post_id=post_of(three["audit_admin"]).id, by=person(three["security_admin"]), now=NOW
        )


def test_an_administrator_is_succeeded_by_appointment_confirmation_and_end(three: dict[str, Account]) -> None:
    security, system = person(three["security_admin"]), person(three["system_admin"])
    successor = a_staff(NOW)
    post = services.appoint(account_id=successor.id, role_code="audit_admin", by=security, now=NOW)
    services.confirm_post(post_id=post.id, by=system, now=NOW)
    services.end_post(post_id=post_of(three["audit_admin"]).id, by=security, now=NOW)
    assert queries.viewer_of(successor, NOW).can(Capability.AUDIT_READ)
    assert not queries.viewer_of(three["audit_admin"], NOW).can(Capability.AUDIT_READ)


def test_administrators_cannot_be_replaced_in_one_step(three: dict[str, Account]) -> None:
    with pytest.raises(NotAllowed, match="先任命"):
        services.replace_holder(
            post_id=post_of(three["audit_admin"]).id, account_id=a_staff(NOW).id, by=IMPORT, now=NOW
        )


def test_an_administrator_post_sits_at_no_desk(world: World) -> None:
    with pytest.raises(InvalidInput):
        services.appoint(
            account_id=a_staff(NOW).id,
            role_code="system_admin",
            desk_id=world.desks["county"].id,
            by=SETUP,
            now=NOW,
        )
