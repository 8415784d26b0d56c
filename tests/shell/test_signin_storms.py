"""Guessing at every door for an hour, from anywhere: counted per account, never a ban (reliability H2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from linli.kernel.journal.models import Event
from linli.kernel.people.models import Account
from linli.shell.signin import register_sender
from tests.kernel.people.builders import a_holder, a_world, signed_in
from tests.shell.test_signin_staff import PASSWORD, PRIVATE, PROVE, code_now, sign_in, with_totp

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
WRONG = "wrong wrong wrong"
MOST = 20  # tries for one account in one hour
SAID_WRONG, SAID_LATER = "用户名或密码不对", "试得太多了"
# Attack 16: what others ship. Name and password.
SHIPPED = [
    ("admin", "admin123"), ("admin", "123456"), ("ruoyi", "123456"), ("admin", "admin"), ("wuxw", "admin"),
    ("root", "root"), ("test", "test"), ("demo", "demo"), ("13800000011", "000011"), ("system", "password"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _nothing_counted() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def head() -> Account:
    return a_holder(a_world(NOW).desks["community"], "community_head", NOW, password=PASSWORD)


def was_tried(answer: HttpResponse) -> bool:
    """Was the password looked at? Asserts that it was that, or put off, and nothing else."""
    said = answer.content.decode()
    assert (SAID_WRONG in said) != (SAID_LATER in said or answer.status_code == 429)
    return SAID_WRONG in said


def storm(name: str, tries: int, start: datetime, every: timedelta) -> int:
    """Try a name, each time from another network; return how often the password was looked at."""
    tried = 0
    for n in range(tries):
        with time_machine.travel(start + n * every, tick=False):
            address = f"2001:db8:{n // 65536:x}:{n % 65536:x}::1"
            tried += was_tried(sign_in(Client(), name, WRONG, REMOTE_ADDR=address))
    return tried


def test_an_hour_of_guesses_from_everywhere_has_twenty_tries_and_then_the_owner_comes_in(
    head, figure
) -> None:
    tries = 240
    tried = storm(head.username, tries, NOW, timedelta(seconds=15))
    figure(
        "H2",
        "tries at one account in an hour from as many networks",
        target="≤ 20",
        n=tries,
        floor=240,
        got=tried,
    )
    assert tried == MOST

    with time_machine.travel(NOW + timedelta(hours=1, minutes=15), tick=False):
        assert sign_in(Client(), head.username, REMOTE_ADDR="192.0.2.50").status_code == 302


@pytest.mark.proof
def test_ten_thousand_passwords_from_ten_thousand_addresses_of_one_network(figure) -> None:
    """Attack 17, against ten thousand names, so that no name's own limit helps."""
    tried = 0
    for n in range(10_000):
        address = f"2001:db8:1:2:{n:x}::{n:x}"
        with time_machine.travel(NOW + timedelta(milliseconds=n), tick=False):
            tried += was_tried(sign_in(Client(), f"guessed{n:05}", WRONG, REMOTE_ADDR=address))
    figure(
        "H2",
        "passwords from 10,000 addresses of one /64 in 10 s",
        target="10",
        n=10_000,
        floor=10_000,
        got=tried,
    )
    assert tried == 10


def test_a_hundred_passwords_from_a_hundred_addresses_of_one_network() -> None:
    answers = [
        sign_in(Client(), f"guessed{n:05}", WRONG, REMOTE_ADDR=f"2001:db8:1:2:{n:x}::{n:x}")
        for n in range(100)
    ]
    assert sum(map(was_tried, answers)) == 10
    refused = [answer for answer in answers if answer.status_code == 429]
    assert {answer["Retry-After"] for answer in refused} == {"900"}
    assert len(refused) >= 30


