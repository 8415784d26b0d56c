from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from linli.foundation.rules import IMPORT
from linli.kernel.journal.models import Event
from linli.kernel.people import services
from linli.kernel.people.models import Account
from tests.kernel.people.builders import (
    World,
    a_holder,
    a_staff,
    a_world,
    an_administrator,
    person,
    post_of,
    signed_in,
)

pytestmark = pytest.mark.django_db
PASSWORD = "梧桐树下三只猫咪"
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
PRIVATE = "/desk/people"
ENROL, PROVE = "/desk/account/second/phone", "/desk/sign-in/second"


@pytest.fixture(autouse=True)
def no_limits_used_up() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def world() -> World:
    return a_world(NOW)


@pytest.fixture
def head(world: World) -> Account:
    """Somebody with a post that may appoint, so that ``PRIVATE`` is theirs."""
    return a_holder(world.desks["community"], "community_head", NOW, password=PASSWORD)


def with_totp(account: Account) -> str:
    secret = generate_totp_secret()
    TOTP.activate(account, secret)
    return secret


def code_now(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def sign_in(client: Client, username: str, password: str = PASSWORD, **more: str) -> HttpResponse:
    return client.post("/desk/sign-in", {"login": username, "password": password}, **more)


# The second factor.


def test_who_is_enrolled_gives_a_code_before_being_signed_in(head: Account) -> None:
    secret, client = with_totp(head), Client()
    assert sign_in(client, head.username)["Location"] == PROVE
    assert "_auth_user_id" not in client.session
    assert client.post(PROVE, {"code": "000000"}).status_code == 200
    assert "_auth_user_id" not in client.session
    assert client.post(PROVE, {"code": code_now(secret)})["Location"] == "/desk/"
    assert client.get(PRIVATE).status_code == 200


def test_a_code_of_the_second_factor_works_once(head: Account) -> None:
    secret = with_totp(head)
    answers = []
    for _again in range(2):
        client = Client()
        sign_in(client, head.username)
        answers.append(client.post(PROVE, {"code": code_now(secret)}).status_code)
    assert answers == [302, 200]


def test_the_secret_of_the_second_factor_stands_encrypted(head: Account) -> None:
    secret = with_totp(head)
    stored = Authenticator.objects.get(user=head).data["secret"]
    assert secret not in stored
    assert stored.startswith("gAAAA")


def test_a_secret_under_the_key_before_can_still_be_read(head: Account, settings) -> None:
    secret, client = with_totp(head), Client()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new one", [settings.SECRET_KEY]
    sign_in(client, head.username)
    assert client.post(PROVE, {"code": code_now(secret)}).status_code == 302


def test_the_second_factor_cannot_be_switched_off(head: Account) -> None:
    with_totp(head)
    client = signed_in(head)
    client.post("/desk/account/second/phone/off", follow=True)
    assert Authenticator.objects.filter(user=head, type="totp").count() == 1


@pytest.mark.parametrize(
    "path", ["/desk/people", "/desk/post", "/", "/desk/account/password", "/desk/account/second/codes"]
)
def test_without_the_second_factor_every_route_leads_to_it(head: Account, path: str) -> None:
    client = signed_in(head, second_factor=False)
    response = client.get(path)
    assert response["Location"] == f"{ENROL}?next={path}"


def test_an_enrolled_session_without_the_second_factor_must_prove_it(head: Account) -> None:
    secret = with_totp(head)
    client = signed_in(head, second_factor=False)
    assert client.get(PRIVATE)["Location"] == "/desk/account/second/confirm?next=/desk/people"
    assert client.get(ENROL)["Location"].startswith("/desk/account/")
    assert (
        client.post("/desk/account/second/confirm?next=/desk/people", {"code": code_now(secret)}).status_code
        == 302
    )
    assert client.get(PRIVATE).status_code == 200


def test_the_api_says_so_instead_of_redirecting(head: Account) -> None:
    response = signed_in(head, second_factor=False).get("/api/v1/openapi.json")
    assert response.status_code == 403


def test_a_resident_who_is_given_a_post_needs_a_second_factor_from_then_on(world: World) -> None:
    resident = Account.objects.create(kind="resident", made_at=NOW)
    client = signed_in(resident, second_factor=False)
    assert client.get(ENROL).status_code != 500
    before = client.get("/sign-in").status_code
    services.appoint(
        account_id=resident.id, role_code="grid_worker", desk_id=world.desks["grid"].id, by=IMPORT, now=NOW
    )
    assert before == 302  # signed in already: on to the first page, no gate
    assert client.get("/sign-in")["Location"] == f"{ENROL}?next=/sign-in"


# Guessing.


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(head: Account) -> None:
    pages = []
    for username in (head.username, "nobody-of-this-name"):
        response = sign_in(Client(), username, "wrong wrong wrong")
        pages.append([str(error) for error in response.context["form"].non_field_errors()])
    assert pages[0] == pages[1] == ["用户名或密码不对。"]


def test_an_unknown_name_costs_one_hash_too(head: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    original = MD5PasswordHasher.encode  # the hasher of the tests

    def counting(self: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return original(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counting)
    counts = []
    for username in (head.username, "nobody-of-this-name"):
        hashed.clear()
        sign_in(Client(), username, "wrong wrong wrong")
        counts.append(len(hashed))
    assert counts == [1, 1]


def test_five_tries_in_a_quarter_of_an_hour_over_any_number_of_addresses(head: Account) -> None:
    said = []
    for n in range(7):
        response = sign_in(Client(), head.username, "wrong wrong wrong", REMOTE_ADDR=f"192.0.2.{n}")
        said.append(str(response.context["form"].non_field_errors()[0]))
    assert said == ["用户名或密码不对。"] * 5 + ["试得太多了，请过一刻钟再试。"] * 2
    late = sign_in(Client(), head.username, REMOTE_ADDR="192.0.2.99")
    assert late.status_code == 200  # not even the right password is tried


def test_the_case_of_the_name_gives_no_extra_tries(head: Account) -> None:
    for n, username in enumerate([head.username, head.username.upper()] * 3):
        response = sign_in(Client(), username, "wrong wrong wrong", REMOTE_ADDR=f"192.0.2.{n}")
    assert "一刻钟" in str(response.context["form"].non_field_errors()[0])


def test_a_stranger_does_not_lock_out_a_browser_that_has_signed_in_before(head: Account) -> None:
    own = Client()
    sign_in(own, head.username)
    own.post("/sign-out")
    for n in range(6):
        sign_in(Client(), head.username, "wrong wrong wrong", REMOTE_ADDR=f"192.0.2.{n}")
    assert sign_in(Client(), head.username, REMOTE_ADDR="192.0.2.50").status_code == 200
    assert sign_in(own, head.username, REMOTE_ADDR="192.0.2.51").status_code == 302


def test_one_ipv6_network_is_one_address(world: World) -> None:
    said = [
        sign_in(Client(), f"guess{n:03}", "wrong wrong wrong", REMOTE_ADDR=f"2001:db8::{n:x}")
        for n in range(1, 13)
    ]
    tried = [r for r in said if "用户名或密码不对" in str(r.context["form"].non_field_errors())]
    assert len(tried) == 10


def test_the_second_factor_too_has_five_tries(head: Account) -> None:
    secret, client = with_totp(head), Client()
    sign_in(client, head.username)
    for _try in range(5):
        client.post(PROVE, {"code": "000000"})
    assert client.post(PROVE, {"code": code_now(secret)}).status_code == 200
    assert "_auth_user_id" not in client.session


# Sessions.


def test_a_new_session_id_at_sign_in(head: Account) -> None:
    client = Client()
    client.cookies["sessionid"] = "fixedbeforesigningin0000000000000"
    sign_in(client, head.username)
    assert client.cookies["sessionid"].value != "fixedbeforesigningin0000000000000"


def test_signing_in_elsewhere_ends_the_older_session(head: Account) -> None:
    one, two = Client(), Client()
    sign_in(one, head.username)
    sign_in(two, head.username)
    page = one.get(PRIVATE, follow=True)
    assert page.redirect_chain[0][0].startswith("/desk/sign-in?next=")
    assert "这个账号在别处登录了" in page.content.decode()
    assert two.get(PRIVATE)["Location"].startswith(ENROL)


def test_who_was_never_signed_in_is_not_told_that_it_ended() -> None:
    assert "登录已经结束" not in Client().get(PRIVATE, follow=True).content.decode()


def test_signing_out_ends_every_session(head: Account) -> None:
    one, two = signed_in(head), signed_in(head)
    one.post("/sign-out")
    for client in (one, two):
        assert client.get(PRIVATE)["Location"].startswith("/desk/sign-in?next=")


def test_changing_the_password_ends_the_other_sessions(head: Account) -> None:
    one, two = signed_in(head), signed_in(head)
    new = "新的密码也要写满十二位以上"
    response = one.post(
        "/desk/account/password", {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    assert response.status_code == 302
    assert one.get(PRIVATE).status_code == 200
    assert two.get(PRIVATE)["Location"].startswith("/desk/sign-in?next=")
    assert Account.objects.get(id=head.id).check_password(new)


@pytest.mark.parametrize(("passed", "status"), [(timedelta(minutes=29), 200), (timedelta(minutes=30), 302)])
def test_staff_are_signed_out_after_half_an_hour_of_nothing(
    head: Account, passed: timedelta, status: int
) -> None:
    client = signed_in(head)
    session = client.session
    session["seen"] = int((timezone.now() - passed).timestamp())
    session.save()
    assert client.get(PRIVATE).status_code == status


@pytest.mark.parametrize(
    ("passed", "status"), [(timedelta(hours=11, minutes=59), 200), (timedelta(hours=12), 302)]
)
def test_staff_are_signed_out_after_twelve_hours_however_busy(
    head: Account, passed: timedelta, status: int
) -> None:
    client = signed_in(head)
    session = client.session
    session["began"] = int((timezone.now() - passed).timestamp())
    session.save()
    response = client.get(PRIVATE)
    assert response.status_code == status
    if status == 302:
        assert response["Location"] == "/desk/sign-in"
        assert "_auth_user_id" not in client.session


def test_a_session_of_unknown_age_is_over(head: Account) -> None:
    client = Client()
    client.force_login(head)
    assert client.get(PRIVATE)["Location"] == "/desk/sign-in"


def test_a_resident_stays_signed_in(world: World) -> None:
    resident = Account.objects.create(kind="resident", made_at=NOW)
    client = signed_in(resident, second_factor=False)
    session = client.session
    session["began"] = session["seen"] = int((timezone.now() - timedelta(days=10)).timestamp())
    session.save()
    assert client.get("/sign-in")["Location"] == "/"  # still somebody


def test_an_old_holders_rights_end_at_the_very_next_request(world: World, head: Account) -> None:
    client = signed_in(head)
    assert client.get(PRIVATE).status_code == 200
    other = a_staff(NOW)
    services.replace_holder(post_id=post_of(head).id, account_id=other.id, by=IMPORT, now=timezone.now())
    assert client.get(PRIVATE)["Location"].startswith("/desk/sign-in?next=")
    assert signed_in(head).get(PRIVATE).status_code == 404
    assert signed_in(other).get(PRIVATE).status_code == 200


def test_signing_in_and_out_is_in_the_journal(head: Account) -> None:
    client = Client()
    sign_in(client, head.username)
    client.post("/sign-out")
    events = Event.objects.filter(subject_kind="account", subject_id=head.id).order_by("version")
    assert [event.name for event in events][-2:] == ["account.sign_in", "account.sign_out"]


def test_there_is_no_way_to_sign_up(world: World) -> None:
    for path in ("/accounts/signup/", "/signup/", "/desk/signup"):
        assert Client().get(path).status_code == 404


# The acting post.


def test_the_acting_post_is_chosen_and_kept(world: World, head: Account) -> None:
    second = services.appoint(
        account_id=head.id, role_code="grid_worker", desk_id=world.desks["grid"].id, by=IMPORT, now=NOW
    )
    client = signed_in(head)
    response = client.post("/desk/post", {"post": str(second.id), "back": "/desk/people"})
    assert response["Location"] == "/desk/people"
    assert client.get(PRIVATE).wsgi_request.viewer.post.id == second.id


def test_one_does_not_act_from_somebody_elses_post(world: World, head: Account) -> None:
    other = a_holder(world.desks["grid"], "grid_worker", NOW)
    client = signed_in(head)
    assert client.post("/desk/post", {"post": str(post_of(other).id)}).status_code == 404


def test_choosing_a_post_does_not_lead_away(world: World, head: Account) -> None:
    client = signed_in(head)
    response = client.post("/desk/post", {"post": str(post_of(head).id), "back": "https://evil.example/"})
    assert response["Location"] == "/desk/"


def test_an_ended_acting_post_gives_way_to_another(world: World, head: Account) -> None:
    second = services.appoint(
        account_id=head.id, role_code="grid_worker", desk_id=world.desks["grid"].id, by=IMPORT, now=NOW
    )
    client = signed_in(head)
    client.post("/desk/post", {"post": str(second.id)})
    type(second).objects.filter(id=second.id).update(ends_at=timezone.now())
    assert client.get(PRIVATE).wsgi_request.viewer.post.id != second.id


def test_a_new_way_in_takes_the_second_factor_away_and_the_password(world: World, head: Account) -> None:
    lost = a_holder(world.desks["grid"], "grid_worker", NOW, password=PASSWORD)
    with_totp(lost)
    response = signed_in(head).post(f"/desk/people/accounts/{lost.id}/renew")
    code = response.context["code"]
    assert Authenticator.objects.filter(user=lost).count() == 0
    assert sign_in(Client(), lost.username).status_code == 200
    new = "又是一个写得很长的新密码呀"
    joined = Client().post(
        "/desk/join", {"username": lost.username, "code": code, "password": new, "again": new}
    )
    assert joined["Location"] == "/desk/sign-in"
    assert sign_in(Client(), lost.username, new).status_code == 302


def test_nobody_takes_an_administrators_second_factor_away(world: World) -> None:
    security = an_administrator("security_admin", NOW)
    system = an_administrator("system_admin", NOW)
    with_totp(system)
    assert signed_in(security).post(f"/desk/people/accounts/{system.id}/renew").status_code == 403
    assert Authenticator.objects.filter(user=system).count() == 1


def test_a_new_way_in_is_not_given_to_who_sits_elsewhere(world: World, head: Account) -> None:
    above = a_holder(world.desks["street"], "street_leader", NOW)
    assert signed_in(head).post(f"/desk/people/accounts/{above.id}/renew").status_code == 403
    assert person(head).id != above.id
