"""Clocks that have run out and still wait for the job that takes their step."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from linli.kernel.cases.models import Case

MOST = 10_000  # so many are counted; more are as bad


def due(now: datetime) -> QuerySet[Case]:
    """Return the cases whose clock has run out and which have not become overdue."""
    return Case.objects.filter(
        closed_at=None, paused_since=None, overdue_at=None, due_at__isnull=False, due_at__lt=now
    )


def run_out(now: datetime) -> int:
    """Count the cases whose clock has run out without their having become overdue yet."""
    return due(now)[:MOST].count()
