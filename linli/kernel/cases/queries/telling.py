"""What has happened to a case, as people read it: the timeline and the step bar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from linli.foundation.flow import CompiledFlow
from linli.kernel.cases import registry
from linli.kernel.cases.models import Case
from linli.kernel.journal import queries as journal
from linli.kernel.journal.models import Event
from linli.kernel.people import queries as people
from linli.kernel.people.queries import Viewer


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One thing that happened. ``note`` is where its words lie in the vault, ``files`` its photos."""

    event: Event
    step: str
    what: str
    at: datetime
    who: str
    note: UUID | None = None
    told: bool = False
    files: Sequence[UUID] = field(default_factory=tuple)
    is_late: bool = False


def history(case: Case) -> list[HistoryLine]:
    """Return all that happened, oldest first. One query; the words are not read here."""
    return [_line(event) for event in journal.history_of(Case.kind(), case.pk)]


def had_a_hand(case: Case, viewer: Viewer) -> bool:
    """Has this viewer, or a desk of theirs, written the case down for somebody, held it, worked on it or been called?

    The journal says, so that it stays so after the case has moved on. One query.
    """
    desks = {str(desk_id) for desk_id in viewer.desk_ids}
    return any(_is_by(event, viewer, desks) for event in journal.history_of(Case.kind(), case.pk))


def _is_by(event: Event, viewer: Viewer, desks: set[str]) -> bool:
    if event.post_id and event.by_kind == viewer.actor.kind and event.by_id == viewer.actor.id:
        return True
    return not desks.isdisjoint(
        {event.data.get("holder"), event.data.get("desk"), *event.data.get("called", ())}
    )


def _line(event: Event) -> HistoryLine:
    flow_name, _dot, name = event.name.partition(".")
    step = registry.get(flow_name).flow.steps.get(name)
    note = event.data.get("note")
    return HistoryLine(
        event=event,
        step=name,
        what=str((step.happened or step.label) if step else name),
        at=event.at,
        who=_who(event),
        note=UUID(note) if note else None,
        told=bool(step and step.told),
        files=tuple(UUID(one) for one in event.data.get("files", ())),
        is_late=name in ("overdue", "escalate"),
    )


def _who(event: Event) -> str:
    """Name the desk that did it; persons are named by their desk, residents not at all."""
    if event.by_kind == "clock":
        return _("系统到点自动")
    if event.by_kind in ("code", "anonymous") or event.post_id is None:
        return _("反映人")
    desk = people.desks().get(UUID(event.data["desk"])) if event.data.get("desk") else None
    return desk.name if desk else ""


@dataclass(frozen=True, slots=True)
class Mark:
    """One station of the step bar; ``standing`` is past, now or next."""

    state: str
    label: str
    at: datetime | None
    standing: str


def stepbar(case: Case, compiled: CompiledFlow, lines: Iterable[HistoryLine]) -> list[Mark]:
    """Return what this local practice does, in order: what is done, and when, what is to be done now, and next."""
    app = registry.get(case.flow)
    left = {line.event.from_state: line.at for line in lines if line.event.from_state != line.event.to_state}
    states = [state for state in app.line if state in compiled.states()]
    here = _station(case.state, states, app.aside)
    birth = app.flow.steps[app.birth]
    marks = [Mark("", str(app.acts.get("", birth.label)), case.opened_at, "past")]
    for position, state in enumerate(states):
        if state in app.flow.final:
            standing = "past" if case.closed_at else "next"
            marks.append(Mark(state, str(app.acts[state]), case.closed_at, standing))
            continue
        standing = "now" if position == here else "past" if position < here else "next"
        at = left.get(state) if standing == "past" else None
        marks.append(Mark(state, str(app.acts[state]), at, standing))
    return marks


def _station(state: str, states: Sequence[str], aside: Mapping[str, str]) -> int:
    """Return where the case stands on the bar; a side state stands at the work it interrupts."""
    while state not in states and state in aside:
        state = aside[state]
    return states.index(state) if state in states else 0
