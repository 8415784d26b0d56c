"""kill -9 in the middle of every migration: the next start goes on, and nothing shows that it happened (A12)."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from bench import site
from tests.proofs.durability.migrated import OURS, Migrator, held, migrator

Point = tuple[str, int]
CASES = 12


def is_ours(name: str) -> bool:
    return name.partition(" ")[2].partition(".")[0] in OURS and name.startswith("default")


def a_few(counted: dict[str, int]) -> list[Point]:
    """Twice in each of our migrations: somewhere, and at its last commit."""
    chance = random.Random(12)
    return [
        point
        for name, most in counted.items()
        if is_ours(name)
        for point in ((name, chance.randint(1, most - 1)), (name, most))
    ]


def every_one(counted: dict[str, int]) -> list[Point]:
    """Every statement and commit of every migration, then of what follows once they all stand."""
    inside_first = sorted(counted.items(), key=lambda item: " " not in item[0])
    return [(name, number) for name, most in inside_first for number in range(1, most + 1)]


def killed_at(migrating: Migrator, folder: Path, points: Iterable[Point]) -> int:
    """Be killed at one point after the other, each time going on where the one before broke off."""
    kills = 0
    for name, number in points:
        alone = {"alias": name.partition(" ")[0]} if " " in name else {}
        ended = migrating.ask("migrate", folder, die=[name, number], **alone)
        # What follows the migrations has less to do each time, for it keeps what it did.
        assert ended["killed"] or (not alone and ended["ok"]), f"at {name}, {number}: {ended}"
        kills += ended["killed"]
    return kills


def compare(
    migrating: Migrator, tmp_path: Path, choose, *, figure, least: int, begin: Path | None = None
) -> Path:
    """Migrate once undisturbed and once killed all the way; both must hold the same."""
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    if begin is not None:
        shutil.copytree(begin, whole)
        shutil.copytree(begin, killed)
    undisturbed = migrating.ask("migrate", whole)
    assert undisturbed["ok"]
    kills = killed_at(migrating, killed, choose(undisturbed["counted"]))
    assert migrating.ask("migrate", killed)["ok"]
    left, right = held(whole), held(killed)
    rows = sum(len(found) for name, found in left.items() if "." in name)
    different = {name for name in left if left[name] != right.get(name)}
    figure(
        "A12", f"kills within migrations: of {len(left)} definitions and tables with {rows} rows, different",
        target="0", n=kills, floor=least, got=len(different),
    )  # fmt: skip
    assert different == set()
    assert left.keys() == right.keys()
    assert right["default intact"] == right["keys intact"] == [("ok",)]
    assert right["default strays"] == right["keys strays"] == []
    return killed


@pytest.fixture
def migrating(tmp_path):
    with migrator(tmp_path) as one:
        yield one


def previous(migrating: Migrator, tmp_path: Path) -> Path:
    """A filled installation as it stood before the later migrations."""
    folder = tmp_path / "data"
    assert migrating.ask("fill", folder)["ok"]
    rows = {name: len(found) for name, found in held(folder).items()}
    assert (rows["default.cases_case"], rows["default.files_attachment"]) == (CASES, CASES)
    assert rows["default.vault_record"] >= 2 * CASES
    return folder


def findings(folder: Path) -> list[str]:
    environment = site.embedded(folder.parent) | {"LINLI_DATA": str(folder)}
    command = [sys.executable, "manage.py", "verify", "--json"]
    done = subprocess.run(
        command, cwd=site.ROOT, env=environment, check=False, capture_output=True, text=True
    )
    found = json.loads(done.stdout)["findings"]
    return [one for one in found if not one["check"].startswith("people")]  # builders write posts by hand


@pytest.mark.slow  # some forty processes are killed
def test_an_empty_database_is_whole_however_often_its_migrations_are_killed(migrating, tmp_path, figure):
    compare(migrating, tmp_path, a_few, figure=figure, least=40)


@pytest.mark.slow  # some fifteen processes are killed
def test_a_filled_database_is_whole_however_often_its_migrations_are_killed(migrating, tmp_path, figure):
    begin = previous(migrating, tmp_path)

    killed = compare(migrating, tmp_path, a_few, figure=figure, least=12, begin=begin)

    assert findings(killed) == []


@pytest.mark.proof
def test_an_empty_database_is_whole_when_killed_at_every_statement_and_commit(migrating, tmp_path, figure):
    compare(migrating, tmp_path, every_one, figure=figure, least=900)


@pytest.mark.proof
def test_a_filled_database_is_whole_when_killed_at_every_statement_and_commit(migrating, tmp_path, figure):
    begin = previous(migrating, tmp_path)

    killed = compare(migrating, tmp_path, every_one, figure=figure, least=80, begin=begin)

    assert findings(killed) == []


@pytest.mark.slow  # three processes migrate
def test_the_same_kill_leaves_djangos_own_executor_stuck(migrating, tmp_path, figure):
    """Else the kills above would show nothing."""
    counted = migrating.ask("migrate", tmp_path / "whole", executor="django")["counted"]
    name = "default cases.0001_initial"

    killed_at_the_note = migrating.ask(
        "migrate", tmp_path / "stuck", die=[name, counted[name]], executor="django"
    )

    assert killed_at_the_note["killed"]
    assert not migrating.ask("migrate", tmp_path / "stuck", executor="django")["ok"]
