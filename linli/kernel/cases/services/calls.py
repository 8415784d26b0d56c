"""Desks called to a case (吹哨): the rows, and the event's account of them from which they can be recounted.

``calls`` in an event's data: ``made`` lists ``[id, desk, part, arrive_by, due_at]`` of
each new call, ``came`` and ``done`` name the desk that has come or is done, ``off`` the
desk whose call is taken back, and why.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from linli.kernel.cases.models import Assignment, Case
from linli.kernel.cases.services.change import Change


def made(case: Case, change: Change, now: datetime) -> list[Assignment]:
    """Return the calls that this change makes, not yet saved."""
    return [
        Assignment(
            case=case,
            county=case.county,
            path=case.path,
            desk_id=call.desk_id,
            part=call.part,
            called_at=now,
            arrive_by=call.arrive_by,
            due_at=call.due_at,
            round=case.round,
        )
        for call in change.calls
    ]


def told(rows: list[Assignment], change: Change) -> dict[str, Any]:
    """Return what the event says of calls; empty where the step has to do with none."""
    found: dict[str, Any] = {}
    if rows:
        found["made"] = [[row.id, row.desk_id, row.part, row.arrive_by, row.due_at] for row in rows]
    if change.arrived:
        found["came"] = change.arrived
    if change.finished:
        found["done"] = change.finished
    if change.called_off:
        found["off"] = list(change.called_off)
    return {"calls": found} if found else {}


def write(case: Case, change: Change, rows: list[Assignment], now: datetime) -> None:
    """Call desks, note who came, who is done and whose call is taken back."""
    if rows:
        Assignment.objects.bulk_create(rows)
    if change.arrived:
        mine = Assignment.objects.filter(case=case, desk_id=change.arrived, done_at=None, arrived_at=None)
        mine.update(arrived_at=now)
    if change.finished:
        Assignment.objects.filter(case=case, desk_id=change.finished, done_at=None).update(done_at=now)
    if change.called_off:
        desk_id, why = change.called_off
        open_call = Assignment.objects.filter(case=case, desk_id=desk_id, done_at=None)
        open_call.update(done_at=now, called_off_at=now, called_off_why=why)
