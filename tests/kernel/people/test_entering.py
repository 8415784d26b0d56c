"""A fresh installation, the first three administrators, and invitations (H1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from linli.foundation.errors import InvalidInput, NotAllowed, WrongState
from linli.foundation.rules import ANYONE, IMPORT
from linli.kernel.journal.models import Event
from linli.kernel.people import queries, services
from linli.kernel.people.choices import ADMINISTRATORS
from linli.kernel.people.models import Account, EntryCode, Post
from tests.kernel.people.builders import a_holder, a_staff, a_world, person

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
PASSWORD = "梧桐树下坐着三只大花猫"
PASSWORD = PASSWORD + "呀"


def set_up(token: str, role: str, username: str, now: datetime = NOW, password: str = PASSWORD) -> Account:
    return services.set_up(
        token=token, role_code=role, username=username, name="丙某", password=password, now=now
    )


def set_up_all() -> list[Account]:
    return [
        set_up(services.new_setup_token(now=NOW), role, f"first.{n}") for n, role in enumerate(ADMINISTRATORS)
    ]


def test_a_fresh_installation_has_no_account() -> None:
    assert Account.objects.count() == 0
    assert EntryCode.objects.count() == 0


def test_each_of_the_three_sets_up_with_a_token_of_their_own() -> None:
    accounts = set_up_all()
    assert [queries.viewer_of(account, NOW).posts[0].role for account in accounts] == list(ADMINISTRATORS)
    assert len({account.id for account in accounts}) == 3
    assert all(account.check_password(PASSWORD) for account in accounts)
    assert queries.setup_is_over()


def test_a_token_works_once() -> None:
    token = services.new_setup_token(now=NOW)
    set_up(token, "system_admin", "first.one")
    with pytest.raises(InvalidInput, match="口令不对"):
        set_up(token, "audit_admin", "first.two")


def test_a_token_lives_half_an_hour() -> None:
    token = services.new_setup_token(now=NOW)
    with pytest.raises(InvalidInput, match="口令不对"):
        set_up(token, "system_admin", "first.one", NOW + timedelta(minutes=30))
    assert set_up(token, "system_admin", "first.one", NOW + timedelta(minutes=29, seconds=59))


def test_a_new_token_ends_the_one_before() -> None:
    old = services.new_setup_token(now=NOW)
    services.new_setup_token(now=NOW)
    with pytest.raises(InvalidInput):
        set_up(old, "system_admin", "first.one")


def test_a_refused_set_up_leaves_the_token_and_no_account() -> None:
    token = services.new_setup_token(now=NOW)
    with pytest.raises(InvalidInput) as refusal:
        set_up(token, "system_admin", "first.one", password="short")
    assert refusal.value.field == "password"
    assert Account.objects.count() == 0
    assert set_up(token, "system_admin", "first.one").username == "first.one"


def test_a_post_that_is_held_is_not_set_up_again() -> None:
    set_up(services.new_setup_token(now=NOW), "system_admin", "first.one")
    with pytest.raises(WrongState, match="已经有人"):
        set_up(services.new_setup_token(now=NOW), "system_admin", "first.two")
    with pytest.raises(WrongState):
        set_up(services.new_setup_token(now=NOW), "grid_worker", "first.two")


def test_set_up_ends_for_good_when_three_persons_hold_the_three_posts() -> None:
    token = services.new_setup_token(now=NOW)
    spare = EntryCode.objects.get()
    set_up_all()
    spare.used_at, spare.pk = None, None
    spare.save()  # as if a token had been left over
    with pytest.raises(WrongState, match="永久关闭"):
        set_up(token, "system_admin", "first.nine")
    Post.objects.update(ends_at=NOW)
    with pytest.raises(WrongState, match="永久关闭"):
        services.new_setup_token(now=NOW)


def test_only_digests_of_codes_are_stored() -> None:
    token = services.new_setup_token(now=NOW)
    assert len(token) == 29
    [row] = EntryCode.objects.values()
    assert not any(token in str(value) or token.replace("-", "") in str(value) for value in row.values())


def test_the_command_prints_a_token_that_works() -> None:
    out = StringIO()
    call_command("setup_token", stdout=out)
    from_now = datetime.now(UTC)
    assert set_up(out.getvalue().strip().lower(), "audit_admin", "first.one", from_now)


def test_the_command_refuses_when_set_up_is_over() -> None:
    set_up_all()
    with pytest.raises(CommandError, match="永久关闭"):
        call_command("setup_token", stdout=StringIO())


def test_an_invited_person_sets_the_password() -> None:
    account = a_staff(NOW)
    assert not account.has_usable_password()
    code = services.invite(account_id=account.id, by=IMPORT, now=NOW)
    services.join(username=account.username, code=code, password=PASSWORD, now=NOW)
    assert Account.objects.get(id=account.id).check_password(PASSWORD)
    names = Event.objects.filter(subject_kind="account", subject_id=account.id).order_by("version")
    assert [event.name for event in names] == ["account.add", "account.invite", "account.join"]


@pytest.mark.parametrize("fault", ["late", "used", "other", "replaced", "closed"])
def test_an_invitation_that_does_not_fit_says_only_that(fault: str) -> None:
    account, other = a_staff(NOW), a_staff(NOW)
    code = services.invite(account_id=account.id, by=IMPORT, now=NOW)
    username, now = account.username, NOW
    if fault == "late":
        now = NOW + timedelta(days=3)
    elif fault == "used":
        services.join(username=username, code=code, password=PASSWORD, now=NOW)
    elif fault == "other":
        username = other.username
    elif fault == "replaced":
        services.invite(account_id=account.id, by=IMPORT, now=NOW)
    else:
        services.deactivate(account_id=account.id, by=IMPORT, now=NOW)
    with pytest.raises(InvalidInput, match="用户名或开通码不对"):
        services.join(username=username, code=code, password=PASSWORD, now=now)


def test_a_community_opens_accounts_and_nobody_else_does() -> None:
    world = a_world(NOW)
    head = a_holder(world.desks["community"], "community_head", NOW)
    worker = a_holder(world.desks["grid"], "grid_worker", NOW)
    account = services.add_staff(username="New.Comer", name="丁某", by=person(head), now=NOW)
    assert account.username == "new.comer"
    for by in (person(worker), ANYONE):
        with pytest.raises(NotAllowed):
            services.add_staff(username="another", name="丁某", by=by, now=NOW)


def test_an_invitation_to_somebody_above_is_refused() -> None:
    world = a_world(NOW)
    head = a_holder(world.desks["community"], "community_head", NOW)
    above = a_holder(world.desks["street"], "street_leader", NOW)
    with pytest.raises(NotAllowed):
        services.invite(account_id=above.id, by=person(head), now=NOW)
    with pytest.raises(NotAllowed, match="不能任免自己"):
        services.invite(account_id=head.id, by=person(head), now=NOW)


@pytest.mark.parametrize("username", ["ab", "Ünder", "a b c d", "-abcd", "x" * 61, "小王小王"])
def test_what_is_no_username_is_refused(username: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        services.add_staff(username=username, name="戊某", by=IMPORT, now=NOW)
    assert refusal.value.field == "username"


def test_a_username_is_used_once_whatever_its_case() -> None:
    services.add_staff(username="somebody", name="己某", by=IMPORT, now=NOW)
    with pytest.raises(InvalidInput, match="已经有人"):
        services.add_staff(username="SomeBody", name="庚某", by=IMPORT, now=NOW)


def test_an_account_with_a_post_is_not_closed() -> None:
    world = a_world(NOW)
    worker = a_holder(world.desks["grid"], "grid_worker", NOW)
    with pytest.raises(WrongState, match="先免去"):
        services.deactivate(account_id=worker.id, by=IMPORT, now=NOW)
