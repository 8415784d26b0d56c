"""Sixteen requests of one reader at the same moment open no more than sixteen one after another would."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from linli.kernel.vault.memory import limits as memory
from linli.kernel.vault.memory.limits import Limits
from linli.kernel.vault.models import ReadEntry
from tests.kernel.vault.conftest import NOW, TEXT, put, read
from tests.proofs.test_at_once import at_once

pytestmark = pytest.mark.usefixtures("committed_db")
THREADS, ALONE = 16, 5


def test_requests_at_the_same_moment_open_no_more_than_one_after_another(
    monkeypatch: pytest.MonkeyPatch, figure: Callable[..., None]
) -> None:
    monkeypatch.setattr(memory, "LIMITS", [lambda _county, _now: Limits(an_hour=ALONE, a_minute=100)])
    subjects: list[UUID] = [put(text="灯") for _number in range(THREADS)]
    found = at_once(THREADS, lambda number: read(subjects[number], TEXT, now=NOW))

    shown = sum(one == {TEXT: "灯"} for one in found)
    figure(
        "F7", "16 requests at the same moment, 5 allowed: shown", target="5", n=THREADS, floor=16, got=shown
    )
    assert (shown, found.count("Stopped")) == (ALONE, THREADS - ALONE)
    assert ReadEntry.objects.filter(result="shown").count() == ALONE
    assert ReadEntry.objects.filter(result="refused").count() == THREADS - ALONE
