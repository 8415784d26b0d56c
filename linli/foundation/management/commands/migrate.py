"""``linli migrate``: Django's command, with migrations that happen wholly or not at all."""

from __future__ import annotations

from django.core.management.commands import migrate

from linli.foundation.migrating import WholeMigrations

migrate.MigrationExecutor = WholeMigrations  # type: ignore[attr-defined]  # the command takes it from nowhere else


class Command(migrate.Command):
    """Nothing else is different."""
