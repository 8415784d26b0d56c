"""What the clock does to cases: it takes steps through the door like anybody else."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import transaction

from linli.foundation.errors import DomainError
from linli.foundation.rules import CLOCK, Moment
from linli.kernel.cases import registry
from linli.kernel.cases.models import Assignment, Case
from linli.kernel.cases.services import taking
from linli.kernel.journal import jobs
from linli.kernel.rulebook import queries as rulebook

BATCH = 200
log = structlog.get_logger()


@jobs.every(10, "cases.deadlines")
def deadlines(now: datetime) -> int:
    """Take the step that a run-out clock calls for, for up to ``BATCH`` cases."""
    due = Case.objects.filter(
        closed_at=None, paused_since=None, overdue_at=None, due_at__isnull=False, due_at__lt=now
    ).order_by("due_at")
    return sum(_run_out(case, now) for case in due[:BATCH])


def _run_out(case: Case, now: datetime) -> int:
    app = registry.get(case.flow)
    step = app.on_due.get(case.due_on_what, "overdue")
    moment = Moment(CLOCK, case, now)
    try:
        with (
            transaction.atomic()
        ):  # what was said to be overdue and did not climb would never be looked at again
            taking.take(case_id=case.pk, step=step, data={}, moment=moment, version=case.version)
            if step == "overdue":
                _climb(case, now)
    except DomainError as refusal:
        log.info("clock_refused", case=str(case.pk), step=step, why=type(refusal).__name__)
        return 0
    return 1


def _climb(case: Case, now: datetime) -> None:
    """难事不出街道: what is overdue goes up by itself where the local profile says so."""
    compiled = rulebook.profile_of(case.flow, case.rules_id)
    step = compiled.steps.get("escalate")
    after = Case.objects.get(pk=case.pk)
    if not compiled.profile.settings.get("escalate_when_overdue") or step is None:
        return
    if after.state in step.sources and step.who.allows(Moment(CLOCK, after, now, profile=compiled.profile)):
        taking.take(
            case_id=case.pk, step="escalate", data={}, moment=Moment(CLOCK, after, now), version=after.version
        )


@jobs.every(10, "cases.calls")
def calls(now: datetime) -> int:
    """Mark the calls (吹哨) whose own clock has run out."""
    late = Assignment.objects.filter(
        done_at=None, overdue_at=None, due_at__isnull=False, due_at__lt=now,
        case__closed_at=None, case__confidential=False,
    )  # fmt: skip
    return late.update(overdue_at=now)


def calendar_published(now: datetime) -> int:
    """Compute the deadlines that waited for a calendar (期限待定)."""
    done = 0
    for pk in list(Case.objects.filter(due_pending=True).values_list("pk", flat=True)):
        with transaction.atomic():
            case = Case.objects.select_for_update().get(pk=pk)
            if not case.due_pending:
                continue
            taking.take(case_id=pk, step="schedule", data={}, moment=Moment(CLOCK, case, now))
            done += 1
    return done


__all__ = ["calendar_published", "calls", "deadlines"]
