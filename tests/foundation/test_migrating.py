"""A migration and the note that it was done are one: whatever breaks off between them takes both back."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import connection, migrations, models
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

from linli.foundation.migrating import WholeMigrations

pytestmark = pytest.mark.usefixtures("committed_db")
TABLE = "whole_thing"


class Cut(Exception):
    """The process ends here."""


def a_migration(*, atomic: bool = True) -> migrations.Migration:
    """One with an index, which Django makes at the end of a migration."""
    fields = [
        ("id", models.BigAutoField(primary_key=True)),
        ("said", models.CharField(max_length=9, db_index=True)),
    ]
    made = migrations.Migration("0001_initial", "whole")
    made.operations = [migrations.CreateModel("Thing", fields)]
    made.atomic = atomic
    return made


def tables() -> list[str]:
    return [name for name in connection.introspection.table_names() if name == TABLE]


def noted() -> bool:
    return ("whole", "0001_initial") in MigrationRecorder(connection).applied_migrations()


@pytest.fixture
def cut_at_the_note(monkeypatch):
    def record(*_given):
        raise Cut

    monkeypatch.setattr(MigrationRecorder, "record_applied", record)
    monkeypatch.setattr(MigrationRecorder, "record_unapplied", record)


def test_what_is_cut_off_before_its_note_never_was(cut_at_the_note):
    with pytest.raises(Cut):
        WholeMigrations(connection).apply_migration(ProjectState(), a_migration())

    assert (tables(), noted()) == ([], False)


def test_what_is_done_is_noted_and_foreign_keys_are_checked_again():
    WholeMigrations(connection).apply_migration(ProjectState(), a_migration())

    assert (tables(), noted()) == ([TABLE], True)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA foreign_keys").fetchone() == (1,)


def test_what_is_cut_off_while_it_is_taken_back_still_stands(monkeypatch):
    migration = a_migration()
    WholeMigrations(connection).apply_migration(ProjectState(), migration)

    def record(*_given):
        raise Cut

    monkeypatch.setattr(MigrationRecorder, "record_unapplied", record)
    with pytest.raises(Cut):
        WholeMigrations(connection).unapply_migration(ProjectState(), migration)

    assert (tables(), noted()) == ([TABLE], True)


def test_a_migration_that_wants_no_transaction_gets_none(cut_at_the_note):
    with pytest.raises(Cut):
        WholeMigrations(connection).apply_migration(ProjectState(), a_migration(atomic=False))

    assert tables() == [TABLE]


def test_the_command_migrates_so():
    call_command("migrate", check_unapplied=True, verbosity=0)

    assert migrate.MigrationExecutor is WholeMigrations
