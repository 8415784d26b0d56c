from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connections, transaction
from django.test import override_settings
from pytest_django import DjangoAssertNumQueries

from linli.kernel.journal import services
from linli.kernel.journal.memory import Remembered, forget
from linli.kernel.journal.models import Sequencer


def _stored() -> int:
    row = Sequencer.objects.filter(stream="test").first()
    return row.position if row else 0


def _change(value: int) -> None:
    services.bump("numbers")
    Sequencer.objects.update_or_create(stream="test", defaults={"position": value})


def _elsewhere(work: Callable[[], int]) -> int:
    found: list[int] = []

    def run() -> None:
        found.append(work())
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


def test_a_value_is_loaded_once_until_its_stamp_moves(committed_db: None) -> None:
    loads: list[int] = []
    remembered = Remembered("numbers", lambda: loads.append(1) or _stored())
    assert [remembered.get(), remembered(), remembered.get()] == [0, 0, 0]
    assert len(loads) == 1
    with transaction.atomic():
        _change(5)
    assert (remembered.get(), remembered.get(), len(loads)) == (5, 5, 2)


def test_an_open_change_is_seen_by_its_own_thread_only_and_leaves_nothing_when_rolled_back(
    committed_db: None,
) -> None:
    remembered = Remembered("numbers", _stored)
    with transaction.atomic():
        assert remembered.get() == 0
        _change(7)
        assert remembered.get() == 7
        assert _elsewhere(remembered.get) == 0
        transaction.set_rollback(True)
    assert (remembered.get(), _elsewhere(remembered.get)) == (0, 0)
    with transaction.atomic():
        _change(8)
        assert remembered.get() == 8
        assert _elsewhere(remembered.get) == 0
    assert (remembered.get(), _elsewhere(remembered.get)) == (8, 8)


def test_stamps_are_read_at_most_once_in_so_many_seconds(
    committed_db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    remembered, other = Remembered("numbers", lambda: 1), Remembered("others", lambda: 2)
    with override_settings(STAMP_SECONDS=60):
        forget("numbers")
        with django_assert_num_queries(1):
            assert [remembered.get(), other.get(), remembered.get()] == [1, 2, 1]
        with transaction.atomic():
            services.bump("numbers")
        with django_assert_num_queries(1):
            assert [remembered.get(), remembered.get()] == [1, 1]
    forget("numbers")


def test_a_stamp_moves_only_inside_a_transaction(committed_db: None) -> None:
    with pytest.raises(RuntimeError, match="inside the transaction"):
        services.bump("numbers")
