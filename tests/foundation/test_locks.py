"""Who waited for a lock in vain is told to come again; nothing else is taken for that."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, OperationalError, connection

from linli.foundation import locks
from linli.foundation.errors import Busy, StillRunning


def test_another_error_of_the_database_stays_what_it_is():
    with pytest.raises(OperationalError, match="went away"), locks.bounded():
        raise OperationalError("the database went away")


@pytest.mark.django_db
def test_an_error_in_a_statement_is_no_wait():
    with pytest.raises(DatabaseError) as error, locks.bounded(), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM no_such_table")

    assert not isinstance(error.value, (Busy, StillRunning))


@pytest.mark.django_db
def test_the_system_check_asks_for_an_end_of_waiting_where_the_database_has_none():
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL lock_timeout = 0")
        endless = [warning.id for warning in locks.check_patience(databases=["default"])]
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL lock_timeout = '5s'")

    assert endless == (["linli.W001"] if connection.vendor == "postgresql" else [])
    assert locks.check_patience(databases=["default"]) == []
