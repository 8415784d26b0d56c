from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from linli.foundation.errors import Busy, InvalidInput, NotAllowed
from linli.foundation.ids import new_id
from linli.foundation.rules import Actor
from linli.kernel.journal import services as journal
from linli.kernel.journal import verify
from linli.kernel.journal.models import Seal
from linli.kernel.vault import fields, queries, services
from linli.kernel.vault.choices import Purpose, Result
from linli.kernel.vault.models import DataKey, ReadEntry, ReadPosition, Record
from linli.kernel.vault.registry import NEEDS, Need
from tests.kernel.vault.conftest import CANARY, NOW, PHONE, TEXT, put, read

pytestmark = pytest.mark.django_db
PERSON = UUID(int=70)


def test_opening_a_value_leaves_who_why_and_when_and_never_the_value() -> None:
    subject = put(phone=CANARY, text="灯")
    assert read(subject, TEXT, PHONE) == {PHONE: CANARY, TEXT: "灯"}
    entry = ReadEntry.objects.get()
    assert (entry.actor_kind, entry.actor_id, entry.post_id) == ("person", UUID(int=7), UUID(int=8))
    assert (entry.purpose, entry.task, entry.at, entry.county) == ("handle_case", "case-1", NOW, "520100")
    assert (entry.subject_id, entry.codes, entry.result) == (subject, [PHONE, TEXT], Result.SHOWN)
    assert CANARY not in str(ReadEntry.objects.values().get())


def test_the_same_reading_is_noted_once_in_ten_minutes() -> None:
    subject = put(phone=CANARY, text="灯")
    for minutes in (0, 5, 9):
        read(subject, PHONE, now=NOW + timedelta(minutes=minutes))
    assert ReadEntry.objects.count() == 1
    read(subject, PHONE, now=NOW + timedelta(minutes=10))
    read(subject, TEXT)
    read(subject, PHONE, purpose=Purpose.CONTACT_REPORTER)
    read(subject, PHONE, actor=Actor("person", UUID(int=9)))
    read(subject, PHONE, task="case-2")
    assert ReadEntry.objects.count() == 6


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"purpose": "query"}, "purpose"),
        ({"purpose": ""}, "purpose"),
        ({"purpose": Purpose.EMERGENCY}, "purpose"),
        ({"task": ""}, "task"),
        ({"task": "因为他想看"}, "task"),
    ],
)
def test_without_a_purpose_of_the_list_and_a_task_nothing_is_shown(
    changed: dict[str, str], field: str
) -> None:
    subject = put(phone=CANARY)
    with pytest.raises(InvalidInput) as refused:
        read(subject, PHONE, **changed)
    assert refused.value.field == field
    assert not ReadEntry.objects.exists()


def test_what_was_never_declared_is_opened_for_no_purpose() -> None:
    subject = put(phone=CANARY)
    for purpose in (Purpose.OWN, Purpose.HANDLE_CASE):
        with pytest.raises(InvalidInput) as refused:
            read(subject, PHONE, "tests.none", purpose=purpose, post_id=None)
        assert refused.value.field == "purpose"


def test_a_purpose_that_is_none_opens_nothing_though_a_declaration_names_it() -> None:
    subject = put(phone=CANARY)
    fields.FIELDS[PHONE] = replace(fields.FIELDS[PHONE], purposes=("query",))
    with pytest.raises(InvalidInput):
        read(subject, PHONE, purpose="query")
    assert not ReadEntry.objects.exists()


def test_what_was_erased_is_neither_shown_nor_said_to_be_unreadable() -> None:
    subject = put(phone=CANARY, text="灯", person_id=PERSON)
    services.erase(subject_kind="case", subject_id=subject, now=NOW)
    assert read(subject, PHONE) == {}
    assert ReadEntry.objects.get().result == Result.NOTHING


def test_one_value_of_anothers_among_ones_own_closes_all() -> None:
    subject = put(phone=CANARY, person_id=PERSON)
    put(subject, text="灯", person_id=new_id())
    with pytest.raises(NotAllowed):
        read(subject, PHONE, TEXT, actor=Actor("person", PERSON), post_id=None, purpose=Purpose.OWN)


def test_a_purpose_opens_only_what_was_declared_for_it() -> None:
    subject = put(phone=CANARY, text="灯")
    with pytest.raises(InvalidInput):
        read(subject, PHONE, TEXT, purpose=Purpose.CONTACT_REPORTER)
    assert read(subject, PHONE, purpose=Purpose.CONTACT_REPORTER) == {PHONE: CANARY}


