from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, connections, transaction

from linli.foundation.ids import new_id
from linli.kernel.journal import jobs, verify
from linli.kernel.vault import queries, services
from linli.kernel.vault.memory import keys
from linli.kernel.vault.models import DataKey, Record
from tests.kernel.vault.conftest import CANARY, NOW, PHONE, TEXT, put, read

SQLITE = connection.vendor == "sqlite"


def test_an_erased_value_is_gone_from_tables_index_and_key_store(committed_db: None) -> None:
    subject, other = put(phone=CANARY, text="灯"), put(phone=CANARY)
    gone = Record.objects.get(subject_id=subject, code=PHONE).key_id
    assert services.erase(subject_kind="case", subject_id=subject, codes=[PHONE], now=NOW) == 1
    row = Record.objects.get(subject_id=subject, code=PHONE)
    assert (bytes(row.cipher), row.lookup, row.key_id, row.erased_at) == (b"", None, None, NOW)
    assert not DataKey.objects.filter(id=gone).exists()
    assert queries.find(PHONE, CANARY) == [other]
    assert read(subject, PHONE, TEXT) == {TEXT: "灯"}
    assert read(other, PHONE) == {PHONE: CANARY}
    assert services.erase(subject_kind="case", subject_id=subject, codes=[PHONE], now=NOW) == 0


def test_all_of_a_person_is_erased_and_nothing_of_others(committed_db: None) -> None:
    person = new_id()
    mine, others = [put(phone="1", text="2", person_id=person) for _ in range(3)], put(phone="3")
    destroyed = list(Record.objects.filter(person_id=person).values_list("key_id", flat=True))
    assert services.erase_person(person, now=NOW) == 6
    assert [read(subject, PHONE, TEXT) for subject in mine] == [{}, {}, {}]
    assert read(others, PHONE) == {PHONE: "3"}
    assert len(destroyed) == 6
    assert not DataKey.objects.filter(id__in=destroyed).exists()
    assert verify.run(["vault.records"]).findings == []


def test_after_erasure_a_backup_of_the_data_cannot_be_opened(committed_db: None) -> None:
    subject = put(phone=CANARY)
    backup = Record.objects.get()
    services.erase(subject_kind="case", subject_id=subject, now=NOW)
    assert queries.opened([backup]) == {}


def test_a_raw_look_into_the_files_shows_nothing(committed_db: None) -> None:
    subject = put(phone=CANARY, text="哨兵内容" * 5)
    traces = [bytes(row.cipher) for row in Record.objects.all()] + [
        bytes(Record.objects.get(code=PHONE).lookup or b"")
    ]
    traces += [bytes(key.wrapped) for key in _keys()]
    clear = [CANARY.encode(), "哨兵内容".encode()]
    assert [trace for trace in clear if trace in _raw()] == []
    assert all(trace in _raw() for trace in traces)
    services.erase(subject_kind="case", subject_id=subject, now=NOW)
    assert [trace for trace in [*clear, *traces] if trace in _raw()] == []


def _keys() -> list[DataKey]:
    return list(DataKey.objects.filter(id__in=list(Record.objects.values_list("key_id", flat=True))))


def _raw() -> bytes:
    """All bytes of both databases: the files with their logs; on PostgreSQL what a dump after VACUUM would show."""
    if SQLITE:
        names = [str(connections[alias].settings_dict["NAME"]) for alias in connections]
        return b"".join(
            file.read_bytes() for name in names for file in Path(name).parent.glob(f"{Path(name).name}*")
        )
    found = b""
    for model, alias in ((Record, "default"), (DataKey, "keys")):
        with connections[alias].cursor() as cursor:
            cursor.execute(f'VACUUM FULL "{model._meta.db_table}"')
            cursor.execute("CHECKPOINT")
            cursor.execute("SELECT pg_read_binary_file(pg_relation_filepath(%s))", [model._meta.db_table])
            found += bytes(cursor.fetchone()[0])
    return found


