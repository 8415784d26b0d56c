from __future__ import annotations

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, connections, transaction
from django.test import override_settings
from pytest_django import DjangoAssertNumQueries

from linli.foundation.ids import new_id
from linli.kernel.vault import queries, services
from linli.kernel.vault.memory import ciphers, keys
from linli.kernel.vault.models import DataKey, IndexKey, Record
from tests.kernel.vault.conftest import CANARY, NOW, PHONE, TEXT, put, read

pytestmark = pytest.mark.django_db
OLD = settings.MASTER_KEY
NEW = "bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldy0="


@pytest.mark.parametrize("cipher", ["AES-GCM", "SM4-GCM"])
def test_what_is_put_can_be_read_and_is_not_stored_in_clear(cipher: str) -> None:
    with override_settings(VAULT_CIPHER=cipher):
        subject = put(phone=CANARY, text="楼道灯不亮")
    assert read(subject, PHONE, TEXT) == {PHONE: CANARY, TEXT: "楼道灯不亮"}
    assert {bytes(row.cipher)[0] for row in Record.objects.all()} == {ciphers.CIPHERS[cipher]}
    assert all(
        CANARY.encode() not in bytes(row.cipher) + bytes(row.lookup or b"") for row in Record.objects.all()
    )


def test_a_new_subject_costs_one_insert(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        services.put(
            subject_kind="case", subject_id=new_id(), county="", values={PHONE: "1", TEXT: "2"}, is_new=True
        )
    with django_assert_num_queries(2):
        put(phone="1", text="2")


def test_a_value_moved_to_another_subject_or_county_cannot_be_opened() -> None:
    subject, other = put(phone=CANARY), new_id()
    Record.objects.filter(subject_id=subject).update(subject_id=other)
    assert read(other, PHONE) == {}
    Record.objects.filter(subject_id=other).update(subject_id=subject, county="520200")
    assert read(subject, PHONE) == {}
    Record.objects.filter(subject_id=subject).update(county="520100")
    assert read(subject, PHONE) == {PHONE: CANARY}


def test_a_replaced_value_stays_under_its_key_and_with_its_person() -> None:
    person = new_id()
    subject = put(phone="1", person_id=person)
    before = Record.objects.get()
    put(subject, phone="2")
    after = Record.objects.get()
    assert (after.key_id, after.person_id) == (before.key_id, person)
    assert read(subject, PHONE) == {PHONE: "2"}


def test_a_code_that_was_never_declared_is_refused() -> None:
    with pytest.raises(KeyError):
        put(diary="…")
    assert not Record.objects.exists()


def test_a_subject_said_to_be_new_cannot_overwrite() -> None:
    subject = put(phone="1")
    with pytest.raises(IntegrityError), transaction.atomic():
        services.put(subject_kind="case", subject_id=subject, county="", values={PHONE: "2"}, is_new=True)
    assert read(subject, PHONE) == {PHONE: "1"}


def test_a_value_is_found_by_what_it_is_and_by_nothing_else() -> None:
    first, second = put(phone="138 0001 3800"), put(phone="13800013800")
    put(phone="13800013801")
    assert queries.find(PHONE, "13800013800") == [first, second]
    assert queries.find(PHONE, "1380001") == []
    with pytest.raises(LookupError):
        queries.find(TEXT, "灯")


def test_masks_come_without_an_entry_and_in_three_queries_for_many(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    subjects = [put(phone=CANARY) for _ in range(3)]
    with django_assert_num_queries(1), django_assert_num_queries(1, using="keys"):
        shown = queries.masked("case", subjects, [PHONE])
    assert shown == {subject: {PHONE: "138****3800"} for subject in subjects}
    assert not queries.reads_of(subject_kind="case", subject_id=subjects[0]).exists()


def test_keys_are_wrapped_anew_under_the_next_master_key_and_the_old_one_can_go() -> None:
    subject = put(phone=CANARY)
    with override_settings(MASTER_KEY=f"1:{OLD},2:{NEW}"):
        assert read(subject, PHONE) == {PHONE: CANARY}
        assert (services.rotate(NOW), services.rotate(NOW)) == (1, 0)
        assert {*DataKey.objects.values_list("generation"), *IndexKey.objects.values_list("generation")} == {
            (2,)
        }
    with override_settings(MASTER_KEY=f"2:{NEW}"):
        assert read(subject, PHONE) == {PHONE: CANARY}
        assert queries.find(PHONE, CANARY) == [subject]
    assert set(Record.objects.values_list("key_id", flat=True)) == set(
        DataKey.objects.values_list("id", flat=True)
    )


def test_the_keys_lie_in_a_database_of_their_own() -> None:
    assert "vault_datakey" in connections["keys"].introspection.table_names()
    assert "vault_datakey" not in connection.introspection.table_names()
    assert set(connections["keys"].introspection.table_names()) == {
        "django_migrations",
        "vault_datakey",
        "vault_indexkey",
    }


def test_a_value_sealed_and_opened_with_another_key_is_refused() -> None:
    for cipher in ciphers.CIPHERS:
        with override_settings(VAULT_CIPHER=cipher):
            sealed = ciphers.seal(b"k" * 32, b"value", b"about")
        assert ciphers.unseal(b"k" * 32, sealed, b"about") == b"value"
        changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
        for key, body, about in [
            (b"l" * 32, sealed, b"about"),
            (b"k" * 32, changed, b"about"),
            (b"k" * 32, sealed, b"other"),
            (b"k" * 32, b"\x09" + sealed[1:], b"about"),
            (b"k" * 32, b"", b"about"),
        ]:
            with pytest.raises(ciphers.Unreadable):
                ciphers.unseal(key, body, about)


def test_keys_of_an_open_transaction_are_not_kept() -> None:
    assert connections["keys"].in_atomic_block
    keys.forget_block()
    assert len({key.id for key in keys.take(2, NOW) + keys.take(1, NOW)}) == 3
    assert DataKey.objects.count() == 3
