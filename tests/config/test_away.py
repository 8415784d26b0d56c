"""What is said while the database is away, and what when something else goes wrong."""

from __future__ import annotations

import json

import pytest
from django.db import InterfaceError, InternalError, OperationalError, ProgrammingError, connection
from django.test import Client

from linli.foundation.web import PROBLEM

pytestmark = pytest.mark.django_db
BODY = json.dumps({"text": "楼道灯不亮", "place": "00000000-0000-7000-8000-000000000000"})


def failing(error):
    """Ask for a page and of the API while every statement ends in this error."""

    def wrapper(execute, sql, params, many, context):
        raise error

    client = Client(raise_request_exception=False)
    with connection.execute_wrapper(wrapper):
        page = client.get("/t/some-code")
        api = client.post("/api/v1/requests", BODY, content_type="application/json")
    return page, api


def read_only():
    cause = Exception("cannot execute INSERT in a read-only transaction")
    cause.sqlstate = "25006"
    error = InternalError("cannot execute INSERT in a read-only transaction")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed"), read_only()])
@pytest.mark.logs("Service Unavailable")
def test_a_database_that_is_away_is_a_503_with_a_sentence_and_a_time(error):
    page, api = failing(error)

    assert (page.status_code, page["Retry-After"]) == (503, "10")
    assert "暂时打不开，不是您的问题" in page.text
    assert (api.status_code, api["Retry-After"], api["Content-Type"]) == (503, "10", PROBLEM)
    assert api.json()["detail"] == "暂时打不开，请过几秒再发一次。"


@pytest.mark.parametrize(
    "error", [ProgrammingError("no such table"), InternalError("other"), ValueError("bug")]
)
@pytest.mark.logs("Internal Server Error")
def test_what_nobody_foresaw_is_a_500_and_no_promise(error):
    page, api = failing(error)

    assert (page.status_code, page.has_header("Retry-After")) == (500, False)
    assert "出了错，不是您的问题" in page.text
    assert (api.status_code, api.has_header("Retry-After"), api["Content-Type"]) == (500, False, PROBLEM)
    assert api.json()["detail"] == "出了错，已经记下来。"
