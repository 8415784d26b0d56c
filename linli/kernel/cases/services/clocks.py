"""Deadlines: a due date is a pure function of events, calendar version and rule version."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from linli.foundation import worktime
from linli.foundation.worktime import SHANGHAI
from linli.kernel.cases.models import NEVER
from linli.kernel.rulebook import queries as rulebook

if TYPE_CHECKING:
    from linli.kernel.cases.models import Case

CLOCK_COLUMNS = (
    "due_at", "sort_at", "due_on_what", "due_pending", "overdue_at", "clock_started_at", "pauses", "paused_since",
    "resume_at",
)  # fmt: skip


def start(case: Case, clock: str | None, now: datetime) -> None:
    """Start a clock, or stop it with None. The limit is that of the version the case began with."""
    case.due_on_what = clock or ""
    case.clock_started_at = now if clock else None
    case.pauses, case.paused_since, case.resume_at, case.overdue_at = [], None, None, None
    _set_due(case)


def pause(case: Case, now: datetime, until: datetime | None) -> None:
    """Stop the clock until it goes on by itself. Pauses follow each other even where the server's clock was set back."""
    if until is None:
        raise ValueError("A clock that is stopped says when it goes on.")
    last = datetime.fromisoformat(case.pauses[-1][1]) if case.pauses else now
    case.paused_since, case.resume_at = max(now, last), until


def resume(case: Case, now: datetime) -> None:
    """Let the clock go on; what was paused does not count."""
    if case.paused_since is not None:
        until = max(now, case.paused_since)
        case.pauses = [*case.pauses, [case.paused_since.isoformat(), until.isoformat()]]
        case.paused_since = case.resume_at = None
        _set_due(case)


def recompute(case: Case) -> None:
    """Compute the deadline anew, after a calendar has been published."""
    _set_due(case)


def due_of(case: Case) -> tuple[datetime | None, bool]:
    """Return the deadline, and whether it is pending (期限待定) for want of a calendar."""
    if not case.due_on_what or case.clock_started_at is None:
        return None, False
    began = case.opened_at.astimezone(SHANGHAI).date()
    limits = rulebook.by_id(case.limits_id)
    limit = rulebook.limit(limits, case.due_on_what, case.category, case.urgency, on=began)
    if limit is None:
        return None, False
    pauses = [worktime.Pause(datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in case.pauses]
    calendar = rulebook.calendar(case.path, began)
    due = worktime.due_with_pauses(case.clock_started_at, limit, pauses, calendar)
    return due, due is None


def _set_due(case: Case) -> None:
    case.due_at, case.due_pending = due_of(case)
    case.sort_at = case.due_at or NEVER
