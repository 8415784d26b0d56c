"""Carrying out a change: the columns, the clock, the calls, the event. All or nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from linli.foundation.errors import InvalidInput
from linli.foundation.flow import NEW, STAY, Step
from linli.foundation.ids import new_id
from linli.foundation.rules import Actor, Moment
from linli.kernel.cases import registry
from linli.kernel.cases.choices import ON_BEHALF
from linli.kernel.cases.models import Case
from linli.kernel.cases.registry import FlowApp
from linli.kernel.cases.services import calls, clocks
from linli.kernel.cases.services.change import Change
from linli.kernel.files import services as files
from linli.kernel.journal import services as journal
from linli.kernel.vault import services as vault

SUBJECT = Case.kind()
NOTE = "case_note"
KEEP = "keep"  # a step's clock that goes on running


def apply(case: Case, step: Step, change: Change, moment: Moment, app: FlowApp) -> None:
    """Move the case along the row and write everything that belongs to it."""
    before = case.state
    state = _outcome(step, change, before)
    touched = _set_columns(case, step, state, change, moment)
    called = calls.made(case, change, moment.now)
    data = _event_data(case, step, change, moment, before) | calls.told(called, change)
    _write_down(case, change, data, moment, birth=before == NEW)
    _link(case, step, change, data, moment)
    journal.advance(
        case,
        name=f"{app.flow.name}.{step.name}",
        to_state=state,
        actor=moment.actor,
        post_id=moment.post.id if moment.post else None,
        at=moment.now,
        data=data,
        save=sorted(touched),
    )
    calls.write(case, change, called, moment.now)


def _link(case: Case, step: Step, change: Change, data: dict[str, Any], moment: Moment) -> None:
    """Give the case its pictures; the event keeps what was received under each id (SHA-256)."""
    if not change.files:
        return
    linked = files.link(
        change.files,
        subject_kind=SUBJECT,
        subject_id=case.pk,
        county=case.county,
        part=change.part or step.name,
        actor=moment.actor,
    )
    data["files"] = [str(file) for file in change.files]
    data["received"] = {str(file.id): file.digest for file in linked}


def _outcome(step: Step, change: Change, before: str) -> str:
    if step.to == STAY:
        return before
    outcome = change.to or step.targets[0]
    if outcome not in step.targets:
        raise ValueError(f"Step {step.name!r} cannot lead to {outcome!r}.")
    return outcome


def _set_columns(case: Case, step: Step, state: str, change: Change, moment: Moment) -> set[str]:
    touched = set(change.set)
    for column, value in change.set.items():
        setattr(case, column, value)
    if change.new_round:
        case.round += 1
        touched.add("round")
    app = registry.get(case.flow)  # a step may hand the case over to another flow
    entered = state != case.state or change.new_round
    touched |= _hold(case, state, change, moment.now, app, entered=entered)
    touched |= _wind(case, step, state, change, moment.now, app, entered=entered)
    if state in app.flow.final and case.closed_at is None:
        case.closed_at, case.closed_how = moment.now, change.closed_how or step.name
        touched |= {"closed_at", "closed_how"}
    elif state not in app.flow.final and case.closed_at is not None:
        case.closed_at, case.closed_how = None, ""
        touched |= {"closed_at", "closed_how"}
    return touched


def _hold(case: Case, state: str, change: Change, now: datetime, app: FlowApp, *, entered: bool) -> set[str]:
    """Find who holds it: as the service says, else as the state's table says, else who did."""
    holder = change.holder
    if holder is None and entered and (find := app.holders.get(state)):
        desk = find(case)
        if desk is None:
            raise InvalidInput(_("这个地点还没有人受理，请换一个地点，或直接打电话。"), field="place")
        holder = desk.id
    if holder is None or holder == case.holder_id:
        return set()
    case.holder_id, case.held_since = holder, now
    return {"holder_id", "held_since"}


def _wind(
    case: Case, step: Step, state: str, change: Change, now: datetime, app: FlowApp, *, entered: bool
) -> set[str]:
    """Start, stop, pause or keep the clock."""
    if change.pause is True:
        clocks.pause(case, now, change.resume_at)
    elif change.pause is False:
        clocks.resume(case, now)
    elif step.clock == KEEP or (step.to == STAY and not step.clock and not change.new_round):
        if not change.reclock:
            return set()
        clocks.recompute(case)
    elif state in app.flow.final:
        clocks.start(case, None, now)
    elif entered or step.clock:
        clocks.start(case, step.clock or app.clocks.get(state), now)
    return set(clocks.CLOCK_COLUMNS)


def _event_data(case: Case, step: Step, change: Change, moment: Moment, before: str) -> dict[str, Any]:
    """Ids, codes and numbers: what figures, timelines and a replay need."""
    data: dict[str, Any] = {
        "path": case.path,
        "category": case.category,
        "holder": str(case.holder_id),
        "round": case.round,
        "clock": case.due_on_what,
        "due": case.due_at.isoformat() if case.due_at else "",
        **change.data,
    }
    if moment.post and moment.post.desk_id:
        data.setdefault("desk", str(moment.post.desk_id))
    if before == NEW:
        data["channel"] = case.channel
    if case.closed_how:
        data["how"] = case.closed_how
    if moment.profile and moment.profile.settings.get("counts_at") == step.name:
        data["counts"] = True
    return data


def _write_down(case: Case, change: Change, data: dict[str, Any], moment: Moment, *, birth: bool) -> None:
    """Put what people wrote into the vault; the event holds only where it lies."""
    values = {code: text for code, text in change.personal.items() if text}
    if not values:
        return
    note: UUID = case.pk if birth else new_id()
    if not birth:
        data["note"] = str(note)
    data["kept"] = [SUBJECT if birth else NOTE, str(note), sorted(values)]
    vault.put(
        subject_kind=SUBJECT if birth else NOTE,
        subject_id=note,
        county=case.county,
        values=values,
        is_new=True,
        person_id=_whose(case, moment.actor),
    )


def _whose(case: Case, actor: Actor) -> UUID | None:
    """Return the account whose words these are: the reporter's, signed in or with the tracking code."""
    if case.by_kind != "person" or case.channel in ON_BEHALF:
        return None
    return case.by_id if actor in (Actor("person", case.by_id), Actor("code", case.pk)) else None
