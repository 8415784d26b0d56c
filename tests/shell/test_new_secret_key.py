"""A new SECRET_KEY beside the old one: nobody is signed out, nobody loses their second factor or invitation."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client

from linli.foundation.rules import IMPORT
from linli.kernel.people import services
from linli.kernel.people.models import Account
from tests.kernel.people.builders import World, a_holder, a_staff, a_world, signed_in

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
PASSWORD = "梧桐树下三只猫咪"
SECRET = "LINLINEWKEYLINLINEWKEYLINLINEWKE"
OLD, NEW = "the old secret key of this test" * 2, "the new secret key of this test" * 2
DOOR, PROVE = "/desk/sign-in", "/desk/sign-in/second"


@pytest.fixture
def world(settings: Any) -> World:
    cache.clear()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, []
    return a_world(NOW)


@pytest.fixture
def head(world: World) -> Account:
    account = a_holder(world.desks["community"], "community_head", NOW, password=PASSWORD)
    TOTP.activate(account, SECRET)
    return account


def change(settings: Any, *, keeps_old: bool) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD] if keeps_old else []


def came_in(account: Account) -> bool:
    """Sign in by name, password and the code that a telephone shows now."""
    cache.clear()  # a code counts once
    client, code = Client(), format_hotp_value(hotp_value(SECRET, int(time.time()) // 30))
    assert client.post(DOOR, {"login": account.username, "password": PASSWORD})["Location"] == PROVE
    return client.post(PROVE, {"code": code}).status_code == 302


def test_who_is_signed_in_stays_so_and_is_then_known_by_the_new_key_alone(head, settings):
    client = signed_in(head)
    assert client.get("/desk/").status_code == 200
    change(settings, keeps_old=True)
    assert client.get("/desk/").status_code == 200

    change(settings, keeps_old=False)
    assert client.get("/desk/").status_code == 200
    assert Session.objects.count() == 1


def test_while_processes_are_renewed_one_after_the_other_both_know_who_is_signed_in(head, settings):
    client = signed_in(head)
    for now, beside in [(OLD, NEW), (NEW, OLD), (OLD, NEW), (NEW, OLD)]:
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = now, [beside]
        assert client.get("/desk/").status_code == 200


def test_without_the_old_key_everybody_is_signed_out(head, settings):
    client = signed_in(head)
    change(settings, keeps_old=False)
    assert client.get("/desk/")["Location"] == f"{DOOR}?next=/desk/"


def test_second_factors_are_read_under_the_old_key_and_sealed_anew(head, settings, capsys):
    recovery = RecoveryCodes.activate(head)
    codes, before = recovery.get_unused_codes(), dict(Authenticator.objects.values_list("type", "data"))
    change(settings, keeps_old=True)
    assert came_in(head)

    call_command("renew_second_factors")
    assert capsys.readouterr().out == "重新加密了 2 个第二道验证。\n"
    change(settings, keeps_old=False)
    assert came_in(head)
    again = Authenticator.objects.get(user=head, type="recovery_codes")
    assert RecoveryCodes(again).get_unused_codes() == codes
    assert again.data["seed"] != before["recovery_codes"]["seed"]
    assert {name: value for name, value in again.data.items() if name != "seed"} == {
        name: value for name, value in before["recovery_codes"].items() if name != "seed"
    }


def test_what_none_of_the_keys_can_read_is_said_and_left_as_it_was(head, settings, capsys):
    before = Authenticator.objects.get(user=head).data
    change(settings, keeps_old=False)
    with pytest.raises(SystemExit) as ended:
        call_command("renew_second_factors")

    assert ended.value.code == 1
    assert capsys.readouterr().err == "有 1 个读不出来：SECRET_KEY_FALLBACKS 里要有它们当时的那一把。\n"
    assert Authenticator.objects.get(user=head).data == before


@pytest.mark.parametrize(("keeps_old", "status"), [(True, 302), (False, 422)])
def test_an_invitation_of_before_is_good_as_long_as_the_old_key_is_kept(world, settings, keeps_old, status):
    invited = a_staff(NOW)
    code = services.invite(account_id=invited.pk, by=IMPORT, now=datetime.now(UTC))
    change(settings, keeps_old=keeps_old)
    new = "又是一个写得很长的新密码呀"
    sent = {"username": invited.username, "code": code, "password": new, "again": new}

    assert Client().post("/desk/join", sent).status_code == status
