from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations, models

# FTS5 keeps only the tokens' index; the words stay in one place, the table.
SQLITE = [
    "CREATE VIRTUAL TABLE search_tokens USING fts5(tokens, content='search_entry', content_rowid='id', "
    "tokenize='unicode61 remove_diacritics 0')",
    "CREATE TRIGGER search_entry_added AFTER INSERT ON search_entry BEGIN "
    "INSERT INTO search_tokens(rowid, tokens) VALUES (new.id, new.tokens); END",
    "CREATE TRIGGER search_entry_removed AFTER DELETE ON search_entry BEGIN "
    "INSERT INTO search_tokens(search_tokens, rowid, tokens) VALUES ('delete', old.id, old.tokens); END",
    "CREATE TRIGGER search_entry_changed AFTER UPDATE ON search_entry BEGIN "
    "INSERT INTO search_tokens(search_tokens, rowid, tokens) VALUES ('delete', old.id, old.tokens); "
    "INSERT INTO search_tokens(rowid, tokens) VALUES (new.id, new.tokens); END",
]
POSTGRESQL = [
    "ALTER TABLE search_entry ADD COLUMN vector tsvector GENERATED ALWAYS AS (to_tsvector('simple', tokens)) STORED",
    "CREATE INDEX search_entry_vector ON search_entry USING gin (vector)",
]
BACK = {
    "sqlite": [
        *(f"DROP TRIGGER search_entry_{what}" for what in ("added", "removed", "changed")),
        "DROP TABLE search_tokens",
    ],
    "postgresql": ["ALTER TABLE search_entry DROP COLUMN vector"],
}


def forwards(_apps: Any, schema_editor: Any) -> None:
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def backwards(_apps: Any, schema_editor: Any) -> None:
    for statement in BACK[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    initial = True
    dependencies: ClassVar = []
    operations: ClassVar = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("case_id", models.UUIDField(unique=True)),
                ("county", models.CharField(max_length=6)),
                ("tokens", models.TextField()),
            ],
        ),
        migrations.RunPython(forwards, backwards, hints={"model_name": "entry"}),
    ]
