from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from linli.foundation.errors import Busy, InvalidInput
from linli.kernel.people import services
from linli.kernel.people.choices import AccountKind
from linli.kernel.people.models import Account, PhoneCode
from linli.kernel.people.services import SIGN_IN
from linli.kernel.vault.models import Record
from linli.shell.signin import register_sender

pytestmark = pytest.mark.django_db
KNOWN, UNKNOWN = "13800000011", "13800000022"


@pytest.fixture(autouse=True)
def sink() -> Iterator[list[tuple[str, str]]]:
    """Take the codes that go out, and forget all limits."""
    cache.clear()
    sent: list[tuple[str, str]] = []
    undo = register_sender(lambda phone, code: sent.append((phone, code)))
    yield sent
    undo()


def ask(phone: str, client: Client | None = None, address: str = "192.0.2.1") -> HttpResponse:
    return (client or Client()).post("/sign-in", {"phone": phone}, REMOTE_ADDR=address)


def give(phone: str, code: str, client: Client | None = None, **more: str) -> HttpResponse:
    return (client or Client()).post("/sign-in/code", {"phone": phone, "code": code, **more})


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_a_first_code_makes_an_account_and_signs_it_in(sink: list[tuple[str, str]]) -> None:
    client = Client()
    assert ask(UNKNOWN, client).status_code == 200
    [(phone, code)] = sink
    assert phone == "+8613800000022"
    assert re.fullmatch(r"[0-9]{6}", code)
    response = give(UNKNOWN, code, client, next="/t/abc")
    assert (response.status_code, response["Location"]) == (302, "/t/abc")
    account = Account.objects.get(id=client.session["_auth_user_id"])
    assert (account.kind, account.username, account.name) == (AccountKind.RESIDENT, None, "")
    assert not account.has_usable_password()


def test_the_next_code_finds_the_same_account(sink: list[tuple[str, str]]) -> None:
    for _again in range(2):
        ask(KNOWN)
        give(KNOWN, sink[-1][1])
    assert Account.objects.count() == 1


def test_the_number_stands_only_in_the_vault(sink: list[tuple[str, str]]) -> None:
    client = Client()
    ask(KNOWN, client)
    give(KNOWN, sink[0][1], client)
    [record] = Record.objects.filter(subject_kind="account")
    assert b"13800000011" not in bytes(record.cipher)
    assert not any("13800000011" in str(value) for value in client.session.values())
    [code] = PhoneCode.objects.values()
    assert not any("13800000011" in str(value) or sink[0][1] in str(value) for value in code.values())


def test_known_and_unknown_numbers_get_the_same_answer(sink: list[tuple[str, str]]) -> None:
    ask(KNOWN)
    give(KNOWN, sink[0][1])
    pages = []
    for phone in (KNOWN, UNKNOWN):
        page = ask(phone).content.decode()
        page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)
        pages.append(page.replace(phone, "…"))
    assert pages[0] == pages[1]
    assert len(sink) == 3


@pytest.mark.parametrize("phone", ["1380000001", "021-12345678", "+1 212 555 0100", "人民", ""])
def test_what_is_no_mobile_number_is_refused(sink: list[tuple[str, str]], phone: str) -> None:
    assert ask(phone).status_code == 422
    assert sink == []


def test_a_number_gets_three_codes_an_hour(sink: list[tuple[str, str]]) -> None:
    answers = [ask(KNOWN, address=f"192.0.2.{n}").status_code for n in range(1, 6)]
    assert answers == [200, 200, 200, 429, 429]
    assert len(sink) == 3


def test_an_address_gets_ten_codes_an_hour(sink: list[tuple[str, str]]) -> None:
    answers = [ask(f"138000001{n:02}").status_code for n in range(12)]
    assert answers == [200] * 10 + [429, 429]
    assert len(sink) == 10


def test_one_ipv6_network_of_64_bits_counts_as_one_address(sink: list[tuple[str, str]]) -> None:
    answers = [ask(f"138000002{n:02}", address=f"2001:db8:1:2::{n:x}").status_code for n in range(12)]
    assert answers.count(200) == 10
    assert ask("13800000299", address="2001:db8:1:3::1").status_code == 200


def test_a_forged_forwarded_for_does_not_help(sink: list[tuple[str, str]]) -> None:
    answers = [
        Client()
        .post("/sign-in", {"phone": f"138000003{n:02}"}, HTTP_X_FORWARDED_FOR=f"198.51.100.{n}")
        .status_code
        for n in range(12)
    ]
    assert answers.count(200) == 10


