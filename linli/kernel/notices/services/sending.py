"""Send what is due: at least once, and visibly once.

A worker takes a few notices under a lease, sends each outside any transaction, and
writes down what became of it. If it dies between, the lease runs out and the next
worker sends again under the same dedupe key, after asking the provider whether the
earlier attempt went.
"""

from __future__ import annotations

import random
import time
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet

from linli.kernel.notices import address, queries, registry
from linli.kernel.notices.choices import State
from linli.kernel.notices.models import Notice
from linli.kernel.notices.services import gateways

log = structlog.get_logger(__name__)

BATCH = 20
# A run ends after about this many seconds; the last send takes at most twenty more, and the lease still holds.
RUN_SECONDS = 10
LEASE = timedelta(seconds=45)
# 30 s, 1 min, 2 min … at most 1 h between attempts: the sixteenth comes after about ten hours.
FIRST_WAIT = 30
LONGEST_WAIT = 3600
MOST_ATTEMPTS = 16
# Nothing is put off for longer: not by an attempt, not by the quiet hours. What is, was put off
# under a clock that was ahead and has been set right.
FARTHEST = timedelta(hours=25)
# Up to a fifth more, so that what failed together does not come back together.
JITTER = 0.2


def send_due(now: datetime) -> int:
    """Send one batch of waiting notices whose time has come; return how many were settled.

    A notice that is not urgent and falls into the quiet hours is put off to their end.
    """
    ends = time.monotonic() + RUN_SECONDS
    claimed = _claim(now)
    settled = 0
    for notice in claimed:
        if time.monotonic() > ends:
            _release(claimed[settled:])
            break
        _attempt(notice, now)
        settled += 1
    return settled


@transaction.atomic
def _claim(now: datetime) -> list[Notice]:
    """Take what is due and nobody holds; on PostgreSQL other workers look past the locked rows."""
    free = Q(leased_until=None) | Q(leased_until__lt=now) | Q(leased_until__gt=now + 2 * LEASE)
    ready = Q(next_at__lte=now) | Q(next_at__gt=now + FARTHEST)
    due = Notice.objects.filter(free & ready, state=State.WAITING).order_by("next_at", "id")
    found = list(due.select_for_update(skip_locked=True)[:BATCH])
    lease = uuid4()
    Notice.objects.filter(id__in=[notice.id for notice in found]).update(
        lease=lease, leased_until=now + LEASE, attempts=F("attempts") + 1
    )
    for notice in found:
        # A lease that ran out means that a worker died: nobody knows how far it came.
        notice.doubtful = notice.doubtful or notice.leased_until is not None
        notice.lease = lease
        notice.attempts += 1
    return found


def _release(notices: list[Notice]) -> None:
    for notice in notices:
        _held(notice).update(
            lease=None, leased_until=None, attempts=F("attempts") - 1, doubtful=notice.doubtful
        )


def _attempt(notice: Notice, now: datetime) -> None:
    if not notice.urgent and (until := queries.quiet_until(notice.county, now)):
        _settle(notice, next_at=until, attempts=notice.attempts - 1, doubtful=notice.doubtful)
        return
    try:
        receipt = _send(notice, now)
    except gateways.Refused as refusal:
        _settle(notice, state=State.DEAD, why=refusal.code[:60])
    except gateways.TryLater as delay:
        _again(notice, now, delay)
    except Exception as error:  # noqa: BLE001 -- one notice must not stop the others
        # Only the kind of error is written down: its words may quote an address.
        log.error("notice_failed", notice=str(notice.id), error=type(error).__name__)
        _again(notice, now, gateways.TryLater(type(error).__name__, doubtful=True))
    else:
        _settle(notice, state=State.SENT, sent_at=now, receipt=receipt.id[:80], why="", doubtful=False)


def _send(notice: Notice, now: datetime) -> gateways.Receipt:
    """Send, or find out that it has been sent. The address lives in this function only."""
    gateway = gateways.gateway(notice.channel)
    if gateway is None:
        raise gateways.Refused("channel_off")
    to = address.of(notice.to_kind, notice.to_id, notice.channel, task=str(notice.id), now=now)
    if not to:
        raise gateways.Refused("no_address")
    message = _message(notice, now)
    if notice.doubtful and (receipt := gateway.find(to, message, str(notice.id))):
        return receipt
    return gateway.send(to, message, str(notice.id))


def _message(notice: Notice, now: datetime) -> gateways.Message:
    said = queries.wording(notice.template, notice.county, now)
    words = registry.words(notice.params, county=notice.county, now=now)
    return gateways.Message(notice.template, words, registry.filled(said.text, words), notice.made_at)


def _again(notice: Notice, now: datetime, delay: gateways.TryLater) -> None:
    doubtful = notice.doubtful or delay.doubtful
    if notice.attempts >= MOST_ATTEMPTS:
        _settle(notice, state=State.DEAD, why=delay.code[:60], doubtful=doubtful)
        return
    wait = max(delay.wait, min(FIRST_WAIT * 2 ** (notice.attempts - 1), LONGEST_WAIT))
    wait *= 1 + random.uniform(0, JITTER)  # noqa: S311 -- spreads load, protects nothing
    _settle(notice, next_at=now + timedelta(seconds=wait), why=delay.code[:60], doubtful=doubtful)


def _settle(notice: Notice, **outcome: Any) -> None:
    """Write the outcome and give the lease back, if it is still ours."""
    if not _held(notice).update(lease=None, leased_until=None, **outcome):
        log.warning("notice_lease_lost", notice=str(notice.id))


def _held(notice: Notice) -> QuerySet[Notice]:
    return Notice.objects.filter(id=notice.id, lease=notice.lease, state=State.WAITING)
