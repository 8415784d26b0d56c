"""What follows from an answer: the erasing itself, and the end of a restriction."""

from __future__ import annotations

from datetime import datetime

import structlog

from linli.apps.privacy.choices import State, Wish
from linli.apps.privacy.fields import TEXT
from linli.apps.privacy.queries import about, still_open
from linli.foundation.errors import DomainError
from linli.foundation.rules import CLOCK, Moment
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import history
from linli.kernel.cases.services import NOTE, SUBJECT, take
from linli.kernel.journal import jobs
from linli.kernel.vault import services as vault
from linli.kernel.vault.services import Hold

BATCH = 200
log = structlog.get_logger(__name__)


@jobs.consumer("privacy", events=("data.grant", "data.hold"))
def carry_out(batch: list[jobs.Positioned]) -> None:
    """Erase or restrict what an answer says. With it goes what was written to ask for it; the answer stays."""
    for _position, event in batch:
        case = Case.objects.get(pk=event.subject_id)
        if case.category != Wish.ERASE:
            continue
        hold = None
        if event.name == "data.hold":
            hold = Hold(event.data["why"], case.pk, datetime.fromisoformat(event.data["until"]))
        vault.forget(whose=about(case), now=event.at, hold=hold)
        _forget_the_asking(case, event.at)


def _forget_the_asking(case: Case, now: datetime) -> None:
    """Erase what was written by who asked; what was answered stays for them to read."""
    vault.erase(subject_kind=SUBJECT, subject_id=case.pk, codes=[TEXT], now=now)
    for line in history(case):
        if line.note and line.event.post_id is None:
            vault.erase(subject_kind=NOTE, subject_id=line.note, now=now)


@jobs.every(60, "privacy.complete", is_final=True)
def complete(now: datetime) -> int:
    """Close what was waiting for the end of a need, once nothing of it is left; return how many."""
    waiting = Case.objects.filter(flow="data", state=State.RESTRICTED, closed_at=None).order_by("id")
    return sum(_complete(case, now) for case in waiting[:BATCH])


def _complete(case: Case, now: datetime) -> bool:
    until = case.facts.get("until")
    if (until and now < datetime.fromisoformat(until)) or still_open(about(case)):
        return False
    try:
        take(case_id=case.pk, step="complete", data={}, moment=Moment(CLOCK, case, now))
    except DomainError as refusal:
        log.warning("not_completed", case=str(case.pk), error=type(refusal).__name__)
        return False
    return True
