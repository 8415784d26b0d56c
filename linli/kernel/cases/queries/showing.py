"""A case as pages show it, as plain values for templates. Nothing anybody wrote is read here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.foundation.flow import Offer, Step
from linli.foundation.templatetags.ui import deadline, lasting, when
from linli.foundation.worktime import SHANGHAI
from linli.kernel.cases import registry
from linli.kernel.cases.models import Assignment, Case
from linli.kernel.cases.queries.seeing import late_calls
from linli.kernel.cases.queries.telling import HistoryLine, stepbar
from linli.kernel.files import queries as files
from linli.kernel.files.choices import State as FileState
from linli.kernel.people import queries as people
from linli.kernel.people.queries import Viewer
from linli.kernel.places import queries as places
from linli.kernel.rulebook import queries as rulebook
from linli.kernel.vault import queries as vault
from linli.kernel.vault.choices import Purpose

OPEN_FOR = timedelta(minutes=10)  # what was opened for a purpose closes again


@dataclass(frozen=True, slots=True)
class Names:
    """What a case is called: everything in words that a list shows of it."""

    title: str
    place: str
    category: str
    state: str
    next_step: str
    holder: str


def names_of(case: Case) -> Names:
    """Name all of a case at once, as lists do for every row; the functions below name one thing."""
    place = places.at_building(case.place_id)
    category = category_label(case)
    desk = people.desks().get(case.holder_id)
    state, next_step = _said(case.flow, case.state, get_language())
    return Names(
        title=_title(case, place.name if place else "", category),
        place=place.full_name if place else "",
        category=category,
        state=state,
        next_step=next_step,
        holder=desk.name if desk else "",
    )


def title_of(case: Case) -> str:
    """Name a case by place and category: enough to know it by, and nothing anybody wrote.

    A confidential one is not named: somebody else may be looking at the same screen.
    """
    place = places.at_building(case.place_id)
    return _title(case, place.name if place else "", category_label(case))


def _title(case: Case, place: str, category: str) -> str:
    if case.confidential:
        app = registry.get(case.flow)
        return str(app.matters.get(case.category, app.flow.title))
    return f"{place} {category}"


def full_place_name(case: Case) -> str:
    """Return where it is, down to the building: which door is for who goes there."""
    place = places.at_building(case.place_id)
    return place.full_name if place else ""


def exact_place_name(case: Case) -> str:
    """Return where it is, down to the door, for who works on it."""
    place = places.get(case.place_id)
    return place.full_name if place else ""


def category_label(case: Case) -> str:
    catalogue = rulebook.categories(case.path, case.opened_at.astimezone(SHANGHAI).date())
    category = catalogue.get(case.category)
    return (
        category.label if category else str(registry.get(case.flow).matters.get(case.category, case.category))
    )


def holder_name(case: Case) -> str:
    desk = people.desks().get(case.holder_id)
    return desk.name if desk else ""


def row_of(case: Case, now: datetime, *, more: str = "") -> dict[str, Any]:
    """Return a case as a row of a list."""
    names = names_of(case)
    return {
        "id": case.pk,
        "url": f"/desk/cases/{case.pk}",
        "number": case.number,
        "title": names.title,
        "place": names.place,
        "category": names.category,
        "due": deadline(case, now),
        "tag": names.state,
        "holder": names.holder,
        "thumb": None,
        "acts": (),
        "more": more,
        "current": False,
    }


def state_label(case: Case) -> str:
    return _said(case.flow, case.state, get_language())[0]


@lru_cache(maxsize=1000)
def _said(flow: str, state: str, _language: str | None) -> tuple[str, str]:
    """Return a state's name and what comes next, in a language; a list says them for every row."""
    app = registry.get(flow)
    return str(app.flow.states[state]), str(app.next_words.get(state, ""))


def next_words(case: Case) -> str:
    """Say what comes next, as the resident reads it."""
    return _said(case.flow, case.state, get_language())[1]


