"""Enrolment and storms: these commit, so each has a fresh copy of the databases."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from django.db import connections
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from linli.foundation.errors import InvalidInput
from linli.kernel.people import services
from linli.kernel.people.models import Account, PhoneCode
from linli.kernel.people.services import SIGN_IN
from tests.kernel.people.builders import a_holder, a_staff, a_world
from tests.shell.test_signin_staff import ENROL, PASSWORD, PRIVATE, PROVE, code_now, sign_in

PHONE = "+8613800000033"


@pytest.fixture(autouse=True)
def no_limits_used_up(committed_db: None) -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def head() -> Account:
    now = timezone.now()
    return a_holder(a_world(now).desks["community"], "community_head", now, password=PASSWORD)


def enrol(client: Client) -> HttpResponse:
    """Scan the code, type what the phone shows."""
    return client.post(ENROL, {"code": code_now(client.get(ENROL).context["form"].secret)})


def at_once(count: int, act: object) -> list[object]:
    """Run ``act(n)`` in as many threads, each with its own connections."""

    def run(n: int) -> object:
        try:
            return act(n)  # type: ignore[operator]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_the_first_sign_in_leads_to_enrolment_and_then_to_recovery_codes(head: Account) -> None:
    client = Client()
    assert sign_in(client, head.username)["Location"] == "/desk/"
    assert client.get(PRIVATE)["Location"] == f"{ENROL}?next=/desk/people"
    assert "data:image/svg+xml;base64," in client.get(ENROL).content.decode()
    response = enrol(client)
    assert response["Location"] == "/desk/account/second/codes"
    codes = client.get("/desk/account/second/codes").context["unused_codes"]
    assert len(set(codes)) == 10
    assert client.get(PRIVATE).status_code == 200


def test_recovery_codes_are_shown_once(head: Account) -> None:
    client = Client()
    sign_in(client, head.username)
    enrol(client)
    first, second = (client.get("/desk/account/second/codes") for _view in range(2))
    assert (first.context["can_view_codes"], second.context["can_view_codes"]) == (True, False)
    assert set(second.context["unused_codes"]) == {"****"}


def test_a_recovery_code_works_once(head: Account) -> None:
    client = Client()
    sign_in(client, head.username)
    enrol(client)
    code = client.get("/desk/account/second/codes").context["unused_codes"][0]
    answers = []
    for _again in range(2):
        client = Client()
        sign_in(client, head.username)
        answers.append(client.post(PROVE, {"code": code}).status_code)
    assert answers == [302, 200]


def test_of_64_threads_exactly_five_may_try_a_password() -> None:
    account = a_staff(timezone.now(), password=PASSWORD)

    def guess(n: int) -> bool:
        response = sign_in(Client(), account.username, "wrong wrong wrong", REMOTE_ADDR=f"192.0.2.{n}")
        return "用户名或密码不对" in response.content.decode()  # contexts mix across threads

    assert sum(map(bool, at_once(64, guess))) == 5


def test_of_16_threads_exactly_five_may_try_a_code() -> None:
    code = services.new_phone_code(phone=PHONE, action=SIGN_IN, now=timezone.now())
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    at_once(
        16, lambda _n: services.try_phone_code(phone=PHONE, action=SIGN_IN, code=wrong, now=timezone.now())
    )
    assert PhoneCode.objects.get().tries == 5
    assert not services.try_phone_code(phone=PHONE, action=SIGN_IN, code=code, now=timezone.now())


def test_one_code_given_eight_times_at_once_makes_one_account() -> None:
    code = services.new_phone_code(phone=PHONE, action=SIGN_IN, now=timezone.now())

    def give(_n: int) -> object:
        try:
            return services.resident_by_code(phone=PHONE, code=code, now=timezone.now()).id
        except InvalidInput:
            return None

    assert len([found for found in at_once(8, give) if found]) == 1
    assert Account.objects.count() == 1


def test_codes_asked_for_at_once_leave_one_that_counts() -> None:
    codes = at_once(8, lambda _n: services.new_phone_code(phone=PHONE, action=SIGN_IN, now=timezone.now()))
    right = [
        code
        for code in dict.fromkeys(codes)
        if services.try_phone_code(phone=PHONE, action=SIGN_IN, code=str(code), now=timezone.now())
        or PhoneCode.objects.update(tries=0) == 0
    ]
    assert len(right) == 1
    assert PhoneCode.objects.count() == 1
