"""SQL that is made once asks, inserts and changes exactly what Django's own would."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linli.foundation import sql
from linli.foundation.ids import new_id
from linli.foundation.sql import Asked
from linli.kernel.journal.models import Event, Schedule
from linli.kernel.people.models import Account
from linli.kernel.places.models import Place

NOW = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def an_account(name: str) -> Account:
    return Account.objects.create(username=name, name="测试员", kind="staff", made_at=NOW)


def an_event(**more: object) -> Event:
    about = {"subject_kind": "thing", "subject_id": new_id(), "version": 1, "name": "thing.made", "by_kind": "clock",
             "by_id": UUID(int=0), "at": NOW, "data": {"path": "/1/", "n": 3}, "digest": b"\x01\x02"}  # fmt: skip
    return Event(**{**about, **more})


def test_an_instance_is_the_same_as_django_would_give():
    an_account("first")
    second = an_account("second")
    by_id = Asked(lambda pk: Account.objects.filter(pk=pk), pk=UUID(int=1))
    found = by_id.one(Account, pk=second.pk)
    assert found == second
    assert vars(found) | {"_state": 0} == vars(Account.objects.get(pk=second.pk)) | {"_state": 0}
    assert (found._state.adding, found._state.db) == (False, "default")
    assert by_id.one(Account, pk=new_id()) is None


def test_rows_are_those_of_values_list_for_every_kind_of_value():
    row = an_event()
    row.save()
    columns = ("id", "subject_id", "at", "data", "digest", "post_id")
    asked = Asked(
        lambda subject, at: Event.objects.filter(subject_id=subject, at__lte=at).values_list(*columns),
        subject=UUID(int=1),
        at=datetime(2000, 1, 1, tzinfo=UTC),
    )
    assert asked.rows(subject=row.subject_id, at=NOW) == list(Event.objects.values_list(*columns))
    assert asked.rows(subject=row.subject_id, at=datetime(2026, 3, 11, 1, 0, tzinfo=UTC)) == []


def test_a_name_that_stands_twice_is_given_twice():
    Place.objects.create(
        short=1, level="city", name="某市", path="/1/", valid_from=date(2024, 1, 1), valid_to=date(2025, 1, 1)
    )
    asked = Asked(
        lambda on: Place.objects.filter(valid_from__lte=on, valid_to__gt=on).values_list("name"),
        on=date(2000, 1, 1),
    )
    assert asked.rows(on=date(2024, 6, 1)) == [("某市",)]
    assert asked.rows(on=date(2025, 6, 1)) == []


def test_a_value_is_never_put_into_the_text():
    asked = Asked(lambda name: Account.objects.filter(username=name), name="an example")
    an_account("plain")
    with CaptureQueriesContext(connection) as queries:
        assert asked.rows(name="' OR 1=1 --") == []
    assert len(queries) == 1


def test_a_query_that_does_not_ask_for_a_name_is_refused():
    asked = Asked(lambda pk, **_: Account.objects.filter(pk=pk), pk=UUID(int=1), name="an example")
    with pytest.raises(ValueError, match="name"):
        asked.rows(pk=new_id(), name="x")


def test_an_inserted_row_is_as_django_would_have_saved_it():
    ours, theirs = an_event(), an_event()
    sql.insert(ours)
    theirs.save(force_insert=True)
    assert ours.pk is not None
    assert not ours._state.adding
    skipped = {"id", "subject_id", "txid"}
    read = [
        {name: value for name, value in row.items() if name not in skipped}
        for row in (Event.objects.filter(pk=one.pk).values().get() for one in (ours, theirs))
    ]
    assert read[0] == read[1]


def test_several_rows_are_one_statement_and_each_learns_its_own_key():
    rows = [an_event(version=n) for n in (1, 2, 3)]
    with CaptureQueriesContext(connection) as queries:
        sql.insert(*rows)
    assert len(queries) == 1
    assert {row.pk: row.version for row in rows} == dict(Event.objects.values_list("id", "version"))


def test_an_update_changes_what_it_names_where_it_holds_and_counts_it():
    for name in ("a", "b"):
        Schedule.objects.create(name=name, next_at=NOW)
    later = datetime(2026, 3, 12, tzinfo=UTC)
    assert sql.update(Schedule, {"next_at": later, "failures": 2}, name="a", failures=0) == 1
    assert sql.update(Schedule, {"next_at": NOW}, name="a", failures=0) == 0
    assert list(Schedule.objects.order_by("name").values_list("next_at", "failures")) == [
        (later, 2),
        (NOW, 0),
    ]
