"""What `linli verify` spells from raw rows is what was digested when they were written."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import transaction

from linli.foundation.canonical import canonical
from linli.foundation.rules import CLOCK
from linli.kernel.cases.models import Case
from linli.kernel.journal import services as journal
from linli.kernel.journal import verify
from linli.kernel.journal.models import Event
from linli.kernel.journal.queries import DIGESTED, seal_of
from linli.kernel.journal.verify import raw, spelling
from linli.kernel.vault.models import Record
from linli.kernel.vault.queries import about
from tests.world import a_world

pytestmark = pytest.mark.django_db
ID = UUID("01a1faaf-604d-7472-9408-327298daaaea")
AWKWARD = [
    {}, {"a": []}, {"b": 1, "a": {"z": None, "y": [True, False, 0, -7, 10**20]}}, {"": "", "引号": '"\\/\b\f\n\r\t\x7f\u2028'},
    {"é": "e\u0301", "𠮷": "😀"}, {"n": "null", "t": "2026-11-20T00:00:00Z"},
]  # fmt: skip
TIMES = [datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 11, 20, 20, 0, 0, 5, tzinfo=UTC)]


def written(data, at, **changed):
    event = Event(
        subject_kind="thing", subject_id=ID, version=1, name="名", by_kind="person", by_id=ID, at=at, data=data,
        sealed=bytes(range(32)), digest=b"", **changed,
    )  # fmt: skip
    event.save()
    return Event.objects.get(pk=event.pk)


QUICK = [data for data in AWKWARD if "b" not in data]  # it has a number beyond 64 bits


@pytest.mark.parametrize("data", QUICK, ids=str)
@pytest.mark.parametrize("at", [*TIMES, datetime(2026, 11, 20, 20, 0, 0, 120_000, tzinfo=UTC)], ids=str)
def test_an_event_is_spelled_at_once_from_what_the_database_holds(data, at):
    event = written(data, at, post_id=ID if data else None)
    (row,) = raw.rows(Event.objects.filter(pk=event.pk).values_list(*spelling.held(Event, DIGESTED)))

    assert spelling.as_object(Event, DIGESTED)(row) == canonical(
        {name: getattr(event, name) for name in DIGESTED}
    )


def test_a_case_is_spelled_at_once_from_what_the_database_holds():
    case = a_world().raise_case()
    (row,) = raw.rows(Case.objects.filter(pk=case.pk).values_list(*spelling.held(Case, Case.SEALED)))

    assert spelling.sm3(spelling.as_object(Case, Case.SEALED)(row)) == seal_of(Case.objects.get(pk=case.pk))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("at", "2026-11-20T20:00:00.000005"), ("at", "2026-11-20 20:00:00.000005+08:00"), ("at", "infinity"), ("at", ""),
        ("by_id", str(ID)), ("by_id", ID.hex.upper()), ("version", "1"), ("version", 1.0), ("name", b"x"), ("name", None),
        ("data", "{"), ("data", '{"a":1.0}'), ("data", '{"a":1e0}'),
    ],
)  # fmt: skip
def test_what_only_looks_alike_is_not_spelled_alike(name, value):
    plain = dict.fromkeys(DIGESTED, "x") | {
        "at": "2026-11-20 20:00:00.000005", "data": '{"a":1}', "prev": b"", "sealed": b"", "subject_id": ID.hex,
        "by_id": ID.hex, "post_id": None, "version": 1,
    }  # fmt: skip
    spelled = spelling.as_object(Event, DIGESTED, vendor="sqlite")
    right = spelled(list(plain.values()))

    try:
        other = spelled([value if key == name else held for key, held in plain.items()])
    except spelling.MISSED:
        other = None
    assert other != right


def test_what_has_no_quick_spelling_is_spelled_with_care_and_nothing_is_found():
    with transaction.atomic():
        journal.record(
            subject_kind="thing", subject_id=ID, county="", actor=CLOCK, at=TIMES[0], name="thing.grow",
            data={"n": 10**20},
        )  # fmt: skip
    (row,) = raw.rows(Event.objects.values_list(*spelling.held(Event, DIGESTED)))

    assert spelling.as_object(Event, DIGESTED)(row) != canonical(
        {name: getattr(Event.objects.get(), name) for name in DIGESTED}
    )
    assert verify.run(["journal.chain"]).findings == []


def test_what_a_value_is_bound_to_is_spelled_from_its_row_as_when_it_was_sealed():
    names = ("subject_kind", "subject_id", "code", "county")
    spelled = raw.as_list(Record, names)

    assert spelled(["case", ID, '引"号', ""]) == about("case", ID, '引"号', "")
    assert spelled(["case", ID.hex, "a", "520603"]) == about("case", ID, "a", "520603")


def test_rows_are_read_piece_by_piece_however_many(monkeypatch):
    monkeypatch.setattr(raw, "CHUNK", 2)
    for version in range(1, 8):
        Event.objects.create(
            subject_kind="thing", subject_id=ID, version=version, name="x", by_kind="p", by_id=ID,
            at=TIMES[0], digest=b"",
        )  # fmt: skip
    every = Event.objects.order_by("version").values_list("version")
    with transaction.atomic():
        first, second = raw.rows(every), raw.rows(every)
        turns = [next(rows)[0] for rows in (first, second) * 7]

    assert turns == [n for n in range(1, 8) for _twice in range(2)]
