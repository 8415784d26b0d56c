"""Rules, proposals and decisions stay as they were written."""

from __future__ import annotations

from django.db import migrations

from linli.foundation.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("rulebook", "0001_first")]

    operations = [
        append_only("rulebook_ruleset"),
        append_only("rulebook_proposal"),
        append_only("rulebook_decision"),
    ]
