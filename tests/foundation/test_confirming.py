"""A primary without a standby: what waits is given up and not called done, what would wait is refused, reads go on."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler
from pytest_django import DjangoDbBlocker

from linli.foundation import standby
from linli.foundation.errors import Busy
from linli.foundation.postgresql import confirming
from tests.deploy.programs import Program, give, needed, until
from tests.postgres import OPTIONS, PREFIX, Cluster

# Marked as the servers' tests are: PostgreSQL must be installed. It starts within two seconds.
pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("deploy")]
WAITS = {"synchronous_commit": "on", "synchronous_standby_names": "*"}
SYNC = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


class Primary:
    """A server that acknowledges nothing alone, and a program of PostgreSQL's own that confirms like a standby."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self._cluster = cluster
        keep = folder / "kept"
        keep.mkdir(parents=True)
        give(folder)
        here = ["-h", str(cluster.folder), "-U", "postgres", "-D", str(keep), "--synchronous"]
        self.standby = Program("standby", [needed("pg_receivewal"), *here], folder, {})

    def ask(self, sql: str) -> list[Any]:
        """Ask beside whoever waits; what is written so is acknowledged by this machine alone."""
        with psycopg.connect(host=str(self._cluster.folder), user="postgres", autocommit=True) as beside:
            beside.execute("SET synchronous_commit TO local")
            asked = beside.execute(sql)
            return asked.fetchall() if asked.description else []

    def connections(self) -> ConnectionHandler:
        named = {"NAME": "postgres", "USER": "postgres", "HOST": str(self._cluster.folder)}
        return ConnectionHandler({"default": {"ENGINE": "linli.foundation.postgresql", **named}})

    def come_back(self) -> None:
        self.standby.start()
        confirms = "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"
        until(lambda: self.ask(confirms), "none confirms", within=10, said=self.standby.said)

    def is_lacking(self) -> bool:
        with psycopg.connect(host=str(self._cluster.folder), user="postgres", autocommit=True) as beside:
            return standby.is_lacking(beside.cursor())


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    made = Cluster(Path(f"/tmp/{PREFIX}{os.getpid()}-alone"), OPTIONS | WAITS)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def primary(cluster: Cluster, django_db_blocker: DjangoDbBlocker) -> Iterator[Primary]:
    made = Primary(cluster, cluster.folder / uuid4().hex)  # an account of the server's own must get there
    made.ask("DROP TABLE IF EXISTS told")
    made.ask("CREATE TABLE told (what text)")
    with django_db_blocker.unblock():  # the run's own databases are not asked
        yield made
    made.standby.stop()


class Person(threading.Thread):
    """Writes one line, in a transaction or without, and keeps what came of it."""

    def __init__(self, primary: Primary, *, in_transaction: bool = True) -> None:
        super().__init__()
        self.heard: BaseException | None = None
        self._connections, self._in_transaction = primary.connections(), in_transaction
        self.start()

    def run(self) -> None:
        connection = self._connections["default"]
        try:
            connection.set_autocommit(not self._in_transaction)
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO told VALUES ('said')")
            if self._in_transaction:
                connection.commit()
        except (OperationalError, Busy) as error:
            self.heard = error
        finally:
            connection.close()


def test_with_a_standby_what_is_written_is_done(primary):
    primary.come_back()
    for in_transaction in (True, False):
        person = Person(primary, in_transaction=in_transaction)
        person.join(10)
        assert person.heard is None

    assert primary.ask("SELECT count(*) FROM told") == [(2,)]
    assert not primary.is_lacking()


@pytest.mark.parametrize("in_transaction", [True, False])
def test_what_waits_is_given_up_without_being_seen_and_is_there_once_a_standby_is(primary, in_transaction):
    person = Person(primary, in_transaction=in_transaction)
    until(lambda: primary.ask(SYNC), "nobody waits", within=10)
    confirming.give_up(time.monotonic() - 60)
    person.join(1)
    assert person.is_alive()  # it has not waited that long

    confirming.give_up(time.monotonic())
    person.join(10)
    assert isinstance(person.heard, standby.Unconfirmed)
    assert isinstance(
        person.heard, OperationalError
    )  # a transaction ends by it as by every error of a database
    assert isinstance(person.heard, Busy)
    assert "还不能肯定" in str(person.heard.message)
    assert "12345" in str(person.heard.message)
    assert primary.ask("SELECT count(*) FROM told") == [(0,)]
    assert len(primary.ask(SYNC)) == 1  # the server goes on waiting
    assert primary.is_lacking()

    primary.come_back()
    until(lambda: primary.ask("SELECT count(*) FROM told") == [(1,)], "what waited is lost", within=10)
    assert not primary.is_lacking()


