"""What the databases themselves refuse of a case, whoever asks them.

A state changes together with the version and the head, that is with an event. What is
under way keeps the rules it began with, unless it becomes another flow's. It lies on a
desk that is there and open. It is not deleted.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations

TABLE = "cases_case"
NAMES = ("state_by_event", "keeps_rules", "on_an_open_desk", "no_delete")
BESIDE_AN_EVENT = "NEW.version <> OLD.version + 1 OR NEW.head = OLD.head"
OTHER_RULES = "NEW.limits_id <> OLD.limits_id OR (NEW.rules_id <> OLD.rules_id AND NEW.flow = OLD.flow)"
ON_NO_DESK = "NOT EXISTS (SELECT 1 FROM people_desk WHERE id = NEW.holder_id AND closed_at IS NULL)"

SQLITE = """
CREATE TRIGGER cases_case_state_by_event BEFORE UPDATE OF state, version, head ON cases_case WHEN {event}
BEGIN SELECT RAISE(ABORT, 'cases_case_state_by_event'); END;
CREATE TRIGGER cases_case_keeps_rules BEFORE UPDATE OF rules_id, limits_id ON cases_case WHEN {rules}
BEGIN SELECT RAISE(ABORT, 'cases_case_keeps_rules'); END;
CREATE TRIGGER cases_case_on_an_open_desk BEFORE UPDATE OF holder_id ON cases_case WHEN {desk}
BEGIN SELECT RAISE(ABORT, 'cases_case_on_an_open_desk'); END;
CREATE TRIGGER cases_case_on_an_open_desk_new BEFORE INSERT ON cases_case WHEN {desk}
BEGIN SELECT RAISE(ABORT, 'cases_case_on_an_open_desk'); END;
CREATE TRIGGER cases_case_no_delete BEFORE DELETE ON cases_case
BEGIN SELECT RAISE(ABORT, 'cases_case_no_delete'); END
"""

POSTGRESQL = """
CREATE OR REPLACE FUNCTION cases_case_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '%', TG_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE OR REPLACE FUNCTION cases_case_open_desk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {desk} THEN RAISE EXCEPTION '%', TG_NAME USING ERRCODE = 'integrity_constraint_violation'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cases_case_state_by_event BEFORE UPDATE OF state, version, head ON cases_case
FOR EACH ROW WHEN ({event}) EXECUTE FUNCTION cases_case_refuse();
CREATE TRIGGER cases_case_keeps_rules BEFORE UPDATE OF rules_id, limits_id ON cases_case
FOR EACH ROW WHEN ({rules}) EXECUTE FUNCTION cases_case_refuse();
CREATE TRIGGER cases_case_on_an_open_desk BEFORE INSERT OR UPDATE OF holder_id ON cases_case
FOR EACH ROW EXECUTE FUNCTION cases_case_open_desk();
CREATE TRIGGER cases_case_no_delete BEFORE DELETE ON cases_case
FOR EACH ROW EXECUTE FUNCTION cases_case_refuse()
"""


def forwards(_apps: Any, schema_editor: Any) -> None:
    parts = {"event": BESIDE_AN_EVENT, "rules": OTHER_RULES, "desk": ON_NO_DESK}
    if schema_editor.connection.vendor == "sqlite":
        for statement in SQLITE.format(**parts).split("END;"):
            text = statement.strip()
            schema_editor.execute(text if text.endswith("END") else f"{text} END", params=None)
    else:
        schema_editor.execute(POSTGRESQL.format(**parts), params=None)


def backwards(_apps: Any, schema_editor: Any) -> None:
    on = f" ON {TABLE}" if schema_editor.connection.vendor == "postgresql" else ""
    for name in (*NAMES, "on_an_open_desk_new"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_{name}{on}", params=None)


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0003_passages"),
        ("people", "0002_party_organisations"),
    ]

    operations = [migrations.RunPython(forwards, backwards)]
