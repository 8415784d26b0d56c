"""How connections to SQLite are opened (reliability: what was committed stays committed)."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from threading import Thread

import pytest
from django.core.checks import run_checks
from django.db import connection, connections, transaction

from linli.foundation import sqlite

on_sqlite = connection.vendor == "sqlite"


def _pragma(name: str) -> object:
    with connection.cursor() as cursor:
        return cursor.execute(f"PRAGMA {name}").fetchone()[0]


def _read_in_a_thread(found: list[object]) -> None:
    found.extend(_pragma(name) for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout"))
    connection.close()


def test_every_new_connection_of_every_thread_is_opened_safely(committed_db: None) -> None:
    if not on_sqlite:
        assert sqlite.problems(connection) == []
        return
    found: list[object] = []
    for _ in range(2):
        thread = Thread(target=_read_in_a_thread, args=(found,))
        thread.start()
        thread.join()

    assert found == ["wal", 2, 1, 20000] * 2


def test_a_transaction_takes_the_write_lock_when_it_begins(committed_db: None) -> None:
    assert sqlite.problems(connection) == []
    if on_sqlite:
        with transaction.atomic():
            other = sqlite3.connect(connection.settings_dict["NAME"], timeout=0)
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
            other.close()


def test_the_system_check_names_a_connection_that_may_lose_data(committed_db: None) -> None:
    found = run_checks(tags=["database"], databases=["default", "keys"])
    # The run's own PostgreSQL waits for locks without end, and is warned of; a server's role is told not to.
    assert [one for one in found if one.id != "linli.W001"] == []
    if on_sqlite:
        with connections["keys"].cursor() as cursor:
            cursor.execute("PRAGMA synchronous=NORMAL")
        errors = run_checks(tags=["database"], databases=["default", "keys"])
        assert [(error.id, error.msg) for error in errors] == [("linli.E001", "keys: synchronous is 1")]


def test_a_second_writer_is_refused_and_the_lock_goes_with_its_holder(tmp_path: Path) -> None:
    with sqlite.only_writer(tmp_path), pytest.raises(sqlite.SecondWriter), sqlite.only_writer(tmp_path):
        pytest.fail("two writers")

    with sqlite.only_writer(tmp_path):
        assert (tmp_path / "writer.lock").exists()


@pytest.mark.parametrize(
    ("version", "is_old"), [((3, 40, 1), True), ((3, 51, 3), False), ((3, 54, 0), False)]
)
def test_an_old_library_is_said_to_be_old(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], is_old: bool
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)

    assert sqlite.is_old() == is_old
    assert bool(sqlite.warnings()) == (is_old and on_sqlite)