def test_an_erasure_that_is_rolled_back_keeps_the_key(committed_db: None) -> None:
    subject = put(phone=CANARY)
    with transaction.atomic():
        assert services.erase(subject_kind="case", subject_id=subject, now=NOW) == 1
        transaction.set_rollback(True)
    assert read(subject, PHONE) == {PHONE: CANARY}


def test_a_key_left_by_a_process_that_died_is_destroyed_by_the_job(committed_db: None) -> None:
    subject = put(phone=CANARY)
    key = Record.objects.get().key_id
    Record.objects.update(cipher=b"", lookup=None, erased_at=NOW)  # what it had committed before it died
    assert DataKey.objects.filter(id=key).exists()
    jobs.run_due(NOW, strict=True)
    assert not DataKey.objects.filter(id=key).exists()
    assert Record.objects.get(subject_id=subject).key_id is None


@pytest.mark.django_db
def test_what_is_due_is_erased_and_nothing_else() -> None:
    closed, open_one, soon = put(phone="1", text="2"), put(phone="3"), put(phone="4")
    services.settle(subject_kind="case", subject_id=closed, at=NOW)
    services.settle(subject_kind="case", subject_id=soon, at=NOW + timedelta(days=1))
    assert services.erase_due(NOW + timedelta(days=90, seconds=-1)) == 0
    assert services.erase_due(NOW + timedelta(days=90)) == 1
    assert read(closed, PHONE, TEXT) == {TEXT: "2"}
    assert services.erase_due(NOW + timedelta(days=3000)) == 2
    assert (read(open_one, PHONE), read(soon, PHONE)) == ({PHONE: "3"}, {})


def test_no_key_is_ever_given_out_twice(committed_db: None) -> None:
    keys.forget_block()
    first = [key.id for key in keys.take(3, NOW)]
    assert DataKey.objects.count() == keys.BLOCK
    second = [key.id for key in keys.take(3, NOW)]
    assert DataKey.objects.count() == keys.BLOCK
    keys.forget_block()  # as a process that died: what it had left is never used
    third = [key.id for key in keys.take(3, NOW)]
    assert len({*first, *second, *third}) == 9
    assert DataKey.objects.count() == 2 * keys.BLOCK
    keys.take(1, NOW + keys.BLOCK_LIFE)
    assert DataKey.objects.count() == 3 * keys.BLOCK


def test_keys_that_nobody_took_are_swept_after_backups_have_gone(committed_db: None) -> None:
    keys.forget_block()
    keys.top_up(NOW)
    assert DataKey.objects.count() == keys.BLOCK
    used = keys.take(1, NOW)[0]
    Record.objects.create(subject_kind="case", subject_id=new_id(), code=PHONE, key_id=used.id, cipher=b"x")
    assert services.sweep(NOW + timedelta(days=39)) == 0
    assert services.sweep(NOW + timedelta(days=41)) == keys.BLOCK - 1
    assert list(DataKey.objects.values_list("id", flat=True)) == [used.id]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changed", [{"erased_at": NOW}, {"key_id": None}, {"cipher": b""}], ids=["unemptied", "keyless", "empty"]
)
def test_the_database_itself_refuses_what_is_said_to_be_erased_and_is_not(changed) -> None:
    subject = put(phone=CANARY)

    with pytest.raises(IntegrityError), transaction.atomic():
        Record.objects.filter(subject_id=subject).update(**changed)


def test_what_lost_its_key_after_a_copy_was_made_is_erased_in_the_copy_and_nothing_else_is(
    committed_db: None,
) -> None:
    lost, kept = put(phone=CANARY, text="灯"), put(phone=CANARY)
    DataKey.objects.filter(id=Record.objects.get(subject_id=lost, code=PHONE).key_id).delete()

    assert services.erase_keyless(NOW) == 1
    row = Record.objects.get(subject_id=lost, code=PHONE)
    assert (bytes(row.cipher), row.lookup, row.key_id, row.erased_at) == (b"", None, None, NOW)
    assert (read(lost, PHONE, TEXT), read(kept, PHONE)) == ({TEXT: "灯"}, {PHONE: CANARY})
    assert services.erase_keyless(NOW) == 0