def test_when_the_entry_cannot_be_written_nothing_is_shown() -> None:
    subject = put(phone=CANARY)

    def broken(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        if sql.startswith('INSERT INTO "vault_readentry"'):
            raise DatabaseError("disk full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(broken), pytest.raises(Busy):
        read(subject, PHONE)
    assert read(subject, PHONE) == {PHONE: CANARY}


def test_a_reading_is_undone_together_with_the_transaction_it_belongs_to() -> None:
    subject = put(phone=CANARY)
    with transaction.atomic():
        assert read(subject, PHONE) == {PHONE: CANARY}
        transaction.set_rollback(True)
    assert not ReadEntry.objects.exists()


def test_what_is_not_there_and_what_has_lost_its_key_are_noted_as_such() -> None:
    subject = put(phone=CANARY)
    assert read(new_id(), PHONE) == {}
    DataKey.objects.all().delete()
    assert read(subject, PHONE) == {}
    assert list(ReadEntry.objects.order_by("id").values_list("result", flat=True)) == [
        "nothing",
        "unreadable",
    ]


def test_of_several_subjects_opened_at_once_each_has_its_own_result() -> None:
    first, second, empty, lost = put(text="灯"), put(text="水"), new_id(), put(text="路")
    DataKey.objects.filter(pk=Record.objects.get(subject_id=lost).key_id).delete()
    found = services.read_many(
        subject_kind="case", subject_ids=[first, second, empty, lost], codes=[TEXT], actor=Actor("person", PERSON),
        post_id=None, purpose=Purpose.HANDLE_CASE, task="case-1", now=NOW,
    )  # fmt: skip
    assert found == {first: {TEXT: "灯"}, second: {TEXT: "水"}, empty: {}, lost: {}}
    assert dict(ReadEntry.objects.values_list("subject_id", "result")) == {
        first: Result.SHOWN, second: Result.SHOWN, empty: Result.NOTHING, lost: Result.UNREADABLE,
    }  # fmt: skip


def test_a_person_sees_who_looked_at_what_is_theirs_and_that_they_did_so_themselves() -> None:
    mine, also_mine = put(phone=CANARY, person_id=PERSON), put(text="灯", person_id=PERSON)
    put(phone="1", person_id=new_id())
    read(mine, PHONE)
    own = {"actor": Actor("person", PERSON), "post_id": None, "purpose": Purpose.OWN}
    assert (read(mine, PHONE, **own), read(also_mine, TEXT, **own)) == ({PHONE: CANARY}, {TEXT: "灯"})
    looked = [(entry.subject_id, entry.purpose) for entry in queries.reads_of(person_id=PERSON)]
    assert sorted(looked) == sorted([(mine, "handle_case"), (mine, "own"), (also_mine, "own")])


def test_nobody_opens_anothers_data_as_their_own_or_their_own_in_office() -> None:
    person = new_id()
    subject = put(phone=CANARY, person_id=person)
    for actor, post in [(Actor("person", new_id()), None), (Actor("person", person), new_id())]:
        with pytest.raises(NotAllowed):
            read(subject, PHONE, actor=actor, post_id=post, purpose=Purpose.OWN)
    assert read(subject, PHONE, actor=Actor("code", subject), post_id=None, purpose=Purpose.OWN) == {
        PHONE: CANARY
    }


def test_entries_cannot_be_changed_and_are_sealed_by_the_hour() -> None:
    subject = put(phone=CANARY)
    for minutes in (0, 20, 40):
        read(subject, PHONE, now=NOW + timedelta(minutes=minutes))
    for act in ("UPDATE vault_readentry SET task = 'x'", "DELETE FROM vault_readentry"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(act)
    journal.sequence(NOW)
    journal.seal(NOW)
    assert ReadPosition.objects.count() == 3
    seal = Seal.objects.get(stream="reads")
    assert (seal.kind, seal.from_position, seal.to_position) == ("hourly", 1, 3)
    assert verify.run(["vault.reads", "vault.records", "journal.seals", "journal.positions"]).findings == []


def test_what_is_only_kept_for_a_need_is_opened_for_that_need_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    need = Need("tests", "还要用", frozenset({Purpose.CONTACT_REPORTER}), lambda matters, _now: matters)
    monkeypatch.setitem(NEEDS, "tests", need)
    subject = put(phone=CANARY)
    assert read(subject, PHONE) == {PHONE: CANARY}
    Record.objects.update(restricted_at=NOW, restricted_why="tests")
    assert read(subject, PHONE, purpose=Purpose.CONTACT_REPORTER) == {PHONE: CANARY}
    with pytest.raises(NotAllowed):
        read(subject, PHONE)
    Record.objects.update(restricted_why="a need nobody has")
    with pytest.raises(NotAllowed):
        read(subject, PHONE, purpose=Purpose.CONTACT_REPORTER)
