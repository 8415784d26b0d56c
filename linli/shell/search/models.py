"""What can be searched for: one row per case, its words cut into tokens."""

from __future__ import annotations

from django.db import models


class Entry(models.Model):
    """The case's number, category and place names as tokens; never what somebody said.

    On SQLite the tokens are mirrored into the FTS5 table ``search_tokens`` by
    triggers, on PostgreSQL into the generated column ``vector`` with a GIN index.
    """

    case_id = models.UUIDField(unique=True)
    county = models.CharField(max_length=6)
    tokens = models.TextField()

    def __str__(self) -> str:
        return str(self.case_id)
