"""An error page says what a person needs, and nothing of the inside: no trace, path, query, version or setting (K2)."""

from __future__ import annotations

import platform
import sqlite3

import django
import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError, ProgrammingError
from django.http import Http404
from django.test import Client
from django.urls import include, path
from django.views.decorators.http import require_safe

from linli.foundation.errors import Absent, Busy, InvalidInput, NotAllowed, WrongState
from linli.foundation.web import PROBLEM
from tests.world import a_world

SECRET = "canary-of-a-setting-canary-of-a-setting-canary-of-a-setting"
ASKED = "canary-in-the-address"
TYPED = "canary-in-the-query"
WORDS = "canary-in-an-error"
INSIDE = (
    SECRET, ASKED, TYPED, WORDS, "Traceback", "Exception", "Error:", "django", "Django", "python", "Python",
    "granian", "sqlite", "SQLite", "PostgreSQL", "psycopg", "SECRET_KEY", "DEBUG", "settings", ".py", "/usr/", "site-packages",
    f"{django.get_version()}", platform.python_version(), sqlite3.sqlite_version,
)  # fmt: skip
RAISED = {
    "suspicious": (SuspiciousOperation(WORDS), 400),
    "denied": (PermissionDenied(WORDS), 403),
    "absent": (Http404(WORDS), 404),
    "too_big": (RequestDataTooBig(WORDS), 400),
    "away": (OperationalError(WORDS), 503),
    "bug": (ProgrammingError(WORDS), 500),
    "lookup": (KeyError(WORDS), 500),
    "forbidden": (NotAllowed("这一步不归您办。"), 403),
    "gone": (Absent("没有这件事。"), 404),
    "moved": (WrongState("情况变了。"), 409),
    "wrong": (InvalidInput("请写明地点。"), 422),
    "busy": (Busy("请稍后再试。"), 503),
}
LOGGED = {
    "away": [pytest.mark.logs("Service Unavailable")],
    "bug": [pytest.mark.logs("Internal Server Error")],
    "lookup": [pytest.mark.logs("Internal Server Error")],
}
OF_PAGES_ALONE = ("forbidden", "gone", "moved", "wrong", "busy")  # operations of the API have their own way


def fail(request, kind):
    raise RAISED[kind][0]


def only_read(request):
    raise AssertionError


fail.login_required = False
only_read.login_required = False
urlpatterns = [
    path("fails/<kind>/canary-in-the-address", fail),
    path("api/v1/fails/<kind>/canary-in-the-address", fail),
    path("canary-in-the-address", require_safe(only_read)),
    path("", include("config.urls")),
]
handler404 = "config.api.not_found"
handler500 = "config.api.went_wrong"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _here(settings):
    """The addresses of this module, and a canary in every setting that is secret."""
    settings.ROOT_URLCONF = __name__
    settings.SECRET_KEY = settings.TRACKING_SECRET = settings.METRICS_TOKEN = settings.BACKUP_KEY = SECRET


def asked(way, address, method="get", **more):
    client = Client(raise_request_exception=False, enforce_csrf_checks=method == "forged")
    headers = {"HX-Request": "true"} if way == "htmx" else {}
    send = client.get if method == "get" else client.post
    return send(f"{address}?q={TYPED}", headers=headers, **more)


def inside(response):
    """What of the inside stands in the answer: its body, its headers."""
    heads = "\n".join(f"{name}: {value}" for name, value in response.items())
    return [word for word in INSIDE if word in f"{heads}\n{response.text}"]


@pytest.mark.parametrize("way", ["page", "htmx", "api"])
@pytest.mark.parametrize("kind", [pytest.param(kind, marks=LOGGED.get(kind, [])) for kind in sorted(RAISED)])
def test_what_fails_in_a_view_is_answered_without_anything_of_the_inside(way, kind):
    if way == "api" and kind in OF_PAGES_ALONE:
        way = "page"
    prefix = "/api/v1" if way == "api" else ""
    response = asked(way, f"{prefix}/fails/{kind}/{ASKED}")

    assert response.status_code == RAISED[kind][1]
    assert inside(response) == []
    if way == "page":
        assert "<html" in response.text
        assert "tel:" in response.text


@pytest.mark.parametrize(
    ("way", "address", "method", "more", "status"),
    [
        ("page", f"/{ASKED}/nowhere", "get", {}, 404),
        ("api", f"/api/v1/{ASKED}/nowhere", "get", {}, 404),
        ("page", f"/t/{ASKED}", "get", {}, 404),
        ("page", f"/{ASKED}", "post", {}, 405),
        ("page", "/report", "forged", {"data": {"text": WORDS}}, 403),
        ("page", "/report", "get", {"HTTP_HOST": f"{WORDS}.example"}, 400),
        ("page", "/report", "post", {"data": {f"{WORDS}{n}": "x" for n in range(1000)}}, 400),
        ("page", "/report", "post", {"data": {"text": WORDS * 100_000}}, 400),
        (
            "api",
            "/api/v1/requests",
            "post",
            {"data": f'{{"{WORDS}"', "content_type": "application/json"},
            400,
        ),
        ("api", f"/api/v1/requests/{ASKED}", "get", {}, 404),
    ],
)
def test_what_is_asked_for_wrongly_is_refused_without_anything_of_the_inside(
    way, address, method, more, status
):
    response = asked(way, address, method, **more)

    assert response.status_code == status
    assert inside(response) == []
    assert (response["Content-Type"] == PROBLEM) == (way == "api")


def test_who_asks_too_often_hears_nothing_of_the_inside(settings):
    place = str(a_world().building.pk)
    settings.LIMITS = settings.LIMITS | {"report": "1/h"}
    for way in ("page", "htmx"):
        said = [asked(way, "/report", "post", data={"text": WORDS, "place": place}) for _time in range(2)][-1]
        assert said.status_code == 429
        # What was typed is given back to who typed it, in the form; nothing else of the inside is.
        assert set(inside(said)) <= {WORDS}
