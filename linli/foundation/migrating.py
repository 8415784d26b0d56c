"""A migration and the note that it was done are one commit, so that a process may be killed at any moment.

Django's own executor writes the note after the commit wherever indexes or foreign keys
were put off to the end of a migration, which is almost always. Whoever is killed between
the two has tables that the next start tries to create again, and never gets any further.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState


class WholeMigrations(MigrationExecutor):
    """Django's, with a transaction around each migration and its note."""

    def apply_migration(
        self,
        state: ProjectState,
        migration: Migration,
        fake: bool = False,  # noqa: FBT001, FBT002 -- Django's signature
        fake_initial: bool = False,  # noqa: FBT001, FBT002 -- Django's signature
    ) -> ProjectState:
        with self._whole(migration):
            return super().apply_migration(state, migration, fake, fake_initial)

    def unapply_migration(
        self,
        state: ProjectState,
        migration: Migration,
        fake: bool = False,  # noqa: FBT001, FBT002 -- Django's signature
    ) -> ProjectState:
        with self._whole(migration):
            return super().unapply_migration(state, migration, fake)

    @contextmanager
    def _whole(self, migration: Migration) -> Iterator[None]:
        if not migration.atomic:  # it says itself that it cannot be in one transaction
            yield
            return
        # SQLite cannot switch off the checking of foreign keys, which its schema editor needs off,
        # once a transaction has begun.
        with self.connection.constraint_checks_disabled(), transaction.atomic(using=self.connection.alias):
            yield
