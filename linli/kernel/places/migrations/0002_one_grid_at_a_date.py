"""Let the database refuse a building in two grids at one date, also in closed periods."""

from __future__ import annotations

from typing import Any

from django.db import migrations

# The end of a period is not included, and null is open: both as a daterange has it.
POSTGRESQL = """
CREATE EXTENSION IF NOT EXISTS btree_gist;
ALTER TABLE places_housing ADD CONSTRAINT places_housing_one_grid_at_a_date
EXCLUDE USING gist (building_id WITH =, daterange(valid_from, valid_to) WITH &&);
"""
POSTGRESQL_BACK = "ALTER TABLE places_housing DROP CONSTRAINT places_housing_one_grid_at_a_date;"

_TRIGGER = """
CREATE TRIGGER places_housing_one_grid_{event} BEFORE {event} ON places_housing
WHEN EXISTS (
    SELECT 1 FROM places_housing other
    WHERE other.building_id = NEW.building_id AND other.id IS NOT NEW.id
      AND coalesce(other.valid_from, '0001-01-01') < coalesce(NEW.valid_to, '9999-12-31')
      AND coalesce(NEW.valid_from, '0001-01-01') < coalesce(other.valid_to, '9999-12-31')
)
BEGIN SELECT RAISE(ABORT, 'places_housing_one_grid_at_a_date'); END
"""
SQLITE = [_TRIGGER.format(event=event) for event in ("INSERT", "UPDATE")]
SQLITE_BACK = [f"DROP TRIGGER places_housing_one_grid_{event}" for event in ("INSERT", "UPDATE")]


def forwards(_apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, SQLITE if schema_editor.connection.vendor == "sqlite" else [POSTGRESQL])


def backwards(_apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, SQLITE_BACK if schema_editor.connection.vendor == "sqlite" else [POSTGRESQL_BACK])


def _run(schema_editor: Any, statements: list[str]) -> None:
    for statement in statements:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("places", "0001_initial")]

    operations = [migrations.RunPython(forwards, backwards)]
