"""Whatever is changed in the database past the doors is found by `linli verify`.

A small county, made through the doors, in databases of its own; there the guards are
switched off, and one random edit, deletion, addition or swap at a time is made, looked
for, and taken back.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from linli.kernel.cases.models import Assignment
from linli.kernel.journal import queries as journal
from linli.kernel.journal import verify
from linli.kernel.journal.models import Event, Journalled, Position, Seal, Sequencer
from linli.kernel.journal.verify.streams import ROOT_GONE, ROOT_UNFIT
from linli.kernel.rulebook.models import Decision, Proposal
from linli.kernel.vault.models import Purge, Record
from tests.copies import fresh_copy
from tests.proofs.sealed import ALL, OPEN, SEALED, guarded_columns, model_of
from tests.proofs.small_county import a_small_county, four_days
from tests.proofs.tampering import Edit, switch_guards_off, tamper, undone

pytestmark = pytest.mark.xdist_group("sealed county")  # made once
SOME, MANY = 200, 1000
REQUESTS = 24


@pytest.fixture(scope="module")
def county(
    _template: dict[str, str], django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """One county for all tests of this file: each takes back what it did to it."""
    folder = tmp_path_factory.mktemp("county")
    kept = {
        "ROOTS_FOLDER": folder / "roots",
        "MEDIA_ROOT": str(folder / "media"),
        "READ_LOG_FOLDER": str(folder / "reads"),
    }
    with django_db_blocker.unblock(), fresh_copy(_template, folder), override_settings(**kept):
        world = a_small_county()
        four_days(world, REQUESTS)
        assert verify.run().findings == []
        yield world


def test_every_model_says_what_of_it_is_guarded():
    models = {
        model._meta.label for model in apps.get_models(include_auto_created=True) if model._meta.managed
    }
    assert models == SEALED.keys() | OPEN.keys()
    assert SEALED.keys() & OPEN.keys() == set()
    for label, table in SEALED.items():
        columns = {field.name for field in model_of(label)._meta.concrete_fields}
        assert set(table.open_columns) - columns == set(), label
        assert guarded_columns(label) != [], label
        assert set(table.by.split(", ")) - {"journal.roots"} - verify.CHECKS.keys() == set(), label
        assert bool(table.not_found) == (len(table.ways) < 4), label


def test_every_column_of_a_thing_with_a_history_is_guarded():
    for model in apps.get_models():
        if issubclass(model, Journalled):
            assert (
                set(SEALED[model._meta.label].open_columns) & {*model.SEALED, "state", "version", "head"}
                == set()
            )


@pytest.mark.slow  # a county is made, and four days in it
def test_of_two_hundred_random_edits_every_one_is_found(county, figure):
    assert_found(SOME, "every landing", figure)


@pytest.mark.proof
def test_of_a_thousand_random_edits_every_one_is_found(county, figure):
    assert_found(MANY, "proof", figure)


def assert_found(wanted: int, seed: str, figure) -> None:
    """Print the table of what was tried and what was found, and hold the two against each other."""
    assert Assignment.objects.exclude(called_off_at=None).exists()
    assert Record.objects.exclude(erased_at=None).exists()
    assert (Proposal.objects.count(), Decision.objects.count()) == (3, 2)
    assert Purge.objects.filter(state="removed").count() == 2
    switch_guards_off()
    before = set(verify.run().findings)
    tried: Counter[tuple[str, str]] = Counter()
    missed: list[Edit] = []
    for number, label in zip(range(wanted), cycle(sorted(SEALED)), strict=False):
        with undone():
            edit = tamper(label, random.Random(f"{seed} {number}"))
            is_found = _is_found(label, before)
        tried[edit.table, edit.how] += 1
        if not is_found:
            missed.append(edit)
    print_table(tried, missed)
    what = f"edits, deletions, insertions and swaps in {len(SEALED)} tables: not found"
    figure("F2", what, target="0", n=tried.total(), floor=wanted, got=len(missed))
    assert missed == []
    assert {table for table, _how in tried} == set(SEALED)
    assert set(verify.run().findings) == before  # nothing is found where nothing was done


def _is_found(label: str, before: set[verify.Finding]) -> bool:
    """Is there a finding that was not there before? First of the checks that guard the table, then of any."""
    guards = SEALED[label].by.split(", ")
    return any(set(verify.run(only).findings) - before for only in (guards, None))


def print_table(tried: Counter[tuple[str, str]], missed: list[Edit]) -> None:
    print(f"\n{'table':<22}{'edit':>7}{'delete':>7}{'insert':>7}{'swap':>7}{'tried':>8}{'found':>8}")
    for label in (*sorted(SEALED), "all"):
        ways = [
            sum(n for (table, way), n in tried.items() if way == how and label in (table, "all"))
            for how in ALL
        ]
        lost = sum(label in (edit.table, "all") for edit in missed)
        print(f"{label:<22}{''.join(f'{n:>7}' for n in ways)}{sum(ways):>8}{sum(ways) - lost:>8}")


@pytest.mark.slow  # a county is made, and four days in it
def test_a_day_cut_off_the_end_is_found_by_the_root_published_elsewhere_and_by_nothing_else(county, settings):
    """The last day saw only sign-ins. Whoever takes it out whole leaves a record that fits together."""
    switch_guards_off()
    before = set(verify.run().findings)
    last = Seal.objects.filter(stream="events", kind="daily").order_by("-day").first()
    with undone():
        _cut("events", last.from_position - 1)
        found = set(verify.run().findings) - before
        settings.ROOTS_FOLDER = ""
        unwitnessed = set(verify.run().findings) - before
    assert [(one.sentence, one.where) for one in found] == [(ROOT_GONE, f"{last.day}-events.json")]
    assert unwitnessed == set()


@pytest.mark.slow  # a county is made, and four days in it
def test_a_past_that_was_rewritten_and_sealed_anew_is_found_by_the_root_published_elsewhere(county, settings):
    """Somebody who knows how digests and seals are made, and has all the time: only the witness elsewhere tells."""
    switch_guards_off()
    before = set(verify.run().findings)
    with undone():
        event = Event.objects.filter(name="account.sign_in").order_by("-id").first()
        event.data = {"forged": True}
        event.digest = journal.digest_of(event)
        Event.objects.filter(pk=event.pk).update(data=event.data, digest=event.digest)
        _seal_anew()
        found = set(verify.run().findings) - before
        settings.ROOTS_FOLDER = ""
        unwitnessed = set(verify.run().findings) - before
    assert {one.sentence for one in found} == {ROOT_UNFIT}
    assert unwitnessed == set()


@pytest.mark.slow  # a county is made, and four days in it
def test_what_was_published_can_be_read_by_anybody(county, settings):
    published = sorted(Path(settings.ROOTS_FOLDER).glob("*-events.json"))
    roots = [json.loads(file.read_text(encoding="utf-8")) for file in published]
    assert len(roots) == 4
    assert [root["from"] for root in roots] == [1, *(root["to"] + 1 for root in roots[:-1])]
    assert [root["before"] for root in roots] == ["", *(root["root"] for root in roots[:-1])]
    assert roots[-1]["to"] == journal.last_position()


def _cut(stream: str, last: int) -> None:
    gone = list(Position.objects.filter(pk__gt=last).values_list("event_id", flat=True))
    assert len(gone) >= 10
    Position.objects.filter(pk__gt=last)._raw_delete("default")
    Event.objects.filter(pk__in=gone)._raw_delete("default")
    Seal.objects.filter(stream=stream, to_position__gt=last)._raw_delete("default")
    Sequencer.objects.filter(stream=stream).update(position=last)


def _seal_anew() -> None:
    for kind in ("hourly", "daily"):
        head = b""
        for seal in Seal.objects.filter(stream="events", kind=kind).order_by("from_position"):
            seal.prev = head
            head = journal.digest_of_seal(seal)
            Seal.objects.filter(pk=seal.pk).update(prev=seal.prev, digest=head)
