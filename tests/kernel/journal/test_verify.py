from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F

from linli.foundation import triggers
from linli.foundation.ids import new_id
from linli.kernel.journal import services, verify
from linli.kernel.journal.models import Event, Position, Seal, Sequencer
from linli.kernel.journal.queries import digest_of
from tests.kernel.journal.builders import a_record, a_thing, step
from tests.kernel.journal.conftest import NOW, Thing

TABLES = ("journal_event", "journal_position", "journal_seal")
RECORD = ["journal.chain", "journal.positions", "journal.seals"]
ROUNDS = 12

Edit = Callable[[random.Random], object]


def _world() -> None:
    """A dozen subjects in mixed order, three sealed hours and a tail."""
    things = [a_thing(title=f"灯{number}", weight=number) for number in range(8)]
    setting = new_id()
    for hour in range(4):
        for thing in things:
            thing.weight = hour
            step(thing, save=["weight"], data={"hour": hour})
        a_record(subject_id=setting)
        if hour < 3:
            services.sequence(NOW + timedelta(hours=hour))
            services.seal(NOW + timedelta(hours=hour))


def _any(chance: random.Random, model: Any) -> Any:
    return chance.choice(list(model.objects.order_by("pk")))


def _rewrite_event(chance: random.Random) -> object:
    event = _any(chance, Event)
    changed = {
        "county": "520200",
        "name": event.name + "x",
        "by_kind": "person",
        "by_id": new_id(),
        "post_id": new_id(),
        "at": event.at + timedelta(microseconds=1),
        "from_state": "other",
        "to_state": "other",
        "data": {"hour": 99},
        "sealed": b"\x01" * 32,
        "prev": b"\x02" * 32,
        "digest": b"\x03" * 32,
        "version": event.version + 50,
        "subject_id": new_id(),
        "subject_kind": "other",
    }
    column = chance.choice(sorted(changed))
    return Event.objects.filter(pk=event.pk).update(**{column: changed[column]})


def _rewrite_event_with_its_digest(chance: random.Random) -> object:
    """Somebody who knows how digests are made: the next event, the subject or the seal still tell."""
    event = _any(chance, Event)
    event.to_state = "forged"
    return Event.objects.filter(pk=event.pk).update(to_state="forged", digest=digest_of(event))


def _delete_event(chance: random.Random) -> object:
    return Event.objects.filter(pk=_any(chance, Event).pk)._raw_delete("default")


def _insert_event(chance: random.Random) -> object:
    event = _any(chance, Event)
    event.pk, event.version = None, event.version + chance.choice([10, 20])
    return event.save(force_insert=True)


def _swap_events(chance: random.Random) -> object:
    first, second = chance.sample(list(Event.objects.filter(name="thing.move")), 2)
    Event.objects.filter(pk=first.pk).update(digest=second.digest, prev=second.prev)
    return Event.objects.filter(pk=second.pk).update(digest=first.digest, prev=first.prev)


def _swap_sealed_positions(chance: random.Random) -> object:
    first, second = chance.sample(list(Position.objects.all()), 2)
    Position.objects.filter(pk__in=[first.pk, second.pk])._raw_delete("default")
    return Position.objects.bulk_create(
        [
            Position(position=first.pk, event_id=second.event_id),
            Position(position=second.pk, event_id=first.event_id),
        ]
    )


def _delete_position(chance: random.Random) -> object:
    return Position.objects.filter(pk=_any(chance, Position).pk)._raw_delete("default")


def _truncate(chance: random.Random) -> object:
    """Cut the end off everything, and set the sequencer back."""
    last = Position.objects.count() - chance.randrange(1, 20)
    gone = list(Position.objects.filter(pk__gt=last).values_list("event_id", flat=True))
    Position.objects.filter(pk__gt=last)._raw_delete("default")
    Event.objects.filter(pk__in=gone)._raw_delete("default")
    return Sequencer.objects.filter(stream="events").update(position=last)


def _rewrite_seal(chance: random.Random) -> object:
    seal = _any(chance, Seal)
    changed: dict[str, Any] = {
        "digest": b"\x04" * 32,
        "prev": b"\x05" * 32,
        "to_position": seal.to_position - 1,
        "from_position": seal.from_position + 1,
        "sealed_at": seal.sealed_at + timedelta(seconds=1),
    }
    column = chance.choice(sorted(changed))
    return Seal.objects.filter(pk=seal.pk).update(**{column: changed[column]})


def _delete_first_seal(_chance: random.Random) -> object:
    return Seal.objects.filter(from_position=1)._raw_delete("default")


def _rewrite_thing(chance: random.Random) -> object:
    thing = _any(chance, Thing)
    changed: dict[str, Any] = {
        "title": "改过",
        "weight": 77,
        "seen_at": NOW,
        "state": "closed",
        "version": F("version") + 1,
        "head": b"\x06" * 32,
    }
    column = chance.choice(sorted(changed))
    return Thing.objects.filter(pk=thing.pk).update(**{column: changed[column]})


def _delete_thing(chance: random.Random) -> object:
    return Thing.objects.filter(pk=_any(chance, Thing).pk)._raw_delete("default")


def _insert_thing(_chance: random.Random) -> object:
    return Thing.objects.create(title="凭空", state="raised", version=1)


EDITS: list[Edit] = [
    _rewrite_event,
    _rewrite_event,
    _rewrite_event,
    _rewrite_event,
    _rewrite_event_with_its_digest,
    _delete_event,
    _insert_event,
    _swap_events,
    _swap_sealed_positions,
    _delete_position,
    _truncate,
    _rewrite_seal,
    _rewrite_seal,
    _delete_first_seal,
    _rewrite_thing,
    _rewrite_thing,
    _delete_thing,
    _insert_thing,
]


def _drop_triggers() -> None:
    with connection.cursor() as cursor:
        for table in TABLES:
            for name in triggers.names(connection.vendor, table):
                on = f' ON "{table}"' if connection.vendor == "postgresql" else ""
                cursor.execute(f'DROP TRIGGER "{name}"{on}')


def test_every_edit_of_the_raw_tables_is_found(committed_things: type[Thing]) -> None:
    """In a copy whose triggers have been dropped; each edit is undone before the next."""
    _world()
    assert services.sequence(NOW) > 0
    services.seal(NOW + timedelta(hours=4))
    assert verify.run(RECORD).findings == []
    missed, tried = [], 0
    for seed in range(ROUNDS):
        for edit in EDITS:
            with transaction.atomic():
                _drop_triggers()
                edit(random.Random(seed))
                tried += 1
                if not verify.run(RECORD).findings:
                    missed.append((edit.__name__, seed))
                transaction.set_rollback(True)
    assert tried >= 200
    assert missed == []
    assert verify.run().findings == []


def test_a_missing_trigger_is_found(committed_things: type[Thing]) -> None:
    assert verify.run(["journal.guards"]).findings == []
    with transaction.atomic():
        _drop_triggers()
        found = {finding.where for finding in verify.run(["journal.guards"]).findings}
        transaction.set_rollback(True)
    assert found == {name for table in TABLES for name in triggers.names(connection.vendor, table)}


@pytest.mark.django_db
def test_a_healthy_record_is_counted(things: type[Thing]) -> None:
    _world()
    report = verify.run(RECORD)
    assert report.findings == []
    assert (report.counts["events"], report.counts["subjects"], report.counts["hourly seals"]) == (44, 8, 3)
    assert report.counts["events positions"] == 35