def qa_of(case: Case, now: datetime) -> dict[str, Any]:
    """Who, since when, what next, by when: the four lines that stand first."""
    closed = case.closed_at is not None
    return {
        "holder": _("已经办结") if closed else holder_name(case),
        "person": "",
        "since": case.closed_at or case.held_since,
        "lasted": "" if closed else lasting(now - case.held_since),
        "next_step": next_words(case),
        "due": deadline(case, now),
        "due_at": case.due_at,
        "basis": "",
    }


@dataclass(frozen=True, slots=True)
class Shown:
    """An offer as the page shows it."""

    step: Step
    refusal: Any
    url: str
    form: Any
    version: int


def offers_of(case: Case, viewer: Viewer, now: datetime, *, base: str, bound: Any = None) -> list[Shown]:
    """List what this viewer can do, and what is theirs to do but cannot be done now, with the reason.

    ``bound`` is the form of a step that was refused, shown again with what was typed.
    """
    compiled = rulebook.profile_of(case.flow, case.rules_id)
    moment = viewer.moment(case, now, compiled.profile)
    shown = [
        offer for offer in compiled.offers(moment) if not offer.refusal or _concerns(offer, case, viewer)
    ]
    shown.sort(key=lambda offer: (bool(offer.refusal), offer.step.weight == "quiet"))
    found = []
    for offer in shown:
        form = None
        if offer.step.form and not offer.refusal:
            mine = (
                bound is not None
                and isinstance(bound, offer.step.form)
                and bound.step_name == offer.step.name
            )
            form = (
                bound
                if mine
                else offer.step.form(None, case=case, moment=moment, prefix=f"{offer.step.name}-")
            )
        found.append(Shown(offer.step, offer.refusal, f"{base}/{offer.step.name}", form, case.version))
    return found


class Tap(NamedTuple):
    """A step taken from a list with one tap."""

    url: str
    label: str
    weight: str
    version: int


def taps_of(case: Case, viewer: Viewer, now: datetime, *, base: str) -> tuple[Tap, ...]:
    """List what this viewer can do with one tap in a list: main steps that ask for nothing. No form is made."""
    compiled = rulebook.profile_of(case.flow, case.rules_id)
    moment = viewer.moment(case, now, compiled.profile)
    return tuple(
        Tap(f"{base}/{step.name}", str(step.label), step.weight, case.version)
        for step in compiled.leading_from(case.state)
        if step.form is None and step.weight == "main" and not step.who.refusal(moment)
    )


def _concerns(offer: Offer, case: Case, viewer: Viewer) -> bool:
    """Is a refused step this person's business? Then it stays in its place, with the reason."""
    return viewer.holds(case.holder_id) and offer.step.weight != "quiet" and bool(offer.step.hint)


def works_on(case: Case, viewer: Viewer) -> bool:
    """Does this viewer's desk hold it, do it, or is it called to it, while it is open?"""
    return case.is_open and _has_it(case, viewer)


def _has_it(case: Case, viewer: Viewer) -> bool:
    if viewer.holds(case.holder_id) or viewer.holds(case.handler_id):
        return True
    return any(viewer.holds(call.desk_id) for call in case.open_assignments)


def is_complained_about(case: Case, viewer: Viewer) -> bool:
    """Is the matter about a desk of the viewer's kind? A group of matters is named as the kind it is about.

    A confidential matter is about nobody's desk: the group 需要保护的人 is named as the desk of
    its trained handlers, and it is they who must reach the reporter.
    """
    group = case.category.partition(".")[0]
    return not case.confidential and any(post.desk_kind and post.desk_kind == group for post in viewer.posts)


def may_contact(case: Case, viewer: Viewer) -> bool:
    """May they learn who reported it? Who works on it may, never the party complained about."""
    return works_on(case, viewer) and not is_complained_about(case, viewer)


def may_check(case: Case, viewer: Viewer) -> bool:
    """May they read what was said, for a purpose they name? Who had it, closed or not, and who supervises there."""
    return _has_it(case, viewer) or viewer.supervises(case.path)


