"""A month of the log of reading goes wholly or not at all: cut off at each statement, and killed there (F4)."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from linli.foundation.rules import Actor
from linli.kernel.journal import verify
from linli.kernel.people.choices import ADMINISTRATORS
from linli.kernel.vault import queries, services
from linli.kernel.vault.choices import Removal
from linli.kernel.vault.models import Purge, ReadEntry, ReadPosition
from linli.kernel.vault.queries.purging import faults
from tests.kernel.people.builders import an_administrator
from tests.kernel.vault.old_reads import DAY, DUE, read_daily
from tests.killing import forked
from tests.proofs.injecting import cut_at, stored
from tests.proofs.test_all_or_nothing import Use, cut_everywhere

pytestmark = [pytest.mark.usefixtures("committed_db"), pytest.mark.slow]  # some hundred states are compared
MANY, FEW = 12, 6  # entries in all, and of the month that goes


@pytest.fixture
def three(settings: Any, tmp_path: Path) -> dict[str, Actor]:
    settings.READ_LOG_FOLDER = str(tmp_path / "reads")
    settings.STAMP_SECONDS = 3600
    read_daily("requests.text", days=4)
    return {role: Actor("person", an_administrator(role, DUE - DAY).pk) for role in ADMINISTRATORS}


def proposing(three: dict[str, Actor]) -> Use:
    return lambda: services.propose_purge(actor=three["audit_admin"], now=DUE)


def answering(three: dict[str, Actor], step: str) -> Use:
    pk = Purge.objects.get(state=Removal.PROPOSED).pk
    return lambda: services.answer_purge(purge_id=pk, step=step, actor=three["security_admin"], now=DUE)


def test_a_month_is_proposed_refused_and_removed_wholly_or_not_at_all(three, figure):
    points = [
        cut_everywhere("propose", proposing(three)),
        cut_everywhere("refuse", answering(three, "refuse")),
    ]
    proposing(three)()
    points.append(cut_everywhere("approve", answering(three, "approve")))

    figure(
        "F4",
        "removal cut off at each statement: half of it stands",
        target="0",
        n=sum(points),
        floor=20,
        got=0,
    )
    assert min(points) >= 3
    assert (ReadEntry.objects.count(), verify.run().findings) == (MANY - FEW, [])


def test_a_month_whose_removal_is_killed_is_there_whole_or_gone_whole_with_its_export(
    three, settings, figure
):
    """kill -9 at each statement and before each commit; what was exported before stays readable."""
    proposing(three)()
    approve, file = (
        answering(three, "approve"),
        Path(settings.READ_LOG_FOLDER) / Purge.objects.get().file_name,
    )
    before, kills = stored(), 0
    for number in count(1):
        if not _killed(approve, number):
            break
        kills += 1
        assert stored() == before, f"killed at {number}: half of it stands"
        assert (ReadEntry.objects.count(), ReadPosition.objects.count(), queries.removed()) == (MANY, MANY, 0)
        assert faults(file.read_bytes().splitlines()) == []

    figure("F4", "removal killed at each statement: half of it stands", target="0", n=kills, floor=8, got=0)
    assert (ReadEntry.objects.count(), ReadPosition.objects.count(), queries.removed()) == (FEW, FEW, FEW)
    assert faults(file.read_bytes().splitlines()) == []
    assert verify.run().findings == []


def _killed(use: Use, number: int) -> bool:
    """Let a child do it, and kill it before its ``number``-th statement or commit; False if it came to its end."""
    connections.close_all()
    mine = {alias: connections[alias] for alias in connections}
    ended = os.waitpid(forked(partial(_work, use, number, mine)), 0)[1]
    assert os.WIFSIGNALED(ended) or os.WEXITSTATUS(ended) == 0
    return os.WIFSIGNALED(ended)


def _work(use: Use, number: int, mine: Mapping[str, Any]) -> None:
    # Where a browser of an earlier test has left an event loop, Django keeps the connections with it;
    # the child has no loop, and would find those of before the copy.
    for alias, connection in mine.items():
        connections[alias] = connection
    with cut_at(number) as counter:
        counter.pass_by = lambda: _die_at(counter)  # type: ignore[method-assign]
        use()


def _die_at(counter: Any) -> None:
    counter.seen += 1
    if counter.seen == counter.at:
        os.kill(os.getpid(), signal.SIGKILL)
