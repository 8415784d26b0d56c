"""When this happens there, tell them here: the only place where apps and modules meet.

Everything is done by consumers of the journal, at least once and visibly once: a
notice's dedupe key is the event it tells of.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone

from linli.foundation.rules import CLOCK
from linli.kernel.cases import jobs as case_jobs
from linli.kernel.cases import queries as cases
from linli.kernel.cases import registry as registered
from linli.kernel.cases.choices import ON_BEHALF
from linli.kernel.cases.models import Case, ClockRefusal
from linli.kernel.cases.queries import showing
from linli.kernel.cases.queries.codes import tracking_code
from linli.kernel.cases.services import NOTE, SUBJECT, words
from linli.kernel.files import access
from linli.kernel.files import services as files
from linli.kernel.journal import jobs
from linli.kernel.journal import queries as journal
from linli.kernel.journal.models import Event
from linli.kernel.notices import address, registry
from linli.kernel.notices import services as notices
from linli.kernel.people import queries as people
from linli.kernel.people.choices import SYSTEM_ADMIN
from linli.kernel.people.models import Desk
from linli.kernel.places import queries as places
from linli.kernel.rulebook import queries as rules
from linli.kernel.rulebook import services as rulebook
from linli.kernel.vault import services as vault
from linli.kernel.vault.choices import Purpose
from linli.shell import readings

# What the desk that holds it from now on is told, by step.
TO_HOLDER = {
    "raise": "desk.dispatch", "dispatch": "desk.dispatch", "redirect": "desk.dispatch", "hand_over": "desk.dispatch",
    "contest": "desk.return", "return": "desk.return", "rate": "desk.return", "reopen": "desk.return",
    "escalate": "desk.overdue", "overdue": "desk.overdue", "resolve": "desk.check", "redo": "desk.redo",
    "ask_suspension": "desk.check", "resume": "desk.resume", "protect": "desk.protected",
}  # fmt: skip
# What the reporter is told, by step.
TO_REPORTER = {
    "raise", "accept", "accept_unit", "claim", "progress", "resume", "resolve", "reply", "refuse", "redo", "reopen",
    "lapse",
}  # fmt: skip
SAME_WORDS = {"accept_unit": "accept", "approve_suspension": "suspend"}


@jobs.consumer("notices", events=("request.*", "protected.*", "data.*", "reading.*"))
def tell(batch: list[jobs.Positioned]) -> None:
    """Write the notices that these events call for."""
    known = Case.objects.in_bulk({one.event.subject_id for one in batch if one.event.subject_kind == SUBJECT})
    notices.tell_all(
        notices.Telling(**notice, county=case.county, now=event.at, dedupe_key=f"event-{event.pk}")
        for _position, event in batch
        if (case := known.get(event.subject_id)) is not None
        for notice in (_about_data if event.name.startswith("data.") else _notices)(event, case)
    )
    notices.tell_all(notice for _position, event in batch for notice in readings.told(event))


@jobs.consumer("retention", events=("request.*", "protected.*", "data.*"))
def settle(batch: list[jobs.Positioned]) -> None:
    """Start the retention of what was said and shown, once a case has ended; stop it if it is opened again."""
    for _position, event in batch:
        ended = bool(event.data.get("how"))
        if not ended and not _was_final(event):
            continue
        at = event.at if ended else None
        vault.settle(subject_kind=SUBJECT, subject_id=event.subject_id, at=at)
        files.settle(subject_kind=SUBJECT, subject_id=event.subject_id, at=at)
        for line in journal.history_of(SUBJECT, event.subject_id):
            if note := line.data.get("note"):
                vault.settle(subject_kind=NOTE, subject_id=UUID(note), at=at)


def _was_final(event: Event) -> bool:
    return event.from_state in registered.get(event.name.partition(".")[0]).flow.final


def _notices(event: Event, case: Case) -> Iterator[dict[str, Any]]:
    flow, _dot, step = event.name.partition(".")
    params = {"number": case.number, "place": str(case.place_id), "category": case.category, "case": str(case.pk),
              "due": event.data.get("due", ""), "desk": event.data.get("holder", "")}  # fmt: skip
    if case.confidential:
        params |= {"place": "", "category": "", "desk": ""}  # somebody else may read over the shoulder
    template = TO_HOLDER.get(step)
    # Once it has become a protected matter, its earlier desks are told nothing more.
    past = case.confidential and flow != "protected" and step != "protect"
    ended = bool(event.data.get("how"))
    if template and not ended and not past:
        yield _to_desk(event.data["holder"], _fitting(template, flow, case), params)
    if step == "whistle" and not past:
        for desk in event.data.get("called", ()):
            yield _to_desk(desk, "desk.whistle", params)
    if step == "call_off" and not past:
        yield _to_desk(event.data["called_off"], "desk.call_off", params)
    if step == "sort" and event.to_state == "advised":
        yield _to_reporter(case, "request.sort", params)
    elif step in TO_REPORTER or step in SAME_WORDS:
        yield _to_reporter(case, f"request.{SAME_WORDS.get(step, step)}", params)


def _about_data(event: Event, case: Case) -> Iterator[dict[str, Any]]:
    """What somebody asks about their own data is told to the officer's desk, the answer to who asked."""
    step = event.name.partition(".")[2]
    params = {"number": case.number, "case": str(case.pk), "due": event.data.get("due", "")}
    if step in ("raise", "contest", "overdue"):
        yield _to_desk(event.data["holder"], "desk.data", params)
    if step == "raise":
        yield _to_reporter(case, "data.raise", params)
    elif step in ("grant", "hold", "refuse", "complete"):
        yield _to_reporter(case, "data.answer", params)


