"""What the database itself lets go of the log of reading, whoever asks it, and what it takes for a removal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, transaction

from linli.kernel.journal import verify
from linli.kernel.vault import queries, services
from linli.kernel.vault.models import Purge, ReadEntry, ReadPosition
from tests.kernel.vault.old_reads import DUE, approve, propose

pytestmark = pytest.mark.django_db


def as_forged(**changed: Any) -> Callable[[], Any]:
    """Somebody who writes a removal of their own, past the services."""

    def forge() -> None:
        segment = queries.next_segment(DUE)
        assert segment is not None
        row: dict[str, Any] = {
            "month": segment.month, "from_position": 1, "to_position": 6, "until": segment.until, "root": segment.root,
            "seals": b"s", "sha256": b"f", "proposed_by": UUID(int=1), "proposed_at": DUE, "state": "proposed",
            "version": 1, "head": b"1",
        }  # fmt: skip
        Purge.objects.bulk_create([Purge(**row | changed)])

    return forge


@pytest.mark.parametrize(
    "changed",
    [
        {"state": "removed", "version": 2, "decided_by": UUID(int=2), "decided_at": DUE},
        {"state": "removed"},
        {"version": 2},
        {"decided_by": UUID(int=2)},
        {"to_position": 5},
        {"to_position": 12},
        {"root": b"another"},
    ],
    ids=str,
)
def test_the_database_takes_in_no_removal_but_a_proposal_over_a_sealed_month(three, changed):
    with pytest.raises(DatabaseError, match="vault_purge_by_proposal"), transaction.atomic():
        as_forged(**changed)()


DECIDED = {"state": "removed", "version": 2, "head": b"2", "decided_by": UUID(int=2), "decided_at": DUE}


@pytest.mark.parametrize(
    "changed",
    [
        {"decided_by": None},
        {"decided_by": UUID(int=1)},
        {"decided_at": None},
        {"decided_at": datetime(2023, 4, 29, tzinfo=UTC)},
        {"to_position": 12},
        {"from_position": 2},
        {"until": DUE},
        {"proposed_by": UUID(int=3)},
        {"state": "proposed"},
        {"state": "gone"},
        {"version": 3},
        {"head": b"1"},
        {"sha256": b"another"},
    ],
    ids=str,
)
def test_the_database_takes_no_decision_that_is_none(three, changed):
    as_forged()()
    with pytest.raises(DatabaseError, match="vault_purge_decided_once"), transaction.atomic():
        Purge.objects.update(**DECIDED | changed)
    Purge.objects.update(**DECIDED)
    with pytest.raises(DatabaseError, match="vault_purge_decided_once"), transaction.atomic():
        Purge.objects.update(**DECIDED | {"version": 3, "head": b"3"})
    with pytest.raises(DatabaseError, match="vault_purge_no_delete"), transaction.atomic():
        Purge.objects.all()._raw_delete("default")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ReadEntry.objects.all()._raw_delete("default")  # no event tells of this removal
    assert ReadEntry.objects.count() == 12


@pytest.mark.parametrize("state", ["nothing", "proposed", "refused", "removed"])
def test_the_database_lets_go_of_nothing_but_what_two_people_removed(three, state):
    """At every stage each entry and position is tried, one by one and changed as well as removed."""
    if state != "nothing":
        purge = propose(three)
        if state == "refused":
            services.answer_purge(purge_id=purge.pk, step="refuse", actor=three["security"], now=DUE)
        if state == "removed":
            approve(three, purge)
    before = (list(ReadEntry.objects.values()), list(ReadPosition.objects.values()))
    assert len(before[0]) == (6 if state == "removed" else 12)
    for mine, same in ((ReadEntry.objects, {"result": "shown"}), (ReadPosition.objects, {"entry_id": 1})):
        for pk in list(mine.values_list("pk", flat=True)):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                mine.filter(pk=pk)._raw_delete("default")
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                mine.filter(pk=pk).update(**same)
    assert (list(ReadEntry.objects.values()), list(ReadPosition.objects.values())) == before


def test_an_entry_with_the_number_of_a_removed_one_is_not_let_go_again(three):
    """Put back into a removed month with a position of its own, it could go; it is found, and its time is asked."""
    approve(three, propose(three))
    fresh = ReadEntry.objects.last()
    fresh.pk = None
    ReadEntry.objects.bulk_create([fresh])
    ReadPosition.objects.bulk_create([ReadPosition(position=3, entry=fresh)])
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ReadEntry.objects.filter(pk=fresh.pk)._raw_delete("default")
    assert {one.check for one in verify.run().findings} == {"journal.positions"}
