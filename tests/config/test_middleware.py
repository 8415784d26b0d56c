"""What happens around every request."""

from __future__ import annotations

import json

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path
from django.utils import timezone

from config.api import api, failed, misshapen, refused
from config.logs import blank_long_digits, without_addresses
from linli.foundation.errors import Absent, Busy, InvalidInput, NotAllowed, WrongState
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
