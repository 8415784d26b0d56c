"""The files of deploy/ are filled in whole, or not at all."""

from __future__ import annotations

import configparser
import stat
import subprocess
import sys

import pytest

from deploy import fill
from linli.shell.backup import shelf
from tests.deploy.values import ROOT, VALUES

GIVEN = {name: value or "x" * 44 for name, value in VALUES.items()}


def test_every_name_has_its_line_in_the_values_and_every_line_its_name():
    assert set(VALUES) == fill.names()
    assert len(VALUES) >= 40


def test_only_secrets_are_left_to_be_given():
    assert {name for name, value in VALUES.items() if not value} == {
        "secret_key", "master_key", "tracking_secret",
        "password", "owner_password", "superuser_password", "replication_password", "rewind_password",
        "backup_key",
    }  # fmt: skip


def test_each_file_is_written_with_the_values_in_place_for_its_owner_alone(tmp_path):
    fill.fill(GIVEN, tmp_path)
    written = {file.relative_to(tmp_path): file for file in tmp_path.rglob("*") if file.is_file()}

    assert set(written) == set(fill.templates())
    assert len(written) == 20
    assert [name for name, file in written.items() if "{{" in file.read_text()] == []
    assert {stat.S_IMODE(file.stat().st_mode) for file in written.values()} == {0o600}
    assert "server_name linli.example;" in (tmp_path / "nginx/linli.conf").read_text()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"password": ""}, "password has no value"),
        ({"pasword": "x"}, "pasword is asked for by no file"),
        ({"password": "it's"}, "password may hold letters"),
        ({"hosts": "a; return 200"}, "hosts may hold letters"),
        ({"static": "/srv\n/x"}, "static may hold letters"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_name_and_nothing_is_written(tmp_path, changed, said):
    with pytest.raises(fill.Refused, match=said):
        fill.fill(GIVEN | changed, tmp_path / "etc")

    assert not (tmp_path / "etc").exists()


def test_the_command_takes_what_differs_between_machines_after_the_folder(tmp_path):
    given = [f"{name}={value}" for name, value in GIVEN.items() if not VALUES[name]]
    command = [sys.executable, ROOT / "deploy/fill.py", ROOT / "deploy/values.toml", tmp_path]
    done = subprocess.run([*command, *given, "machine=db2"], capture_output=True, text=True, check=False)
    refused = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert "name: db2\n" in (tmp_path / "patroni/patroni.yml").read_text()
    assert refused.returncode == 1
    assert refused.stderr.startswith(
        "Nothing is written: backup_key has no value; master_key has no value; owner_password has no value;"
    )


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path):
    fill.fill(GIVEN | {"program": str(ROOT), "configuration": str(tmp_path)}, tmp_path)
    units = sorted([*(tmp_path / "systemd").iterdir(), *(tmp_path / "pgbackrest").glob("linli-*")])
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *units],
        capture_output=True,
        text=True,
        check=False,
    )

    assert [unit.name for unit in units] == [
        "linli-backup-full.timer",
        "linli-backup-incr.timer",
        "linli-backup@.service",
        "linli-web@.service",
        "linli-work@.service",
    ]
    assert (done.returncode, done.stderr) == (0, "")


def test_what_was_erased_is_gone_from_backups_after_35_days():
    """A full backup goes with the first backup after a newer full one is old enough."""
    said = configparser.ConfigParser()
    said.read(ROOT / "deploy/pgbackrest/pgbackrest.conf")
    full = (ROOT / "deploy/pgbackrest/linli-backup-full.timer").read_text()
    daily = (ROOT / "deploy/pgbackrest/linli-backup-incr.timer").read_text()

    assert "OnCalendar=Sun *-*-* " in full
    assert "OnCalendar=Mon..Sat *-*-* " in daily
    assert said["global"]["repo1-retention-full-type"] == "time"
    assert int(said["global"]["repo1-retention-full"]) + 7 + 1 == shelf.KEPT_FOR.days == 35
