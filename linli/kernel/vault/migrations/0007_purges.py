"""What a month of the log of reading leaves behind, and the one way in which its entries may go.

The database itself takes an entry out only where a removal stands over its position that one
person proposed and another approved, with the events of both, and its position only after it.
A removal is proposed over a month that a root ends; nothing of that is changed; it is decided
once, by another person, with an event, and never within six months of its last entry.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

import linli.foundation.ids

OVER = """
SELECT 1 FROM vault_purge p
JOIN journal_event e ON e.subject_id = p.id AND e.version = p.version AND e.subject_kind = 'purge'
    AND e.digest = p.head AND e.by_id = p.decided_by
JOIN journal_event f ON f.subject_id = p.id AND f.version = p.version - 1 AND f.subject_kind = 'purge'
    AND f.digest = e.prev AND f.by_id = p.proposed_by
WHERE p.state = 'removed' AND p.decided_by <> p.proposed_by
"""
ENTRY_MAY_GO = f"""EXISTS (SELECT 1 FROM vault_readposition n WHERE n.entry_id = OLD.id
    AND EXISTS ({OVER} AND n.position BETWEEN p.from_position AND p.to_position AND OLD.at < p.until))"""  # noqa: S608 -- no input
POSITION_MAY_GO = f"""NOT EXISTS (SELECT 1 FROM vault_readentry WHERE id = OLD.entry_id)
    AND EXISTS ({OVER} AND OLD.position BETWEEN p.from_position AND p.to_position)"""  # noqa: S608 -- no input
NOT_A_PROPOSAL = """NEW.state <> 'proposed' OR NEW.version <> 1 OR NEW.decided_by IS NOT NULL OR NOT EXISTS (
    SELECT 1 FROM journal_seal s WHERE s.stream = 'reads' AND s.kind = 'daily'
    AND s.to_position = NEW.to_position AND s.digest = NEW.root)"""
KEPT = ("id", "month", "from_position", "to_position", "until", "root", "seals", "sha256", "proposed_by", "proposed_at")
OTHERWISE = " OR ".join(f"NEW.{name} <> OLD.{name}" for name in KEPT)
NOT_A_DECISION = f"""OLD.state <> 'proposed' OR NEW.state NOT IN ('removed', 'refused') OR NEW.version <> OLD.version + 1
    OR NEW.head = OLD.head OR NEW.decided_by IS NULL OR NEW.decided_by = OLD.proposed_by OR NEW.decided_at IS NULL
    OR {OTHERWISE}"""
TOO_EARLY = {
    "sqlite": "NEW.state = 'removed' AND julianday(NEW.decided_at) - julianday(NEW.until) < 181",
    "postgresql": "NEW.state = 'removed' AND NEW.decided_at - NEW.until < interval '181 days'",
}
TABLES = {"vault_readentry": ENTRY_MAY_GO, "vault_readposition": POSITION_MAY_GO}
GUARDS = ("by_proposal", "decided_once", "no_delete")


def forwards(_apps: Any, schema_editor: Any) -> None:
    vendor = schema_editor.connection.vendor
    for statement in (_sqlite if vendor == "sqlite" else _postgresql)(TABLES, TOO_EARLY[vendor]):
        schema_editor.execute(statement, params=None)


def backwards(_apps: Any, schema_editor: Any) -> None:
    """Nothing goes any more; the guards of the removals go with their table's rows."""
    vendor = schema_editor.connection.vendor
    never = dict.fromkeys(TABLES, "1 = 0")
    for statement in (_sqlite if vendor == "sqlite" else _postgresql)(never, TOO_EARLY[vendor]):
        schema_editor.execute(statement, params=None)
    on = " ON vault_purge" if vendor == "postgresql" else ""
    for name in GUARDS:
        schema_editor.execute(f"DROP TRIGGER IF EXISTS vault_purge_{name}{on}", params=None)


def _sqlite(tables: dict[str, str], too_early: str) -> list[str]:
    made = []
    for table, may_go in tables.items():
        made += [
            f"DROP TRIGGER {table}_no_delete",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} WHEN NOT ({may_go}) "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
        ]
    whens = {
        "by_proposal": f"BEFORE INSERT ON vault_purge WHEN {NOT_A_PROPOSAL}",
        "decided_once": f"BEFORE UPDATE ON vault_purge WHEN {NOT_A_DECISION} OR ({too_early})",
        "no_delete": "BEFORE DELETE ON vault_purge",
    }
    for name, when in whens.items():
        made += [
            f"DROP TRIGGER IF EXISTS vault_purge_{name}",
            f"CREATE TRIGGER vault_purge_{name} {when} BEGIN SELECT RAISE(ABORT, 'vault_purge_{name}'); END",
        ]
    return made


def _postgresql(tables: dict[str, str], too_early: str) -> list[str]:
    refused = "USING ERRCODE = 'integrity_constraint_violation'"
    made = [
        f"""CREATE OR REPLACE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN
                IF {may_go} THEN RETURN OLD; END IF;
            END IF;
            RAISE EXCEPTION '{table} is append-only' {refused};
        END $$"""
        for table, may_go in tables.items()
    ]
    made.append(
        f"""CREATE OR REPLACE FUNCTION vault_purge_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN
                IF NOT ({NOT_A_PROPOSAL}) THEN RETURN NEW; END IF;
            ELSIF TG_OP = 'UPDATE' THEN
                IF NOT ({NOT_A_DECISION} OR ({too_early})) THEN RETURN NEW; END IF;
            END IF;
            RAISE EXCEPTION '%', TG_NAME {refused};
        END $$"""
    )
    for name, when in zip(GUARDS, ("INSERT", "UPDATE", "DELETE"), strict=True):
        made += [
            f"DROP TRIGGER IF EXISTS vault_purge_{name} ON vault_purge",
            f"CREATE TRIGGER vault_purge_{name} BEFORE {when} ON vault_purge "
            "FOR EACH ROW EXECUTE FUNCTION vault_purge_refuse()",
        ]
    return made


class Migration(migrations.Migration):
    dependencies = [("vault", "0006_reading_limits"), ("journal", "0003_schedule_succeeded_at")]

    operations = [
        migrations.CreateModel(
            name="Purge",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=linli.foundation.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("county", models.CharField(blank=True, default="", max_length=6)),
                ("state", models.CharField(default="", max_length=32)),
                ("version", models.PositiveIntegerField(default=0)),
                ("head", models.BinaryField(default=b"", max_length=32)),
                ("month", models.DateField()),
                ("from_position", models.BigIntegerField()),
                ("to_position", models.BigIntegerField()),
                ("until", models.DateTimeField()),
                ("root", models.BinaryField(max_length=32)),
                ("seals", models.BinaryField(max_length=32)),
                ("sha256", models.BinaryField(max_length=32)),
                ("proposed_by", models.UUIDField()),
                ("proposed_at", models.DateTimeField()),
                ("decided_by", models.UUIDField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by__isnull", True),
                            models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="vault_never_ones_own_purge",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("from_position__gte", 1), ("to_position__gte", models.F("from_position"))
                        ),
                        name="vault_purge_of_something",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["proposed", "removed"])),
                        fields=("from_position",),
                        name="vault_one_purge_of_a_month",
                    ),
                ],
            },
        ),
        migrations.RunPython(forwards, backwards),
    ]
