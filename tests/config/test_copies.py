"""The fixture for tests that commit gives each a world of its own."""

from __future__ import annotations

import sqlite3
from threading import Thread

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection, connections
from django.db.migrations.recorder import MigrationRecorder


def _write() -> None:
    ContentType.objects.create(app_label="copies", model="made_here")
    connection.close()


@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_thread_commits_is_seen_by_others_and_gone_for_the_next_test(
    committed_db: None, turn: int
) -> None:
    made_here = ContentType.objects.filter(app_label="copies")
    assert made_here.count() == 0

    thread = Thread(target=_write)
    thread.start()
    thread.join()

    assert made_here.count() == 1


def test_the_key_store_is_a_database_of_its_own(committed_db: None) -> None:
    names = {alias: connections[alias].settings_dict["NAME"] for alias in connections}

    assert len(set(names.values())) == 2


@pytest.mark.django_db
def test_a_test_that_rolls_back_sees_nothing_of_those_that_commit() -> None:
    assert not ContentType.objects.filter(app_label="copies").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("turn", [1, 2])
def test_both_databases_are_rolled_back(turn):
    for alias in connections:
        migrations = MigrationRecorder(connections[alias]).migration_qs.filter(app="rolled_back")
        assert not migrations.exists()
        migrations.create(app="rolled_back", name=str(turn))


def test_the_template_is_taken_from_the_migrated_database(committed_db: None) -> None:
    if connection.vendor == "sqlite":
        with sqlite3.connect(connection.settings_dict["NAME"]) as file:
            assert file.execute("SELECT count(*) FROM django_migrations").fetchone()[0] > 0
        file.close()
    assert "django_migrations" in connection.introspection.table_names()
