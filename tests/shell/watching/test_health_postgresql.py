"""What only PostgreSQL can have wrong: that it waits for a standby which is not there."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from tests.shell.watching.conftest import WELL

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


@pytest.fixture
def server() -> Iterator[psycopg.Connection]:
    """The run's own server, asked beside the test's transaction; what is set is taken back."""
    settings = connection.settings_dict
    with psycopg.connect(
        host=settings["HOST"], user=settings["USER"], dbname="postgres", autocommit=True
    ) as asked:
        yield asked
        asked.execute("ALTER SYSTEM RESET synchronous_standby_names")
        reload(asked, "")


def reload(server: psycopg.Connection, wanted: str) -> None:
    """Have the server read its settings again, and wait until a session knows."""
    server.execute("SELECT pg_reload_conf()")
    until = time.monotonic() + 10
    while server.execute("SHOW synchronous_standby_names").fetchone() != (wanted,):
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_primary_that_waits_for_a_standby_that_is_not_there_is_red(server, health):
    assert health() == WELL
    server.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
    reload(server, "*")
    said = "数据库要求同步备机，可是没有一台在确认：网站只能看，什么都存不进去。"
    assert health() == (503, [said], [])

    server.execute("ALTER SYSTEM RESET synchronous_standby_names")
    reload(server, "")
    assert health() == WELL