def test_every_door_that_says_too_many_says_when(head) -> None:
    undo = register_sender(lambda _phone, _code: None)
    doors = {
        "/sign-in": {"phone": "13800000011"},
        "/sign-in/code": {"phone": "13800000011", "code": "000000"},
        "/desk/join": {"username": "nobody", "code": "x" * 20, "password": WRONG, "again": WRONG},
        "/set-up": {"token": "x" * 20, "role": "system_admin", "username": "nobody1", "name": "某", "password": WRONG, "again": WRONG},
        "/desk/sign-in": {"login": "nobody1", "password": WRONG},
    }  # fmt: skip
    for path, sent in doors.items():
        refused = next(
            (answer for _n in range(70) if (answer := Client().post(path, sent)).status_code == 429), None
        )
        assert refused is not None, path
        assert int(refused["Retry-After"]) >= 60, path
    undo()


def test_the_second_door_of_the_password_is_counted_too(head) -> None:
    """Who took an open session still does not guess the password: five tries in a quarter of an hour."""
    thief = signed_in(head)
    sent = {
        "oldpassword": WRONG,
        "password1": "又是一个写得很长的新密码呀",
        "password2": "又是一个写得很长的新密码呀",
    }
    answers = [thief.post("/desk/account/password", sent).status_code for _n in range(7)]
    assert answers == [200] * 5 + [429] * 2
    right = sent | {"oldpassword": PASSWORD}
    assert thief.post("/desk/account/password", right).status_code == 429
    assert Account.objects.get(id=head.id).check_password(PASSWORD)


def test_a_machine_has_no_door_of_its_own(head) -> None:
    """The API takes a session and nothing else: no name and password, no token, none in the address."""
    session = signed_in(head).cookies["sessionid"].value
    for headers in (
        {"Authorization": "Basic " + "c3RhZmY6cGFzcw=="},
        {"Authorization": f"Bearer {session}"},
        {"Authorization": f"Token {session}"},
        {"X-Api-Key": session},
    ):
        assert Client(headers=headers).get("/api/v1/requests").status_code == 401
    for name in ("sessionid", "token", "access_token", "key"):
        assert Client().get(f"/api/v1/requests?{name}={session}").status_code in {400, 401}
        assert Client().get(f"/desk/?{name}={session}")["Location"].startswith("/desk/sign-in")


@pytest.mark.parametrize(("name", "password"), SHIPPED)
def test_attack_16_what_others_ship_opens_nothing(name, password) -> None:
    assert Account.objects.count() == 0
    assert was_tried(sign_in(Client(), name, password))
    assert Client().post("/sign-in/code", {"phone": name, "code": password}).status_code == 422


def test_attack_15_of_two_places_the_older_ends_both_are_told_and_it_is_written_down(head) -> None:
    secret = with_totp(head)
    here, there = Client(), Client()
    sign_in(here, head.username)
    here.post(PROVE, {"code": code_now(secret)})
    assert here.get(PRIVATE).status_code == 200

    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=2), tick=True):
        sign_in(there, head.username)
        told = there.post(PROVE, {"code": code_now(secret)}, follow=True).content.decode()
        assert "上次登录是" in told
        assert "如果不是您，请马上改密码" in told
        assert "这个账号在别处登录了" in here.get(PRIVATE, follow=True).content.decode()
    noted = Event.objects.filter(subject_kind="account", subject_id=head.id, name="account.sign_in")
    assert [(event.by_kind, event.by_id) for event in noted] == [("person", head.id)] * 2


def test_attack_21_a_session_from_before_the_new_password_is_worth_nothing(head) -> None:
    kept = signed_in(head)
    old = kept.cookies["sessionid"].value
    new = "又是一个写得很长的新密码呀"
    changed = signed_in(head).post(
        "/desk/account/password", {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    assert changed.status_code == 302
    late = Client()
    late.cookies["sessionid"] = old
    assert late.get(PRIVATE)["Location"].startswith("/desk/sign-in")
    assert late.get("/api/v1/requests").status_code == 401
