"""While no standby confirms: who is signed in reads on, nobody new comes in, and a refusal met on the way is told as one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.sessions.backends import db
from django.core.cache import cache
from django.test import Client, RequestFactory

from config import api
from linli.foundation import limits
from linli.foundation.standby import NoStandby
from linli.kernel.people.models import Account
from tests.kernel.people.builders import a_holder, a_world, signed_in

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
PASSWORD = "梧桐树下三只猫咪"


@pytest.fixture
def head(db: None) -> Account:
    cache.clear()
    return a_holder(a_world(NOW).desks["community"], "community_head", NOW, password=PASSWORD)


def refused(*_given: Any, **_named: Any) -> None:
    raise NoStandby


def test_who_is_signed_in_reads_on_though_it_cannot_be_noted_that_they_were_seen(head, monkeypatch):
    client = signed_in(head)
    session = client.session
    session["seen"] = session["seen"] - 120
    session.save()
    monkeypatch.setattr(db.SessionStore, "save", refused)

    assert client.get("/desk/").status_code == 200
    assert client.session["seen"] == session["seen"]


def test_nobody_new_comes_in(head, monkeypatch):
    monkeypatch.setattr(db.SessionStore, "save", refused)
    answer = Client().post("/desk/sign-in", {"login": head.username, "password": PASSWORD})

    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "系统现在只能查看" in answer.content.decode()


def test_a_session_that_has_run_out_opens_nothing_though_it_cannot_be_removed(head, monkeypatch):
    client = signed_in(head)
    session = client.session
    session.set_expiry(-60)
    session.save()
    monkeypatch.setattr("django.db.models.query.QuerySet.delete", refused)

    assert client.get("/desk/")["Location"] == "/desk/sign-in?next=/desk/"


def test_a_stop_for_guessing_that_has_run_out_stops_nobody(head, monkeypatch):
    request = RequestFactory().get("/t/ABC")
    request.user = type("Nobody", (), {"is_authenticated": False})()
    monkeypatch.setattr(limits.cache, "get", refused, raising=False)

    limits.check_guesses(request)


def test_a_refusal_that_no_view_has_met_is_told_with_its_own_sentence():
    said = {}
    for path in ("/api/v1/requests", "/report"):
        try:
            refused()
        except NoStandby:
            said[path] = api.went_wrong(RequestFactory().get(path))

    assert {path: (one.status_code, one["Retry-After"]) for path, one in said.items()} == dict.fromkeys(
        said, (503, "10")
    )
    assert json.loads(said["/api/v1/requests"].content)["detail"].startswith(
        "系统现在只能查看，暂时不能存新的内容"
    )
    assert "tel:12345" in said["/report"].content.decode()
