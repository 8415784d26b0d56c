"""The folder of backups: what is kept, and one hand at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from linli.foundation import folders
from linli.foundation.errors import InvalidInput, WrongState
from linli.shell.backup import shelf

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def a_backup(folder, at, prefix=""):
    made = folder / f"{prefix}{shelf.next_id(folder, at)}"
    made.mkdir()
    (made / "manifest").write_bytes(b"")
    return made


def test_backups_go_after_35_days_and_never_the_last_one(tmp_path):
    long_ago = a_backup(tmp_path, NOW - timedelta(days=35, seconds=1))
    just = a_backup(tmp_path, NOW - timedelta(days=35))

    assert shelf.tidy(tmp_path, NOW) == 1
    assert shelf.backups(tmp_path) == [just]
    assert not long_ago.exists()
    assert shelf.tidy(tmp_path, NOW + timedelta(days=100)) == 0
    assert shelf.newest(tmp_path) == just


def test_only_the_last_copy_of_the_keys_is_kept(tmp_path):
    older = a_backup(tmp_path, NOW - timedelta(minutes=2), shelf.KEYS)
    newer = a_backup(tmp_path, NOW - timedelta(minutes=1), shelf.KEYS)
    unfinished = tmp_path / f"{shelf.KEYS}20261120T000000.000000Z"
    unfinished.mkdir()

    assert shelf.tidy(tmp_path, NOW) == 2
    assert (older.exists(), unfinished.exists(), shelf.newest_keys(tmp_path)) == (False, False, newer)


@pytest.mark.parametrize("prefix", ["", shelf.KEYS])
def test_a_clock_that_went_back_makes_no_backup(tmp_path, prefix):
    a_backup(tmp_path, NOW, prefix)

    for at in (NOW, NOW - timedelta(days=1)):
        with pytest.raises(WrongState, match="先对准时间"):
            shelf.next_id(tmp_path, at)
    assert shelf.next_id(tmp_path, NOW + timedelta(microseconds=1)) == "20261120T030000.000001Z"


def test_two_backups_are_not_made_at_once_and_what_a_dead_one_left_is_cleared(tmp_path):
    left = tmp_path / f"{shelf.PARTIAL}x"
    left.mkdir()
    with shelf.alone(tmp_path):
        assert not left.exists()
        with pytest.raises(WrongState, match="另一份备份"), shelf.alone(tmp_path):
            raise AssertionError
    with shelf.alone(tmp_path):
        assert shelf.backups(tmp_path) == []


def test_an_empty_folder_has_no_newest(tmp_path):
    with pytest.raises(InvalidInput, match="还没有备份"):
        shelf.newest(tmp_path)


@pytest.mark.django_db
@pytest.mark.parametrize("command", [("backup",), ("restore", "--verify")], ids=lambda command: command[0])
def test_without_a_file_to_copy_it_refuses_in_one_sentence(tmp_path, settings, command):
    settings.BACKUPS_FOLDER = str(tmp_path)
    sentence = {"postgresql": "pgBackRest", "sqlite": "只在内存里"}[connection.vendor]

    with pytest.raises(CommandError, match=sentence):
        call_command(*command)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (("backup",), "没有说备份放在哪里"),
        (("restore", "--verify"), "没有说用哪份备份"),
        (("restore",), "没有说恢复到哪里"),
    ],
)
def test_what_was_not_said_is_asked_for(command, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command(*command)


def test_nothing_goes_while_somebody_restores(tmp_path):
    older = a_backup(tmp_path, NOW - timedelta(minutes=2), shelf.KEYS)
    a_backup(tmp_path, NOW - timedelta(minutes=1), shelf.KEYS)

    with folders.locked(tmp_path, shared=True):
        assert shelf.tidy(tmp_path, NOW) == 0
        assert older.exists()
    assert shelf.tidy(tmp_path, NOW) == 1