def test_what_was_cancelled_by_hand_is_not_called_done(primary):
    """The server answers such a COMMIT as it answers every other, and says beside it that it is alone with it."""
    for in_transaction in (True, False):
        person = Person(primary, in_transaction=in_transaction)
        until(lambda: primary.ask(SYNC), "nobody waits", within=10)
        primary.ask(f"SELECT pg_cancel_backend(pid) FROM ({SYNC}) AS waiting")
        person.join(10)
        assert isinstance(person.heard, standby.Unconfirmed)

    assert primary.ask("SELECT count(*) FROM told") == [(2,)]


def test_a_standby_that_is_there_and_says_nothing_counts_as_none(primary, monkeypatch):
    primary.come_back()
    primary.standby.pause()
    assert not primary.is_lacking()
    monkeypatch.setattr(standby, "WAITED", 1)
    person = Person(primary)
    until(primary.is_lacking, "nobody notices", within=10)

    primary.standby.go_on()
    person.join(10)
    assert person.heard is None
    assert not primary.is_lacking()


@pytest.mark.logs("no_standby")
def test_a_process_that_watches_refuses_to_write_reads_on_and_writes_again_by_itself(primary, monkeypatch):
    here = primary.connections()
    monkeypatch.setattr(confirming, "connections", here)
    monkeypatch.setattr(confirming, "EVERY", 0.05)
    monkeypatch.setattr(confirming, "KNOWN", 0.5)
    person = Person(primary)  # before anybody knows
    end = confirming.watch()
    try:
        until(lambda: confirming._lacking == {"default"}, "nobody notices", within=10)
        person.join(10)
        assert isinstance(person.heard, standby.Unconfirmed)
        with here["default"].cursor() as cursor:
            for sql in (
                "INSERT INTO told VALUES ('no')",
                "SELECT what FROM told FOR UPDATE",
                "TRUNCATE told",
            ):
                with pytest.raises(standby.NoStandby) as refusal:
                    cursor.execute(sql)
            assert not isinstance(refusal.value, OperationalError)
            assert (refusal.value.status, refusal.value.retry_after) == (503, 10)
            assert "只能查看" in str(refusal.value.message)
            cursor.execute("SELECT count(*) FROM told")
            assert cursor.fetchone() == (0,)
            primary.come_back()
            until(lambda: confirming._lacking == set(), "nobody notices that one is back", within=10)
            cursor.execute("INSERT INTO told VALUES ('yes')")
            cursor.execute("SELECT what FROM told ORDER BY what")
            assert cursor.fetchall() == [("said",), ("yes",)]
    finally:
        end.set()
        here.close_all()


@pytest.mark.parametrize(
    ("sql", "is_writing"),
    [
        ("SELECT 1", False),
        ('(SELECT "a" FROM "b") UNION (SELECT 1)', False),
        ("", False),
        (b"SHOW all", False),
        (psycopg.sql.SQL("SELECT 1"), False),
        ('SAVEPOINT "s"', False),
        ('SELECT "a" FROM "b" WHERE "c" = %s FOR NO KEY UPDATE', True),
        ('SELECT "a" FROM "b" LIMIT 1 FOR UPDATE SKIP LOCKED', True),
        ('INSERT INTO "b" VALUES (1)', True),
        (b"DELETE FROM b", True),
        ("WITH a AS (DELETE FROM b RETURNING c) SELECT c FROM a", True),
        (psycopg.sql.SQL("UPDATE b SET c = 1"), True),
    ],
)
def test_what_could_wait_is_told_from_what_reads(sql, is_writing):
    assert confirming.writes(sql) is is_writing
