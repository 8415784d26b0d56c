"""The part of cases in ``linli verify``: holders, guards, where a case is, and the desks called to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby, islice
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext_lazy as _

from linli.foundation import triggers
from linli.foundation.worktime import SHANGHAI
from linli.kernel.cases.models import Assignment, Case
from linli.kernel.journal.models import Event
from linli.kernel.journal.verify import Finding, Report, raw
from linli.kernel.people.models import Desk
from linli.kernel.places import queries as places
from linli.kernel.places.queries.checks import leads_to

NAME = "cases.holders"
GROUND, CALLS = "cases.ground", "cases.calls"
GUARDS = ("state_by_event", "keeps_rules", "on_an_open_desk", "no_delete")
BATCH = 500
WITH_NOBODY = _("一件没办结的事不在任何岗台手上。")
UNGUARDED = _("诉求的表少了一道数据库自己的防护。")
ELSEWHERE = _("一件事所在的辖区和它发生的地方对不上。")
CALLED_OTHERWISE = _("一次吹哨和吹哨时的记录对不上。")
NEVER_CALLED = _("一次吹哨没有任何记录。")
CALL_GONE = _("有吹哨的记录，对应的吹哨却不见了。")
LATE_TOO_EARLY = _("一次吹哨还没到期就标成了逾期。")

_COLUMNS = (
    "county", "case_id", "desk_id", "part", "called_at", "arrive_by", "due_at", "arrived_at", "done_at",
    "called_off_at", "called_off_why", "round",
)  # fmt: skip


def holders(report: Report) -> Iterator[Finding]:
    """Every open case lies on an open desk, and the database refuses what would part the two."""
    there = Desk.objects.filter(pk=OuterRef("holder_id"), closed_at__isnull=True)
    rows = Case.objects.filter(closed_at=None)
    report.count("open cases", rows.count())
    for number in rows.filter(~Exists(there)).order_by("pk").values_list("number", flat=True)[:10]:
        yield Finding(NAME, WITH_NOBODY, number)
    table = Case._meta.db_table  # noqa: SLF001 -- Django's public model API
    wanted = [f"{table}_{guard}" for guard in GUARDS]
    for name in triggers.missing(connection, table, wanted):
        yield Finding(NAME, UNGUARDED, name)


def ground(report: Report) -> Iterator[Finding]:
    """Every case and call stands under the place where the matter was raised.

    The path is not sealed: it follows when places move, without an event of the case.
    """
    rows = Case.objects.order_by("pk").values_list("number", "place_id", "opened_at", "path")
    sound: dict[tuple[Any, str], bool] = {}
    for number, place_id, opened_at, path in raw.rows(rows):
        report.count("paths of cases")
        key = (place_id, path)
        if key not in sound:
            place, on = raw.uuid(place_id), raw.moment(opened_at).astimezone(SHANGHAI).date()
            sound[key] = path == places.path_on(place, on) or leads_to(path, place)
        if not sound[key]:
            yield Finding(GROUND, ELSEWHERE, number)
    astray = Assignment.objects.exclude(path=F("case__path"))
    for number in astray.order_by("pk").values_list("case__number", flat=True)[:10]:
        yield Finding(GROUND, ELSEWHERE, number)


def calls(report: Report) -> Iterator[Finding]:
    """Recount the calls of every case from its events, and compare each with its row."""
    told = Event.objects.filter(subject_kind=Case.kind(), data__calls__isnull=False)
    events = told.order_by("subject_id", "version").iterator(chunk_size=BATCH)
    histories = groupby(events, lambda event: event.subject_id)
    while batch := [(case_id, _replayed(case_id, history)) for case_id, history in islice(histories, BATCH)]:
        report.count("calls", sum(len(rows) for _case, rows in batch))
        yield from _against_rows(dict(batch))
    spoken_of = told.filter(subject_id=OuterRef("case_id"))
    for pk in Assignment.objects.filter(~Exists(spoken_of)).order_by("pk").values_list("pk", flat=True)[:10]:
        yield Finding(CALLS, NEVER_CALLED, str(pk))
    early = Assignment.objects.exclude(overdue_at=None).exclude(overdue_at__gt=F("due_at"))
    for pk in early.order_by("pk").values_list("pk", flat=True)[:10]:
        yield Finding(CALLS, LATE_TOO_EARLY, str(pk))


def _against_rows(expected: dict[UUID, dict[UUID, dict[str, Any]]]) -> Iterator[Finding]:
    rows = {row["id"]: row for row in Assignment.objects.filter(case_id__in=expected).values("id", *_COLUMNS)}
    wanted = {pk: columns for calls in expected.values() for pk, columns in calls.items()}
    for pk, columns in wanted.items():
        row = rows.pop(pk, None)
        if row is None:
            yield Finding(CALLS, CALL_GONE, str(pk))
        elif any(row[name] != value for name, value in columns.items()):
            yield Finding(CALLS, CALLED_OTHERWISE, str(pk))
    for pk in rows:
        yield Finding(CALLS, NEVER_CALLED, str(pk))


def _replayed(case_id: UUID, history: Iterator[Event]) -> dict[UUID, dict[str, Any]]:
    """Return what the rows must hold by what the events say (see ``services.calls``)."""
    rows: dict[UUID, dict[str, Any]] = {}
    for event in history:
        said, now = event.data["calls"], event.at
        for pk, desk, part, arrive_by, due_at in said.get("made", ()):
            rows[UUID(pk)] = {
                "county": event.county, "case_id": case_id, "desk_id": UUID(desk), "part": part, "called_at": now,
                "arrive_by": _time(arrive_by), "due_at": _time(due_at), "arrived_at": None, "done_at": None,
                "called_off_at": None, "called_off_why": "", "round": event.data["round"],
            }  # fmt: skip
        for row in _open(rows, said.get("came")):
            row["arrived_at"] = row["arrived_at"] or now
        for row in _open(rows, said.get("done")):
            row["done_at"] = now
        desk, why = said.get("off", (None, ""))
        for row in _open(rows, desk):
            row |= {"done_at": now, "called_off_at": now, "called_off_why": why}
    return rows


def _open(rows: dict[UUID, dict[str, Any]], desk: str | None) -> list[dict[str, Any]]:
    return [row for row in rows.values() if desk and row["desk_id"] == UUID(desk) and row["done_at"] is None]


def _time(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said) if said else None
