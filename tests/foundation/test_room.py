"""A full disk is told in words, on a page and to a program; no other error is taken for one."""

from __future__ import annotations

import errno
import json
import sqlite3

import psycopg
import pytest
from django.db import OperationalError, connection

from linli.foundation import locks, room
from linli.foundation.errors import Busy
from tests.world import a_world


def sqlite_error(code: int) -> OperationalError:
    cause = sqlite3.OperationalError("database or disk is full")
    cause.sqlite_errorcode = code
    error = OperationalError("database or disk is full")
    error.__cause__ = cause
    return error


def postgresql_error() -> OperationalError:
    error = OperationalError("could not extend file")
    error.__cause__ = psycopg.errors.DiskFull("could not extend file")
    return error


FULL = [
    sqlite_error(sqlite3.SQLITE_FULL),
    sqlite_error(sqlite3.SQLITE_IOERR_SHMSIZE),
    postgresql_error(),
    OSError(errno.ENOSPC, "No space left on device"),
    OSError(errno.EDQUOT, "Disk quota exceeded"),
]
OTHER = [
    sqlite_error(sqlite3.SQLITE_IOERR_FSYNC),
    sqlite_error(sqlite3.SQLITE_CORRUPT),
    OperationalError("the database went away"),
    OSError(errno.EIO, "Input/output error"),
]


@pytest.mark.parametrize("error", FULL)
def test_want_of_room_becomes_a_refusal_that_names_the_telephone(error):
    with pytest.raises(room.NoRoom) as refusal, locks.bounded():
        raise error

    assert isinstance(refusal.value, Busy)
    assert (refusal.value.status, refusal.value.retry_after) == (503, 60)
    assert "存不下" in str(refusal.value.message)
    assert "12345" in str(refusal.value.message)


@pytest.mark.parametrize("error", OTHER)
def test_another_error_stays_what_it_is(error):
    with pytest.raises(type(error)) as raised, locks.bounded():
        raise error

    assert raised.value is error


def lacking(execute, sql, params, many, context):
    if sql.startswith("INSERT"):
        raise sqlite_error(sqlite3.SQLITE_FULL)
    return execute(sql, params, many, context)


@pytest.mark.django_db
def test_a_program_is_told_by_a_problem_and_when_to_come_again(client):
    world = a_world()
    body = json.dumps({"text": "灯不亮", "place": str(world.building.pk)})
    with connection.execute_wrapper(lacking):
        answer = client.post("/api/v1/requests", body, content_type="application/json")

    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert answer["Content-Type"] == "application/problem+json"
    assert "存不下" in answer.json()["detail"]


@pytest.mark.django_db
def test_a_page_keeps_what_was_written_and_says_so(client):
    world = a_world()
    entry = {
        "text": "三栋楼道的灯一直不亮",
        "place": str(world.building.pk),
        "key": "a-key-of-one-single-page",
    }
    with connection.execute_wrapper(lacking):
        answer = client.post("/report", entry)

    assert answer.status_code == 503
    assert "存不下" in answer.text
    assert "三栋楼道的灯一直不亮" in answer.text


@pytest.mark.django_db
@pytest.mark.logs("no_room")
@pytest.mark.parametrize(
    ("path", "kind"), [("/report", "text/html"), ("/api/v1/requests", "application/problem+json")]
)
def test_want_of_room_anywhere_else_is_told_too(client, monkeypatch, path, kind):
    """Where no service says it: in a view itself, or around it."""
    monkeypatch.setattr("linli.foundation.limits.count", fail)
    answer = client.post(path, "{}", content_type="application/json")

    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert answer["Content-Type"].startswith(kind)
    assert "存不下" in answer.text


def fail(*_given, **_more):
    raise OSError(errno.ENOSPC, "No space left on device")
