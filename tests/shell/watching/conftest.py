from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import NamedTuple

import pytest
from django.test import Client
from django.utils import timezone

from linli.foundation import disk
from linli.kernel.journal.services import sequence
from tests.conftest import POSTGRESQL
from tests.world import TEN, World, a_world

collect_ignore = ["test_health_sqlite.py" if POSTGRESQL else "test_health_postgresql.py"]


class Said(NamedTuple):
    """What ``/health`` says to a machine beside it."""

    status: int
    failing: list[str]
    warnings: list[str]


WELL = Said(200, [], [])


@pytest.fixture(autouse=True)
def _a_sound_disk() -> Iterator[None]:
    """What one test has seen of the disk is nothing to the next."""
    disk.forget()
    yield
    disk.forget()


class Clock:
    """The time of the site. It stands still until it is moved."""

    def __init__(self) -> None:
        self.at = TEN

    def shift(self, by: timedelta | int) -> None:
        self.at += by if isinstance(by, timedelta) else timedelta(seconds=by)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(timezone, "now", lambda: made.at)
    return made


@pytest.fixture
def world(clock: Clock) -> World:
    """A neighbourhood of which all is numbered, and in which no worker has run yet."""
    made = a_world()
    sequence(TEN)
    return made


@pytest.fixture
def health(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Said]:
    """Ask ``/health``; the library's age, which is the machine's, is left out of it."""
    monkeypatch.setattr("linli.foundation.sqlite.is_old", lambda: False)

    def ask() -> Said:
        response = Client().get("/health")
        told = response.json()
        return Said(
            response.status_code, told["failing"], [one for one in told["warnings"] if one != NEVER_RAN]
        )

    return ask


NEVER_RAN = "后台还一次都没有运行过。"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