def test_behind_a_trusted_proxy_the_address_it_gives_counts(sink: list[tuple[str, str]], settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    forged = [f"203.0.113.{n}, 198.51.100.7" for n in range(12)]
    answers = [
        Client().post("/sign-in", {"phone": f"138000004{n:02}"}, HTTP_X_FORWARDED_FOR=header).status_code
        for n, header in enumerate(forged)
    ]
    assert answers.count(200) == 10


def test_a_code_has_five_tries(sink: list[tuple[str, str]]) -> None:
    ask(KNOWN)
    code = sink[0][1]
    assert [give(KNOWN, wrong(code)).status_code for _try in range(5)] == [422] * 5
    assert give(KNOWN, code).status_code == 422
    assert Account.objects.count() == 0


def test_the_fifth_try_may_be_right(sink: list[tuple[str, str]]) -> None:
    ask(KNOWN)
    code = sink[0][1]
    assert [give(KNOWN, wrong(code)).status_code for _try in range(4)] == [422] * 4
    assert give(KNOWN, code).status_code == 302


def test_a_code_lives_five_minutes(sink: list[tuple[str, str]]) -> None:
    now, phone = timezone.now(), "+8613800000011"
    late = now + timedelta(minutes=5)
    code = services.new_phone_code(phone=phone, action=SIGN_IN, now=now)
    assert services.resident_by_code(phone=phone, code=code, now=late - timedelta(seconds=1))
    code = services.new_phone_code(phone=phone, action=SIGN_IN, now=now)
    with pytest.raises(InvalidInput):
        services.resident_by_code(phone=phone, code=code, now=late)


def test_a_code_works_once(sink: list[tuple[str, str]]) -> None:
    ask(KNOWN)
    assert give(KNOWN, sink[0][1]).status_code == 302
    assert give(KNOWN, sink[0][1]).status_code == 422


def test_a_new_code_ends_the_one_before(sink: list[tuple[str, str]]) -> None:
    ask(KNOWN)
    ask(KNOWN)
    old, new = sink[0][1], sink[1][1]
    assert old == new or give(KNOWN, old).status_code == 422
    assert give(KNOWN, new).status_code == 302


def test_a_code_is_bound_to_its_number_and_its_action(sink: list[tuple[str, str]]) -> None:
    now = timezone.now()
    code = services.new_phone_code(phone="+8613800000011", action=SIGN_IN, now=now)
    other = {"code": code, "now": now}
    assert not services.try_phone_code(phone="+8613800000011", action="vote", **other)
    assert not services.try_phone_code(phone="+8613800000022", action=SIGN_IN, **other)
    assert services.try_phone_code(phone="+8613800000011", action=SIGN_IN, **other)


def test_codes_a_day_old_are_deleted(sink: list[tuple[str, str]]) -> None:
    now = timezone.now()
    services.new_phone_code(phone="+8613800000011", action=SIGN_IN, now=now - timedelta(hours=25))
    services.new_phone_code(phone="+8613800000022", action=SIGN_IN, now=now)
    assert services.forget_phone_codes(now=now) == 1
    assert PhoneCode.objects.count() == 1


def test_without_a_gateway_nobody_is_told_that_a_code_is_coming() -> None:
    def broken(phone: str, code: str) -> None:
        raise Busy("短信暂时发不出去。")

    undo = register_sender(broken)
    response = ask(KNOWN)
    undo()
    assert (response.status_code, response["Retry-After"]) == (503, "5")


def test_a_closed_account_looks_like_a_wrong_code(sink: list[tuple[str, str]]) -> None:
    ask(KNOWN)
    give(KNOWN, sink[0][1])
    Account.objects.update(is_active=False)
    ask(KNOWN)
    response = give(KNOWN, sink[1][1])
    assert response.status_code == 422
    assert "验证码不对，或者已经过期" in response.content.decode()


def test_signing_in_changes_the_session_id(sink: list[tuple[str, str]]) -> None:
    client = Client()
    client.cookies["sessionid"] = fixed = "fixedbeforesigningin0000000000000"
    ask(KNOWN, client)
    give(KNOWN, sink[0][1], client)
    assert client.cookies["sessionid"].value != fixed


def test_it_leads_on_only_to_our_own_pages(sink: list[tuple[str, str]]) -> None:
    ask(KNOWN)
    assert give(KNOWN, sink[0][1], next="https://evil.example/")["Location"] == "/"
