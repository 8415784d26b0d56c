from __future__ import annotations

from django.db import migrations

from linli.foundation.triggers import append_only, postgresql_only


class Migration(migrations.Migration):
    dependencies = [("vault", "0001_initial"), ("journal", "0002_append_only")]

    operations = [
        append_only("vault_readentry"),
        append_only("vault_readposition", unique=[("entry_id",)]),
        postgresql_only(
            "CREATE INDEX vault_readentry_txid ON vault_readentry (txid)", reverse_sql="DROP INDEX vault_readentry_txid"
        ),
    ]
