from __future__ import annotations

from django.db import migrations

from linli.foundation.triggers import append_only, postgresql_only


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]

    operations = [
        append_only("journal_event", unique=[("subject_id", "version", "subject_kind")]),
        append_only("journal_position", unique=[("event_id",)]),
        append_only("journal_seal", unique=[("stream", "kind", "from_position")]),
        # The sequencer's way to new rows; SQLite goes by id.
        postgresql_only(
            "CREATE INDEX journal_event_txid ON journal_event (txid)", reverse_sql="DROP INDEX journal_event_txid"
        ),
    ]
