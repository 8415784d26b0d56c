"""Doing it: accept, arrive, whistle, escalate, suspend, resolve."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from linli.apps.requests.fields import NOTE
from linli.apps.requests.queries import opening_of
from linli.apps.requests.rules import claims_for
from linli.foundation import worktime
from linli.foundation.rules import Moment
from linli.kernel.cases.choices import Part
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import routing
from linli.kernel.cases.services import Call, Change
from linli.kernel.rulebook import queries as rulebook

Entry = Mapping[str, Any]
MINUTE = timedelta(minutes=1)


def accept(case: Case, entry: Entry, moment: Moment) -> Change:
    """接单: this desk does it, and keeps sight of it to the end."""
    return Change(set={"handler_id": case.holder_id}, data=_timing(case, moment))


def hand_over(case: Case, entry: Entry, moment: Moment) -> Change:
    """交办: the street or community accepts for itself and hands to a unit."""
    return Change(holder=UUID(entry["desk"]), personal={NOTE: entry.get("words", "")})


def claim(case: Case, entry: Entry, moment: Moment) -> Change:
    """认领: the first to claim has it."""
    desk = next(post.desk_id for post in _posts(moment) if claims_for(post, case))
    return Change(holder=desk, set={"handler_id": desk}, data=_timing(case, moment))


def verify(case: Case, entry: Entry, moment: Moment) -> Change:
    """入户核实: seen at the door, before the work."""
    return Change(personal={NOTE: entry["words"]}, files=entry.get("photos", ()), part="proof")


def arrive(case: Case, entry: Entry, moment: Moment) -> Change:
    """到场签到: a time, never coordinates. Minutes are counted from the report or the whistle."""
    mine = {post.desk_id for post in _posts(moment)}
    call = next((a for a in case.open_assignments if a.desk_id in mine and not a.arrived_at), None)
    since = call.called_at if call else case.opened_at
    # A server's clock may have been set back in between: nobody has come before they were asked.
    data = {"minutes": max(0, int((moment.now - since) / MINUTE)), "called": bool(call)}
    return Change(arrived=call.desk_id if call else None, data=data)


def whistle(case: Case, entry: Entry, moment: Moment) -> Change:
    """吹哨: a lead and co-units, each on a clock of its own."""
    limits = rulebook.by_id(case.limits_id)
    began = case.opened_at.astimezone(worktime.SHANGHAI).date()
    calendar = rulebook.calendar(case.path, began)

    def by(clock: str) -> Any:
        limit = rulebook.limit(limits, clock, case.category, case.urgency, on=began)
        return worktime.due(moment.now, limit, calendar) if limit else None

    lead = [(entry["lead"], Part.LEAD)] if entry["lead"] else []
    parts = [*lead, *((desk, Part.CO) for desk in entry["co"])]
    calls = [Call(UUID(desk), part, by("arrive"), by("whistle")) for desk, part in parts]
    return Change(
        calls=calls,
        data={"called": [desk for desk, _part in parts]},
        personal={NOTE: entry["words"]},
    )


def finish(case: Case, entry: Entry, moment: Moment) -> Change:
    """报告办完: a called unit has done its part."""
    mine = {post.desk_id for post in _posts(moment)}
    call = next(a for a in case.open_assignments if a.desk_id in mine)
    return Change(
        finished=call.desk_id, data={"desk": str(call.desk_id)}, personal={NOTE: entry.get("words", "")}
    )


def call_off(case: Case, entry: Entry, moment: Moment) -> Change:
    """撤回吹哨: a unit that was called need not come any more; the class of the reason is for the unit too."""
    return Change(
        called_off=(UUID(entry["desk"]), entry["reason"]),
        data={"called_off": entry["desk"], "reason": entry["reason"]},
        personal={NOTE: entry["words"]},
    )


def progress(case: Case, entry: Entry, moment: Moment) -> Change:
    """记进展: a word to the resident on the way."""
    return Change(personal={NOTE: entry["words"]}, files=entry.get("photos", ()), part="progress")


def escalate(case: Case, entry: Entry, moment: Moment) -> Change:
    """上报: to the desk one level up."""
    up = routing.above(case, case.holder_id)
    data = {"from": str(case.holder_id), "by_clock": moment.actor.kind == "clock"}
    return Change(holder=up.id if up else None, data=data, personal={NOTE: entry.get("words", "")})


def ask_suspension(case: Case, entry: Entry, moment: Moment) -> Change:
    """申请挂起: somebody one level up decides; until then the clock runs."""
    up = routing.above(case, case.holder_id)
    until = entry["until"].isoformat()
    return Change(
        holder=up.id if up else None,
        set={"facts": {**case.facts, "asked_by": str(moment.actor.id), "until": until}},
        data={"until": until},
        personal={NOTE: entry["words"]},
    )


def approve_suspension(case: Case, entry: Entry, moment: Moment) -> Change:
    """同意挂起: the clock stops until business opens on the day named, or until it is resumed before that."""
    until = entry["until"]
    return Change(
        holder=case.handler_id,
        pause=True,
        resume_at=opening_of(case, until),
        set={"facts": {**case.facts, "until": until.isoformat()}},
        data={"until": until.isoformat()},
        personal={NOTE: entry["words"]},
    )


def deny_suspension(case: Case, entry: Entry, moment: Moment) -> Change:
    """不同意挂起: back to the desk, the clock has gone on."""
    return Change(holder=case.handler_id, personal={NOTE: entry["words"]})


def resume(case: Case, entry: Entry, moment: Moment) -> Change:
    """恢复办理: by hand, or by the clock on the day named; the time in between does not count."""
    return Change(pause=False)


def resolve(case: Case, entry: Entry, moment: Moment) -> Change:
    """办好了: says how, with photos; somebody else checks it."""
    return Change(
        set={"done_by_id": moment.actor.id},
        data=_timing(case, moment),
        personal={NOTE: entry["words"]},
        files=entry.get("photos", ()),
        part="after",
        closed_how="handled",
    )


def overdue(case: Case, entry: Entry, moment: Moment) -> Change:
    """超期: is not escalated, is not closed; it is said."""
    return Change(set={"overdue_at": moment.now}, data={"clock": case.due_on_what})


def schedule(case: Case, entry: Entry, moment: Moment) -> Change:
    """补定期限: the calendar that was missing has been published."""
    return Change(reclock=True)


def _timing(case: Case, moment: Moment) -> dict[str, Any]:
    return {"on_time": case.overdue_at is None and (case.due_at is None or moment.now <= case.due_at)}


def _posts(moment: Moment) -> list[Any]:
    """The acting post first."""
    rest = [post for post in moment.posts if post != moment.post]
    return [moment.post, *rest] if moment.post else rest