def _fitting(template: str, flow: str, case: Case) -> str:
    if flow == "protected" or case.confidential:
        return "desk.protected"
    return "desk.emergency" if case.urgency == 2 and template == "desk.dispatch" else template


def _to_desk(desk: str, template: str, params: dict[str, str]) -> dict[str, Any]:
    return {"to_kind": "desk", "to_id": UUID(desk), "template": template, "params": params}


def _to_reporter(case: Case, template: str, params: dict[str, str]) -> dict[str, Any]:
    kind, to_id = (
        ("person", case.by_id) if case.by_kind == "person" and not _by_staff(case) else (SUBJECT, case.pk)
    )
    return {"to_kind": kind, "to_id": to_id, "template": template, "params": params}


def _by_staff(case: Case) -> bool:
    """What staff wrote down for somebody is told to the number that somebody left, not to the staff."""
    return case.channel in ON_BEHALF


def reporter_phone(to_id: UUID, channel: str, *, task: str, now: datetime) -> str | None:
    """Return the number left with a case, for the sender alone; the reading is in the log."""
    case = Case.objects.filter(pk=to_id).first()
    if case is None or channel != "sms":
        return None
    left = words.contact_of(case, actor=CLOCK, post_id=None, purpose=Purpose.CONTACT_REPORTER, now=now)
    return next((value for code, value in left.items() if code.endswith("phone")), None) or None


def may_see_photos(asker: Any, case_id: UUID) -> bool:
    """Who may read what was said may see the photos; the bearer of the tracking code too."""
    if isinstance(asker, str):
        case = cases.by_code(asker)
        return case is not None and case.pk == case_id
    seen = cases.visible_to(asker).filter(pk=case_id).first()
    return seen is not None and showing.may_see_photos(seen, asker, timezone.now())


def where_it_leads(to_kind: str, params: Any) -> str:
    case_id = params.get("case", "")
    if not case_id:
        return ""
    return f"/desk/cases/{case_id}" if to_kind == "desk" else f"/t/{tracking_code(UUID(case_id))}"


def calendar_published(year: int, now: datetime) -> None:
    """Compute the deadlines that waited (期限待定), and tell the administrators."""
    case_jobs.calendar_published(now)
    for post in people.holders_of_role(SYSTEM_ADMIN, now):
        notices.tell(
            to_kind="person", to_id=post.account_id, template="rulebook.published", params={"year": year},
            dedupe_key=f"calendar-{year}", now=now, county="",
        )  # fmt: skip


