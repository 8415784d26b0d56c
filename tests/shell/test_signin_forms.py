"""What is typed in to get in is taken as it is; what is left behind on leaving; what a failed try leaves in the log."""

from __future__ import annotations

import re

import pytest
import structlog
from allauth.account.forms import ChangePasswordForm
from allauth.mfa import app_settings as mfa
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client
from structlog.testing import capture_logs

from config.passwords import KNOWN_WORDS, NotOurWords
from linli.kernel.people.services.codes import new_phone_code
from linli.shell.signin import receivers, views
from linli.shell.signin.forms import JoinForm, SetUpForm, StaffSignIn
from linli.shell.signin.sessions import SessionStore
from tests.architecture.sources import ROOT
from tests.kernel.people.builders import a_holder, a_world, signed_in
from tests.shell.test_signin_staff import NOW, PASSWORD, PROVE, sign_in, with_totp

LONG = "  Ab 汉字 " + "x" * 60 + "  "  # spaces at both ends count


@pytest.mark.parametrize(
    ("form", "names"),
    [
        (StaffSignIn, ["password"]),
        (JoinForm, ["password", "again"]),
        (SetUpForm, ["password", "again"]),
        (ChangePasswordForm, ["oldpassword", "password1", "password2"]),
    ],
)
def test_passwords_are_masked_taken_whole_and_may_be_pasted(form, names):
    fields = form().fields
    for name in names:
        widget = fields[name].widget
        assert widget.input_type == "password"
        assert not widget.render_value
        assert widget.attrs["autocomplete"] in {"current-password", "new-password"}
        assert not {key for key in widget.attrs if key.startswith("on")}
        assert fields[name].clean(LONG) == LONG


def test_no_script_or_page_forbids_pasting():
    files = [
        *ROOT.glob("linli/**/templates/**/*.html"),
        *ROOT.glob("linli/*/static/ui/*.js"),
        *ROOT.glob("frontend/src/*.js"),
    ]
    assert len(files) > 50
    assert [file.name for file in files if "paste" in file.read_text(encoding="utf-8").lower()] == []


@pytest.mark.parametrize(
    "password", ["linli12345678", "Admin@Tongren2026", "社区管理员密码12345678", "PASSWORD-password-1!"]
)
def test_a_password_made_of_words_that_everybody_here_knows_is_refused(password):
    with pytest.raises(ValidationError) as refused:
        NotOurWords().validate(password)
    assert refused.value.code == "password_of_known_words"


@pytest.mark.parametrize(
    "password", [PASSWORD, "linli und drei katzen", "4711-0815-42!?", "又是一个写得很长的新密码呀"]
)
def test_a_password_that_only_has_such_a_word_in_it_is_taken(password):
    NotOurWords().validate(password)
    assert list(KNOWN_WORDS) == sorted(KNOWN_WORDS, key=lambda word: (not word.isascii(), -len(word)))


@pytest.mark.django_db
def test_codes_have_at_least_six_random_digits():
    codes = {new_phone_code(phone=f"+86138000000{n:02}", action="sign_in", now=NOW) for n in range(20)}
    assert {len(code) for code in codes} == {6}
    assert len(codes) > 15
    assert (mfa.TOTP_DIGITS, mfa.TOTP_PERIOD, mfa.TOTP_TOLERANCE) == (6, 30, 0)
    assert mfa.RECOVERY_CODE_DIGITS >= 8


@pytest.mark.django_db
def test_signing_out_clears_what_the_browser_kept():
    head = a_holder(a_world(NOW).desks["community"], "community_head", NOW, password=PASSWORD)
    client = signed_in(head)
    assert not client.get("/sign-out").has_header("Clear-Site-Data")
    left = client.post("/sign-out")
    assert (left.status_code, left["Clear-Site-Data"]) == (302, '"cache", "storage"')
    assert client.get("/desk/people")["Location"].startswith("/desk/sign-in")


@pytest.mark.django_db
def test_a_sign_in_that_fails_is_written_down_without_its_name(monkeypatch):
    """At each door: by its factor, and by the field that was wrong where a code opens it."""
    cache.clear()
    head = a_holder(a_world(NOW).desks["community"], "community_head", NOW, password=PASSWORD)
    with_totp(head)
    sent = {"password": PASSWORD, "again": PASSWORD}
    with capture_logs() as said:
        for module in (receivers, views):
            monkeypatch.setattr(module, "log", structlog.get_logger("linli.signin"))
        sign_in(Client(), "someone.unknown", "not the password")
        client = Client()
        sign_in(client, head.username)
        client.post(PROVE, {"code": "000000"})
        Client().post("/sign-in/code", {"phone": "13800000011", "code": "000000"})
        Client().post("/desk/join", {"username": "someone", "code": "WRONG", **sent})
    cache.clear()

    assert [line for line in said if line["event"] == "sign_in_failed"] == [
        {"event": "sign_in_failed", "log_level": "warning"} | more
        for more in (
            {"factor": "password"},
            {"factor": "second"},
            {"factor": "code", "field": "code"},
            {"factor": "code", "field": "code"},
        )
    ]


@pytest.mark.django_db
def test_the_id_of_a_session_has_more_than_128_bits():
    keys = {SessionStore()._get_new_session_key() for _n in range(50)}
    assert len(keys) == 50
    assert all(re.fullmatch(r"[a-z0-9]{32}", key) for key in keys)
    assert len(set("".join(keys))) == 36  # 32 places of 36 signs: 165 bits
