"""A clock that has leapt ahead does nothing that cannot be taken back.

The worker notes how far the clock has come. If it then stands farther on than an installation
is ever switched off, either it was switched off for longer or the clock is wrong; no program
can tell which. Until somebody has, no matter lapses and nothing is erased; all else goes on.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db import transaction

from linli.foundation.rules import CLOCK, IMPORT
from linli.kernel.journal import queries
from linli.kernel.journal.models import Tick
from linli.kernel.journal.services.recording import record

SELDOM = timedelta(minutes=1)  # so often is it written down at most
KIND = "clock"
log = structlog.get_logger(__name__)


def tick(now: datetime) -> bool:
    """Is the clock to be believed? If so, note how far it has come; a clock that goes back changes nothing."""
    last = queries.last_tick()
    if last is None:
        Tick.objects.bulk_create([Tick(at=now)], ignore_conflicts=True)
        return True
    if queries.has_leapt(now):
        return False
    if now - last >= SELDOM:
        Tick.objects.filter(at__lt=now).update(at=now)
    return True


@transaction.atomic
def confirm_clock(*, now: datetime) -> None:
    """Believe the clock as it stands, ahead or back; who does so sits at the machine."""
    last = queries.last_tick()
    Tick.objects.update_or_create(id=1, defaults={"at": now})
    record(
        subject_kind=KIND, subject_id=CLOCK.id, county="", name="clock.confirm", actor=IMPORT, at=now,
        data={"last": last.isoformat() if last else ""},
    )  # fmt: skip
    log.warning("clock_confirmed", last=str(last), now=str(now))
