"""What only SQLite can have wrong: how it was opened, its file, its age."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connections

from linli.foundation import sqlite
from tests.shell.watching.conftest import WELL

pytestmark = pytest.mark.usefixtures("committed_db", "world")


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("PRAGMA synchronous=NORMAL", "PRAGMA synchronous=FULL", "synchronous is 1"),
        ("PRAGMA foreign_keys=OFF", "PRAGMA foreign_keys=ON", "foreign_keys is 0"),
        ("PRAGMA busy_timeout=1000", "PRAGMA busy_timeout=20000", "busy_timeout is 1000"),
        ("PRAGMA secure_delete=OFF", "PRAGMA secure_delete=ON", "secure_delete is 0"),
        ("PRAGMA journal_mode=DELETE", "PRAGMA journal_mode=WAL", "journal_mode is delete"),
    ],
)
def test_a_database_that_is_opened_wrongly_is_red(health, wrong, right, said):
    with connections["keys"].cursor() as cursor:
        cursor.execute(wrong)
        assert health() == (503, [f"数据库的打开方式不对，断电可能丢东西：keys: {said}。"], [])
        cursor.execute(right)
    assert health() == WELL


def test_transactions_that_do_not_begin_with_the_write_lock_are_red(health, monkeypatch):
    monkeypatch.setattr(connections["default"], "transaction_mode", "DEFERRED")
    said = "default: transactions do not begin with the write lock"
    assert health() == (503, [f"数据库的打开方式不对，断电可能丢东西：{said}。"], [])

    monkeypatch.undo()
    monkeypatch.setattr(sqlite, "is_old", lambda: False)
    assert health()[1] == []


def test_a_file_that_is_gone_is_red_and_no_empty_one_is_made_in_its_place(health, tmp_path):
    connections["keys"].close()
    file = Path(str(connections["keys"].settings_dict["NAME"]))
    file.rename(tmp_path / "elsewhere")
    assert health() == (503, ["数据库 keys 的文件不见了。"], [])
    assert not file.exists()

    (tmp_path / "elsewhere").rename(file)
    assert health() == WELL


def test_an_old_library_is_a_warning_and_red_where_nobody_holds_the_folder(
    health, monkeypatch, settings, tmp_path
):
    monkeypatch.setattr(sqlite, "is_old", lambda: True)
    warning = str(sqlite.OLD_VERSION) % {"version": sqlite.sqlite3.sqlite_version}
    assert health() == (200, [], [warning])
    settings.DATA = tmp_path
    monkeypatch.delenv("LINLI_EMBEDDED", raising=False)
    said = "这个网站进程不是 linli serve 启动的，没有占住数据目录；SQLite 又太旧，几个进程一起写会损坏数据。"
    assert health() == (503, [said], [warning])

    monkeypatch.setenv("LINLI_EMBEDDED", "1")
    assert health() == (200, [], [warning])
