from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.migrations.state import ProjectState

from linli.foundation import triggers

TABLE = "trigger_tests_note"
pytestmark = pytest.mark.django_db


def _execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


class Editor:
    """As much of a schema editor as the operation uses, inside the test's own transaction."""

    connection = connection

    def execute(self, statement: str) -> None:
        _execute(statement)


@pytest.fixture
def table() -> Iterator[str]:
    key = "bigserial" if connection.vendor == "postgresql" else "integer"
    _execute(f"CREATE TABLE {TABLE} (id {key} PRIMARY KEY, code varchar(9) UNIQUE)")
    operation = triggers.append_only(TABLE, unique=[("code",)])
    operation.code(ProjectState().apps, Editor())
    _execute(f"INSERT INTO {TABLE} (code) VALUES ('a')")
    yield TABLE
    operation.reverse_code(ProjectState().apps, Editor())
    _execute(f"DELETE FROM {TABLE}")  # possible again


@pytest.mark.parametrize("statement", [f"UPDATE {TABLE} SET code = 'b'", f"DELETE FROM {TABLE}"])
def test_changing_and_removing_are_refused_by_the_name_of_the_table(table: str, statement: str) -> None:
    with pytest.raises(DatabaseError, match=f"{table} is append-only"), transaction.atomic():
        _execute(statement)


def test_a_row_cannot_be_put_in_the_place_of_another(table: str) -> None:
    replacing = (
        [f"TRUNCATE {TABLE}"]
        if connection.vendor == "postgresql"
        else [
            f"INSERT OR REPLACE INTO {TABLE} (id, code) VALUES (1, 'b')",
            f"INSERT OR REPLACE INTO {TABLE} (code) VALUES ('a')",
        ]
    )
    for statement in replacing:
        with pytest.raises(DatabaseError, match=f"{table} is append-only"), transaction.atomic():
            _execute(statement)


def test_adding_goes_on(table: str) -> None:
    _execute(f"INSERT INTO {TABLE} (code) VALUES ('b')")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT code FROM {TABLE} ORDER BY id")
        assert cursor.fetchall() == [("a",), ("b",)]


def test_a_guard_that_was_removed_is_named(table: str) -> None:
    assert triggers.missing(connection, table) == []
    name = triggers.names(connection.vendor, table)[0]
    _execute(f'DROP TRIGGER "{name}"' + (f" ON {table}" if connection.vendor == "postgresql" else ""))
    assert triggers.missing(connection, table) == [name]
