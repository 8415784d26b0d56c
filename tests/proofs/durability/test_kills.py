"""kill -9 of ``linli serve`` under intake: what was acknowledged is there, once, under the same code (A1)."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator

import pytest

from tests.proofs.durability.intake import Crowd, Heard, send, stored, told_in
from tests.proofs.durability.serving import Installation

PEOPLE = 8
PATIENCE = 60  # seconds until so many have been answered after a start; far more than it takes
MOMENT = 0.3  # seconds within which the kill then comes


@pytest.fixture
def installation(tmp_path, static_folder) -> Iterator[Installation]:
    made = Installation(tmp_path, tmp_path / "serve.log", static_folder)
    made.lay_out()
    yield made
    made.end()
    assert made.unforeseen() == []


def kill_under_intake(
    installation: Installation, kills: int, each: int, seed: int
) -> tuple[Heard, list[float]]:
    """Kill so many times, each at a random moment once ``each`` reports more have been acknowledged.

    Returns what people heard, and how many seconds each start took.
    """
    chance = random.Random(seed)
    crowd = Crowd(installation, PEOPLE, seed)
    installation.start()
    crowd.start()
    starts = []
    try:
        for _kill in range(kills):
            wait_for(crowd.heard, len(crowd.heard.told) + each)
            time.sleep(chance.uniform(0, MOMENT))
            installation.kill()
            starts.append(installation.start())
    finally:
        crowd.stop()
    return crowd.heard, starts


def wait_for(heard: Heard, told: int) -> None:
    ends = time.monotonic() + PATIENCE
    while len(heard.told) < told:
        assert time.monotonic() < ends, f"{len(heard.told)} of {told} acknowledged"
        time.sleep(0.005)


def drained(installation: Installation, patience: float = 30) -> None:
    """Wait until every event has its position and then stop the server as a service manager does."""
    ends = time.monotonic() + patience
    while (now := stored(installation.data)).positioned < now.events and time.monotonic() < ends:
        time.sleep(0.2)
    installation.stop()


def judge(
    installation: Installation, heard: Heard, starts: list[float], figure, *, kills: int, least: int
) -> None:
    again = [
        send(installation, key, heard.said[key]) for key in random.Random(1).sample(sorted(heard.told), 50)
    ]
    drained(installation)
    there = stored(installation.data)
    verified = installation.verified()
    lost = [key for key, (pk, *_rest) in heard.told.items() if pk.replace("-", "") not in there.numbers]
    figure(
        "A1", f"{len(starts)} kills of the server, {heard.thrown_away} answers thrown away: lost, too many",
        target="0, 0", n=len(heard.told), floor=least, got=f"{len(lost)}, {len(there.numbers) - len(heard.told)}",
    )  # fmt: skip
    figure(
        "A1", "ready again after a kill: p95 (median)", target="2 s", n=len(starts), floor=kills,
        got=f"{sorted(starts)[len(starts) * 95 // 100]:.1f} s ({statistics.median(starts):.1f} s)",
    )  # fmt: skip

    assert lost == []
    assert heard.otherwise == []
    assert len(there.numbers) == len(heard.told) == there.keys
    assert len(set(there.numbers.values())) == len(there.numbers)
    assert there.births == there.words == len(there.numbers)
    assert there.positioned == there.events
    assert there.intact == "ok"
    assert [(status, told_in(answer)) for status, answer, _ in again] == [
        (200, heard.told[key]) for key in random.Random(1).sample(sorted(heard.told), 50)
    ]
    assert verified["findings"] == []
    assert heard.refused == []
    assert heard.thrown_away >= least // 20
    assert heard.broken >= kills // 2  # people were in the middle of something when it was killed


@pytest.mark.slow  # six starts of the whole server
def test_five_kills_under_intake_lose_nothing_and_double_nothing(installation, figure):
    heard, starts = kill_under_intake(installation, 5, each=30, seed=1)

    judge(installation, heard, starts, figure, kills=5, least=150)


@pytest.mark.proof
def test_two_hundred_kills_under_intake_lose_nothing_and_double_nothing(installation, figure):
    heard, starts = kill_under_intake(installation, 200, each=100, seed=2)

    judge(installation, heard, starts, figure, kills=200, least=20_000)


@pytest.mark.slow  # two starts of the whole server
def test_when_the_watcher_is_killed_the_writer_ends_too_and_the_next_start_is_the_only_one(installation):
    """SQLite's library here may break under two writing processes, so none may outlive its watcher."""
    installation.start()
    assert installation.answers()

    installation.kill_watcher()

    ends = time.monotonic() + 5
    while installation.answers() and time.monotonic() < ends:
        time.sleep(0.05)
    assert not installation.answers()
    installation.start()
    assert installation.answers()
