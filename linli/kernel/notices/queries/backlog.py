"""How much is waiting to go out, and what did not arrive: for those who watch over the installation."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db.models import Min

from linli.kernel.notices.choices import State
from linli.kernel.notices.models import Notice

MOST = 10_000  # so many are counted; more are as bad


class Backlog(NamedTuple):
    """How many wait, how many of them are due, since when the oldest of these is, and how many are dead."""

    waiting: int
    due: int
    oldest: datetime | None
    dead: int


def backlog(now: datetime) -> Backlog:
    waiting = Notice.objects.filter(state=State.WAITING)
    due = waiting.filter(next_at__lte=now)
    return Backlog(
        waiting[:MOST].count(),
        due[:MOST].count(),
        due.aggregate(oldest=Min("next_at"))["oldest"],
        Notice.objects.filter(state=State.DEAD)[:MOST].count(),
    )
