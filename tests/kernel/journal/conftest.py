"""A thing with a history, in a table of its own, and a consumer that writes down what it was given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.apps.registry import Apps
from django.db import connection, models

from linli.kernel.journal import registry
from linli.kernel.journal.models import Journalled
from linli.kernel.journal.verify import chains

NOW = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)


class Thing(Journalled):
    SEALED = ("title", "weight", "seen_at")

    title = models.CharField(max_length=50, default="")
    weight = models.IntegerField(null=True)
    seen_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=50, default="")

    class Meta:
        apps = Apps()  # of the tests alone: the installation's models do not know it
        app_label = "journal_tests"
        db_table = "journal_tests_thing"


class Tally(models.Model):
    """One row for each time a consumer was given a position."""

    position = models.BigIntegerField()
    worker = models.CharField(max_length=20, default="")

    class Meta:
        apps = Apps()
        app_label = "journal_tests"
        db_table = "journal_tests_tally"


def create_tables() -> None:
    for model in (Thing, Tally):
        statement, parameters = connection.SchemaEditorClass(connection).table_sql(model)
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)


@pytest.fixture
def consumers(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, registry.Consumer]]:
    """No consumers but those of the test."""
    monkeypatch.setattr(registry, "CONSUMERS", {})
    for module in ("linli.kernel.journal.jobs", "linli.kernel.journal.services.consuming"):
        monkeypatch.setattr(f"{module}.CONSUMERS", registry.CONSUMERS)
    return registry.CONSUMERS


@pytest.fixture
def things(db: None, monkeypatch: pytest.MonkeyPatch) -> type[Thing]:
    create_tables()
    monkeypatch.setattr(chains, "journalled", lambda: [Thing])
    return Thing


@pytest.fixture
def committed_things(committed_db: None, monkeypatch: pytest.MonkeyPatch) -> type[Thing]:
    create_tables()
    monkeypatch.setattr(chains, "journalled", lambda: [Thing])
    return Thing
