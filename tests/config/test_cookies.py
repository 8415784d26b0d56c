"""Every cookie of an installation over TLS belongs to this host alone (docs/asvs.csv, V3.3)."""

from __future__ import annotations

import ast
from datetime import UTC, datetime

import pytest
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.cache import cache
from django.test import Client

from config.middleware import HostCookies
from linli.shell.signin import known
from tests.architecture.sources import name, python, tree
from tests.config.test_env import manage
from tests.kernel.people.builders import a_holder, a_world
from tests.shell.test_signin_staff import PROVE, code_now, with_totp

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
PASSWORD = "梧桐树下三只猫咪"
HTTPS = {"secure": True}


@pytest.fixture
def _over_tls(settings):
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "__Host-linli", "__Host-linli-csrf"


def given(answer):
    return {called: dict(cookie) for called, cookie in answer.cookies.items()}


@pytest.mark.usefixtures("_over_tls")
def test_every_cookie_of_a_server_belongs_to_this_host_over_tls():
    cache.clear()
    head = a_holder(a_world(NOW).desks["community"], "community_head", NOW, password=PASSWORD)
    head.last_login = NOW  # so that there is a message: when it was
    head.save()
    client = Client()
    cookies = given(client.get("/report", **HTTPS)) | given(client.post("/mode", {"elder": "1"}, **HTTPS))
    cookies |= given(client.post("/desk/sign-in", {"login": head.username, "password": PASSWORD}, **HTTPS))

    assert set(cookies) == {
        "__Host-linli", "__Host-linli-csrf", "__Host-elder", "__Host-linli-known", "__Host-messages"
    }  # fmt: skip
    for called, cookie in cookies.items():
        held = {part: cookie[part] for part in ("secure", "httponly", "samesite", "path", "domain")}
        wanted = {"secure": True, "httponly": True, "samesite": "Lax", "path": "/", "domain": ""}
        assert held == wanted, called


@pytest.mark.usefixtures("_over_tls")
def test_what_came_under_its_prefix_is_read_and_a_name_without_it_is_not():
    ours, planted = Client(), Client()
    ours.cookies["__Host-elder"] = planted.cookies["elder"] = "1"

    assert 'data-mode="elder"' in ours.get("/", **HTTPS).text
    assert 'data-mode="elder"' not in planted.get("/", **HTTPS).text


def test_without_tls_names_stay_as_they_are():
    assert set(Client().post("/mode", {"elder": "1"}).cookies) == {"elder"}


@pytest.mark.usefixtures("_over_tls")
def test_a_message_that_was_shown_is_taken_away_under_its_prefix():
    cache.clear()
    head = a_holder(a_world(NOW).desks["community"], "community_head", NOW, password=PASSWORD)
    head.last_login = NOW
    head.save()
    secret, client = with_totp(head), Client()
    client.post("/desk/sign-in", {"login": head.username, "password": PASSWORD}, **HTTPS)
    shown = client.post(PROVE, {"code": code_now(secret)}, follow=True, **HTTPS)

    assert "上次登录是" in shown.text
    assert {called: cookie["max-age"] for called, cookie in given(shown).items() if "messages" in called} == {
        "__Host-messages": 0
    }


def test_nothing_of_ours_sets_a_cookie_by_another_name():
    setters = [
        name(path)
        for path in python("config", "linli")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in {"set_cookie", "set_signed_cookie"}
    ]
    assert setters == ["linli/shell/home/views.py", "linli/shell/signin/known.py"]
    assert set(HostCookies.NAMES) == {"elder", known.COOKIE, CookieStorage.cookie_name}


@pytest.mark.slow  # starts Django afresh
def test_one_machine_behind_tls_has_the_same_cookies_and_says_to_come_by_tls_alone(tmp_path):
    ask = (
        "from django.conf import settings as s; "
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.SECURE_HSTS_SECONDS, s.SECURE_HSTS_INCLUDE_SUBDOMAINS)"
    )
    one_machine = {"DJANGO_SETTINGS_MODULE": "config.settings.embedded", "LINLI_DATA": str(tmp_path / "data")}
    said = {
        https: manage("shell", "-v", "0", "-c", ask, LINLI_HTTPS=https, **one_machine).stdout.split()[-5:]
        for https in "01"
    }
    assert said == {
        "0": ["sessionid", "csrftoken", "False", "0", "False"],
        "1": ["__Host-linli", "__Host-linli-csrf", "True", str(365 * 24 * 3600), "True"],
    }
