"""Two who decide at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from linli.foundation.errors import WrongState
from linli.kernel.rulebook import queries, services
from linli.kernel.rulebook.models import RuleSet
from tests.kernel.rulebook.builders import ANNA, BEN, KEY, NOW, TODAY, a_catalog, a_file, a_person


def at_once(*calls: Any) -> list[Any]:
    """Run the calls in threads that start together; return what each gave or raised."""
    start = Barrier(len(calls))

    def run(call: Any) -> Any:
        try:
            start.wait()
            return call()
        except WrongState as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def propose(size: int) -> Any:
    return services.propose(
        key=KEY, place_id=None, valid_from=TODAY, data={"size": size}, basis="文件", actor=ANNA, now=NOW
    )


@pytest.mark.usefixtures("committed_db")
def test_of_two_who_approve_one_proposal_at_once_one_is_late_and_there_is_one_rule() -> None:
    proposal = propose(1)
    people = [BEN, a_person(), a_person()]
    came = at_once(
        *(lambda who=who: services.approve(proposal_id=proposal.id, actor=who, now=NOW) for who in people)
    )
    assert sorted(type(result).__name__ for result in came) == ["RuleSet", "WrongState", "WrongState"]
    assert RuleSet.objects.count() == 1


@pytest.mark.usefixtures("committed_db")
def test_two_proposals_approved_at_once_are_two_versions() -> None:
    proposals = [propose(size) for size in (1, 2, 3)]
    at_once(*(lambda p=p: services.approve(proposal_id=p.id, actor=BEN, now=NOW) for p in proposals))
    assert sorted(RuleSet.objects.values_list("version", flat=True)) == [1, 2, 3]
    last = RuleSet.objects.get(version=3)
    assert queries.rule(KEY, "", TODAY).id == last.id


@pytest.mark.usefixtures("committed_db")
def test_two_processes_that_load_the_catalogue_at_once_load_it_once(tmp_path: Path) -> None:
    folder = a_catalog(tmp_path, size=a_file(1))
    came = at_once(*[lambda: services.load_catalog(now=NOW, folder=folder)] * 3)
    assert sorted(len(done.made) for done in came) == [0, 0, 1]
    assert RuleSet.objects.count() == 1
