"""The demonstration's logins: there in a demonstration, and nowhere else."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import validate_totp_code
from django.test import Client

from config.env import VARIABLES
from linli.demo.staffing import LOGINS, PASSWORD, SECRET
from linli.demo.views import SHOWS
from linli.kernel.people.choices import ADMINISTRATORS
from linli.kernel.people.models import Account
from tests.world import TEN, a_world

pytestmark = pytest.mark.django_db
ROLES = Path(__file__).parents[2] / "catalog" / "roles.toml"


@pytest.fixture
def demonstration(settings):
    settings.DEMONSTRATION = True


def account(username: str) -> None:
    Account.objects.create(username=username, name="测试员", kind="staff", county="520603", made_at=TEN)


def test_outside_a_demonstration_there_is_no_such_page(settings):
    assert settings.DEMONSTRATION is False
    assert "LINLI_DEMONSTRATION" in VARIABLES
    page = Client().get("/demo")
    assert page.status_code == 404
    assert PASSWORD not in page.content.decode()


def test_outside_a_demonstration_the_sign_in_page_does_not_speak_of_it():
    assert "/demo" not in Client().get("/desk/sign-in").content.decode()


def test_in_a_demonstration_the_sign_in_page_leads_to_the_logins(demonstration):
    assert 'href="/demo"' in Client().get("/desk/sign-in").content.decode()


def test_the_page_tells_each_login_that_is_there_its_role_and_what_it_shows(demonstration):
    a_world("wanshan")
    account("shequ")
    account("shenjiyuan")
    account("somebody")

    page = Client().get("/demo")

    assert [(login["username"], login["role"]) for login in page.context["logins"]] == [
        ("shequ", "社区服务台"), ("shenjiyuan", "审计管理员")
    ]  # fmt: skip
    assert PASSWORD in page.content.decode()
    assert "somebody" not in page.content.decode()
    assert page["Cache-Control"].startswith("max-age=0")


def test_the_code_on_the_page_is_the_one_an_authenticator_would_show(demonstration):
    page = Client().get("/demo")
    assert validate_totp_code(SECRET, page.context["code"])
    assert 1 <= page.context["seconds"] <= 30


def test_before_the_demonstration_is_laid_out_the_page_says_how(demonstration):
    assert "linli prepare --demo" in Client().get("/demo").content.decode()


def test_every_role_there_is_has_a_login():
    shipped = tomllib.loads(ROLES.read_text(encoding="utf-8"))
    roles = {role["code"] for role in shipped["data"]["roles"]} | set(ADMINISTRATORS)

    assert roles - {role for role, _where in LOGINS.values()} == set()


def test_every_role_that_has_a_login_says_what_it_shows():
    assert {role for role, _where in LOGINS.values()} == set(SHOWS)
