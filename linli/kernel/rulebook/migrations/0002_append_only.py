"""Rules, proposals and decisions stay as they were written."""

from __future__ import annotations

from django.db import migrations

from linli.foundation.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("rulebook", "0001_first")]

    operations = [
        append_only("rulebook_ruleset", unique=[("id",), ("key", "path", "version")]),
        append_only("rulebook_proposal", unique=[("id",)]),
        append_only("rulebook_decision", unique=[("proposal_id",), ("rule_id",)]),
    ]