@jobs.every(60, "cases.pending")
def tell_pending(now: datetime) -> int:
    """Tell the system administrators, once a year that is missing, that deadlines wait for a calendar."""
    waiting = Case.objects.filter(due_pending=True).values_list("pk", flat=True)[:1000]
    count = len(waiting)
    if not count:
        return 0
    year = _missing_year(now)
    for post in people.holders_of_role(SYSTEM_ADMIN, now):
        notices.tell(
            to_kind="person", to_id=post.account_id, template="rulebook.calendar_missing",
            params={"year": year, "count": count}, dedupe_key=f"missing-{year}", now=now, county="",
        )  # fmt: skip
    return count


@jobs.every(60, "cases.refused")
def tell_refused(now: datetime) -> int:
    """Tell the system administrators, once, how many steps the clock was refused since they were last told."""
    refusals = ClockRefusal.objects.filter(told_at=None).order_by("refused_at", "pk")
    untold = list(refusals.values_list("pk", "version")[:1000])
    told = people.holders_of_role(SYSTEM_ADMIN, now)
    if not untold or not told:
        return 0
    first, version = untold[0]
    with transaction.atomic():
        for post in told:
            notices.tell(
                to_kind="person", to_id=post.account_id, template="cases.refused", params={"count": len(untold)},
                dedupe_key=f"refused-{first}-{version}", now=now, county="",
            )  # fmt: skip
        ClockRefusal.objects.filter(pk__in=[pk for pk, _version in untold], told_at=None).update(told_at=now)
    return len(untold)


@jobs.every(600, "desks.vacant")
def tell_vacant(now: datetime) -> int:
    """Tell, once a day and desk, who sits above it that matters lie on a desk at which nobody sits.

    One query finds the desks and what lies on them. A desk above that is empty too is
    climbed over; where nobody sits at any, the system administrators are told. Protected
    matters are not counted to anybody: of a desk that holds some, only that it is empty.
    """
    empty = {desk.pk: desk for desk in _with_work(people.vacant_desks(now))}
    waiting = [desk for desk in empty.values() if desk.open_matters or desk.has_protected]  # type: ignore[attr-defined]
    administrators = (
        [post.account_id for post in people.holders_of_role(SYSTEM_ADMIN, now)] if waiting else []
    )
    notices.tell_all(
        notices.Telling(
            to_kind, to_id, *_vacant(desk), f"vacant-{desk.pk}-{people.shanghai_day(now)}", now, desk.county
        )
        for desk in waiting
        for to_kind, to_id in _above(desk, empty, now) or [("person", one) for one in administrators]
    )
    return len(waiting)


def _with_work(desks: QuerySet[Desk]) -> QuerySet[Desk]:
    """Add to each desk how many open matters lie on it, and whether there are protected ones."""
    lying = Case.objects.filter(holder_id=OuterRef("pk"), closed_at=None)
    counted = (
        lying.filter(confidential=False).order_by().values("holder_id").annotate(n=Count("pk")).values("n")
    )
    return desks.annotate(
        open_matters=Subquery(counted), has_protected=Exists(lying.filter(confidential=True))
    )


def _vacant(desk: Any) -> tuple[str, dict[str, Any]]:
    if desk.has_protected:
        return "desk.vacant_protected", {"desk": desk.pk}
    return "desk.vacant", {"desk": desk.pk, "count": desk.open_matters}


def _above(desk: Desk, empty: Container[UUID], now: datetime) -> list[tuple[str, UUID]]:
    """Return the nearest general desk above at which somebody sits; nothing where there is none."""
    chain, known = places.chain(desk.place_id, people.shanghai_day(now)), people.desks()
    up = known.parent_of(desk.pk, chain)
    while up is not None and up.id in empty:
        up = known.parent_of(up.id, chain)
    return [("desk", up.id)] if up else []


def _missing_year(now: datetime) -> int:
    from_year = now.year
    while rules.is_published(from_year):
        from_year += 1
    return from_year


def register() -> None:
    access.register(SUBJECT, may_see_photos)
    address.register(SUBJECT, reporter_phone)
    for family in ("desk", "request", "data"):
        registry.register_link(family, where_it_leads)
    rulebook.on_published(calendar_published)
