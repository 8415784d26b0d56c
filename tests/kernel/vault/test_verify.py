"""What `linli verify` says of personal values that were changed past the doors."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from linli.foundation.rules import CLOCK
from linli.kernel.journal import services as journal
from linli.kernel.journal.verify import run
from linli.kernel.vault import services
from linli.kernel.vault.memory import keys
from linli.kernel.vault.models import DataKey, IndexKey, Record
from linli.kernel.vault.verify import INDEX_TAMPERED, LOOKED_UP_OTHERWISE, NO_KEY, TAMPERED, VALUE_GONE
from tests.kernel.vault.conftest import CANARY, NOW, PHONE, TEXT, put

pytestmark = pytest.mark.usefixtures("committed_db")


def found() -> list[Any]:
    return [one.sentence for one in run(["vault.records", "vault.kept"]).findings]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"cipher": b"\x01" * 60}, TAMPERED),
        ({"code": TEXT}, TAMPERED),
        ({"county": "520200"}, TAMPERED),
        ({"subject_kind": "account"}, TAMPERED),
        ({"lookup": b"\x02" * 32}, LOOKED_UP_OTHERWISE),
        ({"lookup": None}, LOOKED_UP_OTHERWISE),
    ],
)
def test_a_value_that_was_changed_or_moved_is_found(changed: dict[str, Any], sentence: Any) -> None:
    put(phone="1"), put(phone=CANARY)
    assert found() == []
    Record.objects.filter(pk=Record.objects.order_by("-pk").first().pk).update(**changed)
    assert found() == [sentence]


def test_a_key_that_was_changed_is_found_and_the_other_values_are_still_looked_at() -> None:
    put(phone="1"), put(phone=CANARY)
    first, second = Record.objects.order_by("pk")
    DataKey.objects.using(keys.STORE).filter(pk=first.key_id).update(wrapped=b"\x01" * 61)
    assert found() == [TAMPERED]
    DataKey.objects.using(keys.STORE).filter(pk=second.key_id).delete()
    assert set(found()) == {TAMPERED, NO_KEY}


def test_the_key_of_the_look_up_is_looked_at_too() -> None:
    put(phone=CANARY)
    IndexKey.objects.using(keys.STORE).update(wrapped=b"\x01" * 61)
    assert found() == [INDEX_TAMPERED]


def test_a_value_told_of_that_is_gone_is_found_and_an_erased_one_is_there() -> None:
    gone, erased = put(phone="1", text="灯"), put(phone="2")
    for subject, codes in ((gone, [PHONE, TEXT]), (erased, [PHONE])):
        with transaction.atomic():
            journal.record(
                subject_kind="case", subject_id=subject, county="", name="test.tell", actor=CLOCK, at=NOW,
                data={"kept": ["case", subject, codes]},
            )  # fmt: skip
    services.erase(subject_kind="case", subject_id=erased, now=NOW)
    assert found() == []
    Record.objects.filter(subject_id=gone, code=TEXT).delete()
    [finding] = run(["vault.kept"]).findings
    assert (finding.sentence, finding.where) == (VALUE_GONE, f"case {gone} {TEXT}")