def may_see_photos(case: Case, viewer: Viewer, now: datetime) -> bool:
    """May they see the photos? As the words: who works on it, who reported it, and who has just opened the words."""
    actor = viewer.actor
    if works_on(case, viewer) or (actor.kind == case.by_kind == "person" and actor.id == case.by_id):
        return True
    reads = vault.reads_of(subject_kind=Case.kind(), subject_id=case.pk)
    return reads.filter(actor_id=actor.id, purpose=Purpose.CHECK_RESULT, at__gt=now - OPEN_FOR).exists()


def photos_of(case: Case, *, code: str = "") -> list[dict[str, Any]]:
    """Return the photos that have been re-encoded; those still in quarantine are not shown."""
    tail = f"?code={code}" if code else ""
    captions = {"before": _("办之前"), "after": _("办之后"), "progress": _("办理中"), "proof": _("现场")}
    return [
        {
            "id": one.pk,
            "url": f"/files/{one.pk}/thumb{tail}",
            "full": f"/files/{one.pk}/page{tail}",
            "alt": captions.get(one.part, _("照片")),
            "caption": captions.get(one.part, ""),
            "part": one.part,
        }
        for one in files.of(Case.kind(), [case.pk])[case.pk]
        if one.state == FileState.READY
    ]


def stepbar_of(case: Case, lines: list[HistoryLine], now: datetime) -> list[dict[str, Any]]:
    compiled = rulebook.profile_of(case.flow, case.rules_id)
    return [
        {
            "label": mark.label,
            "at": _("现在") if mark.standing == "now" and case.is_open else _short(mark.at, now),
            "state": mark.standing,
        }
        for mark in stepbar(case, compiled, lines)
    ]


def _short(at: datetime | None, now: datetime) -> str:
    return when(at, now) if at else ""


def trail_of(
    lines: list[HistoryLine], notes: dict[Any, str], photos: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return what happened, newest first; the first is what is so now."""
    by_id = {photo["id"]: photo for photo in photos}
    newest_first = list(reversed(lines))
    return [
        {
            "what": line.what,
            "at": line.at,
            "who": line.who,
            "said": notes.get(line.note, "") if line.note else "",
            "photos": [by_id[one] for one in line.files if one in by_id],
            "state": "late" if line.is_late else "now" if number == 0 else "",
        }
        for number, line in enumerate(newest_first)
    ]


def hands_of(case: Case, now: datetime) -> list[dict[str, Any]]:
    """Return the units called, each with its own clock."""
    return [_hand(call, now) for call in case.calls]


def late_calls_of(cases: Sequence[Case]) -> dict[UUID, str]:
    """Name the units that are late, by case. One query."""
    late = Assignment.objects.filter(late_calls(), case__in=[case.pk for case in cases]).order_by(
        "due_at", "id"
    )
    found: dict[UUID, list[str]] = {}
    for case_id, desk_id in late.values_list("case_id", "desk_id"):
        desk = people.desks().get(desk_id)
        found.setdefault(case_id, []).append(desk.name if desk else "")
    return {
        case_id: _("吹哨超期：%(units)s") % {"units": "、".join(units)} for case_id, units in found.items()
    }


def _hand(call: Assignment, now: datetime) -> dict[str, Any]:
    desk = people.desks().get(call.desk_id)
    used = None
    if call.due_at and call.due_at > call.called_at:
        until = call.done_at or now
        used = min(100, max(0, int((until - call.called_at) * 100 / (call.due_at - call.called_at))))
    return {
        "unit": desk.name if desk else "",
        "lead": call.part == "lead",
        "task": _standing(call),
        "due": None if call.called_off_at else deadline(call, now),
        "arrived_at": call.arrived_at,
        "arrive_by": call.arrive_by,
        "used": used,
    }


def _standing(call: Assignment) -> str:
    """Say how far a unit is; one that was called off sees why."""
    if call.called_off_at:
        return _("已撤回：%(why)s") % {"why": call.get_called_off_why_display()}
    return str(call.standing.label)
