"""What happens around every request."""

from __future__ import annotations

import json
import logging
from io import StringIO

import pytest
from django import forms
from django.db import IntegrityError
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path
from django.utils import timezone

from config.api import api, failed, misshapen, refused
from config.logs import blank_long_digits, without_addresses, without_words
from linli.foundation.errors import Absent, Busy, InvalidInput, NotAllowed, WrongState
from linli.kernel.cases.services.forms_in import WrongEntries
from linli.kernel.people.models import Account

REFUSALS = {
    "forbidden": NotAllowed,
    "absent": Absent,
    "moved": WrongState,
    "wrong": InvalidInput,
    "busy": Busy,
}


def refuse(request, kind):
    raise REFUSALS[kind]("请先选一个网格。")


def greet(request):
    return HttpResponse("好")


refuse.login_required = False  # what @login_not_required sets
urlpatterns = [
    path("refuse/<kind>", refuse),
    path("greet", greet),
    path("api/v1/", api.urls),
    path("", include("config.urls")),
]


@pytest.fixture(autouse=True)
def _here(settings):
    settings.ROOT_URLCONF = __name__


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "status"), [("forbidden", 403), ("absent", 404), ("moved", 409), ("wrong", 422), ("busy", 503)]
)
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["plain", "htmx"])
def test_a_refusal_is_answered_with_its_own_sentence_and_status(kind, status, headers):
    response = Client().get(f"/refuse/{kind}", headers=headers)

    assert response.status_code == status
    assert "请先选一个网格。" in response.content.decode()
    assert ("<html" in response.content.decode()) == (not headers)
    assert response.get("Retry-After") == ("5" if kind == "busy" else None)


@pytest.mark.django_db
def test_a_stranger_is_sent_to_sign_in_from_every_page_that_does_not_say_otherwise():
    response = Client().get("/greet")

    assert (response.status_code, response["Location"]) == (302, "/sign-in?next=/greet")


@pytest.mark.django_db
def test_every_answer_carries_the_policy_and_nothing_may_be_inline():
    response = Client().get("/health")
    policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))

    assert policy["default-src"] == "'self'"
    assert policy["img-src"] == "'self' data:"
    assert policy["frame-ancestors"] == policy["object-src"] == "'none'"
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == response["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.django_db
def test_the_health_page_is_open_to_machines_and_says_what_is_wrong():
    response = Client().get("/health")

    assert response.status_code == 200
    assert response.json()["status"] == "ok"
    assert response.json()["failing"] == []


def test_the_api_answers_refusals_as_problems(rf):
    response = refused(rf.get("/"), InvalidInput("请写明地点。", field="place"))

    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content) == {
        "title": "Unprocessable Entity",
        "status": 422,
        "detail": "请写明地点。",
        "field": "place",
    }
    assert refused(rf.get("/"), Busy("请稍后再试。", retry_after=7))["Retry-After"] == "7"


def test_the_api_names_the_field_that_is_misshapen_and_does_not_repeat_its_value(rf):
    class Wrong:
        errors = [{"loc": ("body", "data", "place"), "input": "13800000000"}]

    response = misshapen(rf.get("/"), Wrong())

    assert (response.status_code, json.loads(response.content)["field"]) == (422, "place")
    assert b"138" not in response.content
    assert failed(rf.get("/"), type("E", (Exception,), {"status_code": 405})("不可以")).status_code == 405


def test_the_log_holds_no_address_and_no_telephone_number():
    event = {"logger": "django.request", "event": "Not Found: /t/abcdefgh", "request": "GET /t/abcdefgh"}
    error = {"event": "Key (phone)=(13800138000) exists, id 52060319900101123X, at 2026-01-01T00:00:00Z"}

    assert without_addresses(None, "", event) == {"logger": "django.request", "event": "Not Found"}
    assert (
        blank_long_digits(None, "", error)["event"] == "Key (phone)=(…) exists, id …, at 2026-01-01T00:00:00Z"
    )


class Ask(forms.Form):
    desk = forms.ChoiceField(choices=[("a", "a")])


def failing(typed):
    """An error on an error, both with what somebody typed in their words."""
    form = Ask({"desk": typed})
    assert typed in str(form.errors)
    try:
        raise IntegrityError(f"Key (name)=({typed}) already exists")
    except IntegrityError:
        raise WrongEntries(form)  # noqa: B904 -- what came before it is logged too


@pytest.mark.logs("选择一个有效的选项。 李四家的电话 不在可用的选项中。", "failed")
def test_an_error_is_logged_by_kind_field_code_and_place_without_its_words(monkeypatch):
    console = next(one for one in logging.getLogger().handlers if type(one) is logging.StreamHandler)
    monkeypatch.setattr(console, "stream", StringIO())
    typed = "李四家的电话"
    log = logging.getLogger("linli.errors-of-a-test")
    try:
        failing(typed)
    except WrongEntries as error:
        log.exception(error)  # noqa: TRY401 -- as libraries do
        log.error("failed: %s", error, exc_info=error)
    line, other = console.stream.getvalue().splitlines()

    assert (typed in line, typed in other) == (False, False)
    told = json.loads(line)
    assert told["event"] == "WrongEntries"
    assert json.loads(other)["event"] == "failed: …"
    first, second = told["exception"]
    assert first.startswith(
        "linli.kernel.cases.services.forms_in.WrongEntries [desk: invalid_choice] at test_middleware.py:"
    )
    assert "failing" in first
    assert second.startswith("django.db.utils.IntegrityError at test_middleware.py:")


def test_an_error_that_says_its_code_is_logged_with_it():
    told = without_words(None, "", {"event": "x", "exc_info": InvalidInput("李四", field="place")})
    assert told == {"event": "x", "exception": ["linli.foundation.errors.InvalidInput [place] at nowhere"]}
    assert (
        "[2]"
        in without_words(None, "", {"event": "x", "exc_info": FileNotFoundError(2, "李四")})["exception"][0]
    )
    assert without_words(None, "", {"event": "x", "exc_info": None}) == {"event": "x"}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/v1/requests", "/api/v1/protected"])
def test_the_api_answers_401_to_a_stranger_and_does_not_redirect(path):
    response = Client().get(path)

    assert (response.status_code, response["Content-Type"]) == (401, "application/problem+json")
    assert response.json()["detail"] == "请先登录。"


@pytest.mark.django_db
def test_a_session_cannot_be_used_from_another_site_even_where_strangers_may_enter():
    client = Client(enforce_csrf_checks=True)
    client.force_login(Account.objects.create(kind="resident", made_at=timezone.now()))
    body = {"data": "{}", "content_type": "application/json"}

    assert client.post("/api/v1/requests", **body).status_code == 403
    assert Client(enforce_csrf_checks=True).post("/api/v1/requests", **body).status_code not in {401, 403}


@pytest.mark.parametrize(
    ("path", "kind"), [("/report", "text/html"), ("/api/v1/requests", "application/problem+json")]
)
@pytest.mark.parametrize("method", ["BREW", "TRACE", "CONNECT"])
def test_a_method_that_nobody_knows_is_refused_before_anything_looks_at_it(method, path, kind):
    answer = Client(enforce_csrf_checks=True).generic(method, path)

    assert (answer.status_code, "POST" in answer["Allow"]) == (405, True)
    assert answer["Content-Type"].startswith(kind)
