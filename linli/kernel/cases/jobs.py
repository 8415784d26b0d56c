"""What the clock does to cases: it takes steps through the door like anybody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from linli.foundation.errors import DomainError
from linli.foundation.rules import CLOCK, Moment
from linli.kernel.cases import registry
from linli.kernel.cases.models import Assignment, Case, ClockRefusal, Passage
from linli.kernel.cases.queries import clocks
from linli.kernel.cases.services import taking
from linli.kernel.journal import jobs
from linli.kernel.rulebook import queries as rulebook

BATCH = 200
MOST_TRIES = 5000  # in one run, whatever came of them
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=10), timedelta(days=1)
# A rule or a flow that is broken for one case must not stop the clocks of all others.
BROKEN = (DomainError, LookupError, TypeError, ValueError)
log = structlog.get_logger()


@jobs.every(10, "cases.deadlines", is_final=True)
def deadlines(now: datetime) -> int:
    """Take the step that a run-out clock calls for, for up to ``BATCH`` cases."""
    return _take_all(clocks.due(now).order_by("due_at"), _run_out, now)


@jobs.every(10, "cases.resumptions", is_final=True)
def resumptions(now: datetime) -> int:
    """Let the clocks go on whose suspension ends, for up to ``BATCH`` cases."""
    due = Case.objects.filter(closed_at=None, resume_at__isnull=False, resume_at__lte=now)
    return _take_all(due.order_by("resume_at"), _resume, now)


def _take_all(due: QuerySet[Case], act: Callable[[Case, datetime], None], now: datetime) -> int:
    """Act on up to ``BATCH`` cases and return for how many it worked; those that refuse are passed over."""
    refused = ClockRefusal.objects.filter(case=OuterRef("pk"), version=OuterRef("version"))
    # What was put off for longer than ever was put off under a clock that was ahead and is right again.
    waiting = refused.filter(again_at__gt=now, again_at__lte=now + LONGEST_WAIT)
    free = due.exclude(Exists(waiting))
    done = tried = 0
    while done < BATCH and tried < MOST_TRIES:
        wanted = BATCH - done
        found = list(free[:wanted])
        tried += len(found)
        done += sum(_try(case, act, now) for case in found)
        if len(found) < wanted:
            break
    return done


def _try(case: Case, act: Callable[[Case, datetime], None], now: datetime) -> bool:
    try:
        with transaction.atomic():
            act(case, now)
    except BROKEN as refusal:
        _pass_over(case, type(refusal).__name__, now)
        return False
    return True


def _run_out(case: Case, now: datetime) -> None:
    step = _step_of(case)
    taking.take(case_id=case.pk, step=step, data={}, moment=Moment(CLOCK, case, now), version=case.version)
    if step == "overdue":  # what was said to be overdue and did not climb would never be looked at again
        _climb(case, now)


def _step_of(case: Case) -> str:
    return registry.get(case.flow).on_due.get(case.due_on_what, "overdue")


def _resume(case: Case, now: datetime) -> None:
    taking.take(
        case_id=case.pk, step="resume", data={}, moment=Moment(CLOCK, case, now), version=case.version
    )


def _pass_over(case: Case, why: str, now: datetime) -> None:
    """Look at it again later, ever more seldom; at once if it has moved on by then."""
    if not Case.objects.filter(pk=case.pk, version=case.version).exists():
        return  # somebody was faster: nothing was refused
    with transaction.atomic():
        first = {"version": case.version, "why": why, "refused_at": now, "again_at": now + FIRST_WAIT}
        row, is_new = ClockRefusal.objects.select_for_update().get_or_create(case=case, defaults=first)
        if row.version != case.version:
            ClockRefusal.objects.filter(pk=case.pk).update(**first, times=1, told_at=None)
        elif not is_new:
            again = now + min(FIRST_WAIT * 2 ** min(row.times, 20), LONGEST_WAIT)
            ClockRefusal.objects.filter(pk=case.pk).update(why=why, times=row.times + 1, again_at=again)
            return
    log.warning("clock_refused", case=str(case.pk), clock=case.due_on_what, state=case.state, why=why)


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


@jobs.consumer("passages", events=("*",))
def passages(batch: list[jobs.Positioned]) -> None:
    """Note through which desks cases have passed: who holds it after a step, and from which desk it was taken."""
    found = {
        (UUID(desk), event.subject_id)
        for _position, event in batch
        if event.subject_kind == Case.kind()
        for desk in (event.data.get("holder"), event.data.get("desk"))
        if desk
    }
    rows = [Passage(desk_id=desk_id, case_id=case_id) for desk_id, case_id in sorted(found)]
    Passage.objects.bulk_create(rows, ignore_conflicts=True)


@jobs.every(10, "cases.calls", is_final=True)
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


__all__ = ["calendar_published", "calls", "deadlines", "passages", "resumptions"]
