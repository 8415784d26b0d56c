"""The power goes at any moment: what was acknowledged is there, and nothing is broken (A3)."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from django.db import connections

from tests.proofs.durability import power

POINTS = 2000
TRANSACTIONS = 300
READ = ("journal_mode", "synchronous", "secure_delete", "foreign_keys", "page_size")


@dataclass
class Tally:
    points: int = 0
    losing: int = 0
    worst: int = 0
    wrong: tuple[str, ...] = ()
    checkpoints: int = 0


def live_pragmas() -> dict[str, object]:
    """Read the pragmas back from a connection as the product opens it."""
    with connections["default"].cursor() as cursor:
        return {name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in READ}


def cut_through(
    tmp_path, pragmas: Mapping[str, object], name: str, figure, *, target: str, seed: int = 7
) -> Tally:
    trace = power.record(tmp_path / name, pragmas, TRANSACTIONS)
    chance = random.Random(seed)
    points = [chance.randint(trace.first, len(trace.operations)) for _ in range(POINTS)]
    tally = Tally(checkpoints=trace.checkpoints())
    for point in power.cuts(trace, points, chance, tmp_path / f"{name}-after"):
        after = power.found(tmp_path / f"{name}-after")
        lost = max(0, trace.acknowledged_by(point) - after.matters)
        tally.points += 1
        tally.losing += bool(lost)
        tally.worst = max(tally.worst, lost)
        tally.wrong += (after.wrong,) if after.wrong else ()
    figure(
        "A3", f"power cut, {name}: points that lose what was acknowledged, at most, corrupt",
        target=target, n=tally.points, floor=POINTS, got=f"{tally.losing}, {tally.worst}, {len(tally.wrong)}",
    )  # fmt: skip
    return tally


@pytest.mark.slow  # two thousand databases are laid out and looked through
def test_a_power_cut_loses_nothing_that_was_acknowledged_and_breaks_nothing(committed_db, tmp_path, figure):
    pragmas = live_pragmas()

    tally = cut_through(tmp_path, pragmas, "as shipped", figure, target="0, 0, 0")

    assert (pragmas["journal_mode"], pragmas["synchronous"]) == ("wal", 2)
    assert tally.wrong == ()
    assert (tally.losing, tally.worst) == (0, 0)
    assert tally.checkpoints >= 10


@pytest.mark.slow  # the same again, for a setting that loses
def test_the_same_cuts_find_what_a_weaker_setting_loses(committed_db, tmp_path, figure):
    tally = cut_through(
        tmp_path,
        live_pragmas() | {"synchronous": 1},
        "NORMAL, to see that it is found",
        figure,
        target=">= 500",
    )

    assert tally.losing >= 500
    assert tally.worst >= 5
    assert tally.wrong == ()  # it forgets, it does not break
