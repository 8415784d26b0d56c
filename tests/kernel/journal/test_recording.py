from __future__ import annotations

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from linli.foundation.errors import WrongState
from linli.foundation.ids import new_id
from linli.foundation.rules import CLOCK
from linli.kernel.journal import queries, services
from linli.kernel.journal.models import Event, Position, Seal
from tests.kernel.journal.builders import a_record, a_thing, step
from tests.kernel.journal.conftest import NOW, Thing

pytestmark = pytest.mark.django_db


def test_birth_is_two_inserts_and_a_step_one_update_and_one_insert(
    things: type[Thing], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    thing = Thing(county="520100", title="灯")
    with django_assert_num_queries(2):
        services.advance(thing, name="thing.raise", to_state="raised", actor=CLOCK, at=NOW)
    thing.weight, thing.note = 3, "not to be written"
    with django_assert_num_queries(2):
        services.advance(thing, name="thing.weigh", to_state="weighed", actor=CLOCK, at=NOW, save=["weight"])
    stored = Thing.objects.get()
    assert (stored.state, stored.version, stored.weight, stored.note) == ("weighed", 2, 3, "")
    last = Event.objects.get(version=2)
    assert bytes(stored.head) == bytes(last.digest)
    assert (last.from_state, last.to_state, last.by_kind) == ("raised", "weighed", "clock")


def test_each_event_holds_the_digest_of_the_one_before_it(things: type[Thing]) -> None:
    thing = a_thing()
    for _ in range(3):
        step(thing)
    chain = list(queries.history_of("thing", thing.pk))
    assert [event.version for event in chain] == [1, 2, 3, 4]
    assert [bytes(event.prev) for event in chain] == [b"", *[bytes(event.digest) for event in chain[:-1]]]
    assert all(queries.digest_of(event) == bytes(event.digest) for event in chain)


def test_the_slower_of_two_is_refused_and_changes_nothing(things: type[Thing]) -> None:
    thing = a_thing(note="before")
    slower = Thing.objects.get()
    step(thing, to="done")
    slower.note = "after"
    with pytest.raises(WrongState):
        step(slower, to="undone", save=["note"])
    stored = Thing.objects.get()
    assert (stored.state, stored.note, Event.objects.count()) == ("done", "before", 2)
    assert (slower.state, slower.version) == ("raised", 1)


@pytest.mark.parametrize("data", [{"text": "张三说漏水"}, {"list": [{"deep": "x" * 201}]}, {"名": 1}])
def test_text_is_refused_in_an_event(things: type[Thing], data: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="ids, codes and numbers"):
        a_record(data=data)


def test_what_is_stored_is_what_was_digested(things: type[Thing]) -> None:
    event = a_record(data={"id": new_id(), "at": NOW, "n": [1, {"b": None, "a": True}]})
    stored = Event.objects.get(pk=event.pk)
    assert stored.data == event.data
    assert queries.digest_of(stored) == bytes(stored.digest)


def test_a_record_lengthens_the_chain_of_its_subject() -> None:
    subject = new_id()
    first, second = a_record(subject_id=subject), a_record(subject_id=subject)
    assert (first.version, second.version) == (1, 2)
    assert bytes(second.prev) == bytes(first.digest)


def test_a_chain_cannot_fork() -> None:
    event = a_record()
    event.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        event.save(force_insert=True)


@pytest.mark.parametrize("table", [Event, Position, Seal])
@pytest.mark.parametrize("act", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_the_database_itself_refuses_to_change_or_remove(table: type[Event], act: str) -> None:
    a_record()
    services.sequence(NOW)
    services.seal(NOW)
    assert table.objects.count() == 1
    name, key = table._meta.db_table, table._meta.pk.column
    with (
        pytest.raises(DatabaseError, match=f"{name} is append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(act.format(name, key, key))
    assert table.objects.count() == 1


def test_replacing_or_emptying_is_refused_as_well() -> None:
    event = a_record()
    statements = (
        ["TRUNCATE journal_event CASCADE"]
        if connection.vendor == "postgresql"
        else [
            f"INSERT OR REPLACE INTO journal_event SELECT {columns} FROM journal_event"
            for columns in ("*", _columns_with_another_id(event.pk))
        ]
    )
    for statement in statements:
        with (
            pytest.raises(DatabaseError, match="is append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    assert list(Event.objects.values_list("pk", flat=True)) == [event.pk]


def _columns_with_another_id(pk: int) -> str:
    names = [field.column for field in Event._meta.concrete_fields]
    with connection.cursor() as cursor:
        order = [row[1] for row in cursor.execute("PRAGMA table_info(journal_event)").fetchall()]
    assert set(order) == set(names)
    return ", ".join(str(pk + 1000) if name == "id" else name for name in order)
