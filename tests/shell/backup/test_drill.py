"""A backup is taken, restored and proven, by the commands an administrator gives."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.shell.backup.conftest import REPORTS
from tests.shell.backup.filling import CANARY, PHONE

pytestmark = pytest.mark.slow  # starts programs on a real data folder


def ask(folder: Path, question: str, database: str = "linli"):
    with closing(sqlite3.connect(folder / f"{database}.sqlite3")) as file:
        return file.execute(question).fetchall()


def all_rows(folder: Path) -> dict[str, list[tuple]]:
    """Every row of every table of both databases."""
    found = {}
    for database in ("linli", "keys"):
        for (table,) in ask(folder, "SELECT name FROM sqlite_master WHERE type = 'table'", database):
            found[f"{database}.{table}"] = sorted(ask(folder, f'SELECT * FROM "{table}"', database), key=repr)
    return found


def all_files(folder: Path) -> dict[str, bytes]:
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    return {name: content for name, content in files.items() if not name.startswith(".")}


def test_a_drill_proves_the_newest_backup_and_leaves_nothing_but_its_record(installation, figure):
    before = all_files(installation.data)
    done = installation.manage("restore", "--verify")

    assert (done.returncode, done.stderr) == (0, "")
    after = all_files(installation.data)
    proven = json.loads(after.pop("restore.json"))
    assert {name for name in before if "-wal" not in name and "-shm" not in name} == {
        name for name in after if "-wal" not in name and "-shm" not in name
    }
    counts = proven["counts"]
    figure("E1", "pages of a restored copy that do not open", target="0", n=counts["pages"], floor=20, got=0)
    assert counts["files waiting"] == 1
    assert counts["files"] == 3 * (REPORTS // 3)
    assert counts["events"] >= REPORTS
    assert counts["personal values"] >= 2 * REPORTS
    assert counts["published roots"] >= 1


def test_what_is_restored_is_what_was_there_row_by_row_and_byte_by_byte(installation, backed_up, tmp_path):
    target = tmp_path / "new"
    done = installation.manage("restore", "--to", str(target))

    assert (done.returncode, done.stderr) == (0, "")
    assert all_rows(target) == all_rows(installation.data)
    assert all_files(target / "files") == all_files(installation.data / "files")
    assert len(all_files(target / "files")) == 3 * (REPORTS // 3) + 1
    assert all_files(target / "roots") == all_files(installation.data / "roots") != {}
    assert (target / "secrets.env").read_bytes() == (installation.data / "secrets.env").read_bytes()
    assert (target / "secrets.env").stat().st_mode & 0o777 == 0o600
    assert f"LINLI_DATA={backed_up.data}\n" in (target / "settings.env").read_text()
    assert "KEY" not in (target / "settings.env").read_text()


def test_a_folder_with_something_in_it_is_refused_and_left_alone(installation, tmp_path):
    target = tmp_path / "new"
    target.mkdir()
    (target / "mine").write_text("mine")
    done = installation.manage("restore", "--verify", "--to", str(target))

    assert done.returncode == 1
    assert "不是空的" in done.stderr
    assert "Traceback" not in done.stderr
    assert all_files(target) == {"mine": b"mine"}


@pytest.mark.proof
def test_after_a_disaster_the_secrets_and_a_backup_are_enough(installation, tmp_path):
    newest = installation.backup()
    target = tmp_path / "new"
    target.mkdir()
    (target / "secrets.env").write_bytes((installation.data / "secrets.env").read_bytes())
    (target / "secrets.env").chmod(0o600)
    done = installation.manage(
        "restore", str(newest), "--to", str(target), "--verify", LINLI_DATA=str(target)
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads((target / "restore.json").read_text())["backup"] == newest.name
    assert len(ask(target, "SELECT 1 FROM cases_case")) == REPORTS + 1


def test_a_wrong_key_is_refused_in_one_sentence_and_nothing_is_written(installation, tmp_path):
    target = tmp_path / "new"
    target.mkdir()
    newest = installation.backup()
    done = installation.manage("restore", str(newest), "--to", str(target), LINLI_DATA=str(target))

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "不是做这份备份时的那一把" in done.stderr
    assert set(all_files(target)) == {"secrets.env"}


def test_a_damaged_file_is_named_and_nothing_is_written(installation, tmp_path):
    file = installation.backup() / "default"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    done = installation.manage("restore", "--to", str(tmp_path / "new"))

    assert done.returncode == 1
    assert f"{file} 损坏了" in done.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.proof
def test_a_restored_copy_that_is_not_whole_does_not_pass(installation):
    """The backup is good, but what was backed up was not: a picture had been exchanged."""
    picture = next((installation.data / "files" / "served").rglob("page.webp"))
    content = picture.read_bytes()
    picture.write_bytes(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])
    installation.backup()
    done = installation.manage("restore", "--verify")

    assert done.returncode == 1
    assert "照片文件的内容变了" in done.stdout
    assert not (installation.data / "restore.json").exists()


def test_whoever_holds_a_backup_alone_reads_nothing(backed_up, figure):
    stolen = [path for path in backed_up.backups.rglob("*") if path.is_file() and path.name != "writer.lock"]
    words = [
        CANARY.encode(),
        PHONE.encode(),
        b"SQLite format 3",
        b"CREATE TABLE",
        b"RIFF",
        b"served/",
        b"LINLI_",
    ]

    read = [(path, word) for path in stolen for word in words if word in path.read_bytes()]
    figure(
        "E6", "words read in the files of a stolen backup", target="0", n=len(stolen), floor=5, got=len(read)
    )
    assert read == []


def test_what_was_erased_cannot_be_read_from_an_older_backup(installation, tmp_path):
    older = installation.backup()
    erased = installation.run("-m", "tests.shell.backup.filling", "erase")
    assert erased.returncode == 0, erased.stderr
    installation.backup()
    target = tmp_path / "new"
    done = installation.manage("restore", str(older), "--to", str(target), "--verify")

    assert (done.returncode, done.stderr) == (0, "")
    assert "已经删除的" in done.stdout
    gone = ask(target, "SELECT length(cipher), key_id FROM vault_record WHERE erased_at IS NOT NULL")
    here = ask(installation.data, "SELECT 1 FROM vault_record WHERE erased_at IS NOT NULL")
    assert len(gone) == len(here) >= 2
    assert set(gone) == {(0, None)}


def test_a_copy_of_the_keys_older_than_the_data_is_refused(installation, tmp_path):
    (older,) = installation.backups.glob("keys-*")
    kept = tmp_path / "kept"
    older.rename(kept)
    newest = installation.backup()
    for newer in installation.backups.glob("keys-*"):
        newer.rename(tmp_path / newer.name)
    kept.rename(older)
    done = installation.manage("restore", str(newest), "--to", str(tmp_path / "new"))

    assert done.returncode == 1
    assert "旧，恢复了会读不出" in done.stderr
    assert not (tmp_path / "new").exists()
