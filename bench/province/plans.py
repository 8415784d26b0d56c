"""A story as text with blanks: filling the blanks in gives another case, row for row as the database takes it.

Every row is written down once, with the values of the case that went through the door;
where an id, a time, a place or a desk of that case stands, a blank is put. So a copy
costs a few string operations instead of a hundred objects.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import models

from bench.province.stories import Stage, Story
from linli.foundation.canonical import canonical
from linli.kernel.cases.models import Assignment, Case, Passage
from linli.kernel.figures.models import Counted, Standing
from linli.kernel.journal.models import Event
from linli.kernel.journal.queries import DIGESTED
from linli.kernel.notices.models import Notice
from linli.kernel.vault.models import ReadEntry, Record
from linli.kernel.vault.queries.seeing import READ_DIGESTED

NULL = "\\N"
LAST_YEAR = 9000  # what lies after it is "never" and stays where it is


def columns(model: type[models.Model], *without: str) -> list[Any]:
    """Return the fields that a loaded row brings; the database fills in the others."""
    fields: list[Any] = list(model._meta.concrete_fields)  # noqa: SLF001 -- Django's public model API
    return [one for one in fields if one.db_default is models.NOT_PROVIDED and one.attname not in without]


def text(value: Any) -> str:
    """Write a value as COPY reads it."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, bytes | memoryview):
        return f"\\\\x{bytes(value).hex()}"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, dict | list):
        return json.dumps(value, sort_keys=True, separators=(",", ":")).replace("\\", "\\\\")
    return str(value)


def moment(value: datetime) -> str:
    """The one spelling that digests, COPY and SQLite all take."""
    return f"{value.astimezone(UTC).isoformat(timespec='microseconds')[:26]}Z"


class Blanks:
    """What of a story differs from case to case, and by which name it is filled in."""

    def __init__(self, story: Story) -> None:
        self.base = story.stages[0].case.opened_at
        self.offsets: dict[str, timedelta] = {}
        self._names: dict[str, str] = {}
        case = story.stages[0].case
        for value, name in ((case.pk, "case"), (case.number, "number"), (case.track, "track"), (case.place_id, "place"),
                            (case.path, "path"), (case.intake_key, "key"), (case.intake_body, "body")):  # fmt: skip
            self._names[str(value)] = name
        for kind, seat in story.spot.seats.items():
            short = kind.replace(":", "_")
            self._names |= {
                str(seat.desk): f"desk_{short}",
                str(seat.account): f"account_{short}",
                str(seat.post): f"post_{short}",
            }
        for number, stage in enumerate(story.stages):
            if note := stage.event.data.get("note"):
                self._names[note] = f"note{number}"
        for number, call in enumerate(story.stages[-1].calls):
            self._names[str(call.pk)] = f"call{number}"
        for value in _times(story):
            self.time(value)

    def time(self, value: datetime) -> str:
        """Return the blank of a moment; two spellings of it are looked for."""
        name = f"t{int((value - self.base).total_seconds())}".replace("-", "m")
        if name not in self.offsets:
            self.offsets[name] = value - self.base
            self._names[moment(value)] = name
            self._names[value.astimezone(UTC).isoformat()] = f"{name}i"
        return f"%({name})s"

    def blank(self, written: str) -> str:
        """Put a blank wherever a value of this story stands."""
        found = written.replace("%", "%%")
        for value in sorted(self._names, key=len, reverse=True):
            found = found.replace(value, f"%({self._names[value]})s")
        return found

    def row(self, fields: Iterable[Any], instance: Any, **instead: str) -> str:
        """Write a row; ``instead`` gives the text of single columns."""
        return "\t".join(
            instead[one.attname]
            if one.attname in instead
            else self.blank(text(getattr(instance, one.attname)))
            for one in fields
        )


def _times(story: Story) -> set[datetime]:
    rows: list[Any] = []
    for stage in story.stages:
        rows += [
            stage.case,
            stage.event,
            *stage.calls,
            *stage.notices,
            *stage.reads,
            *(row for row, _value in stage.values),
        ]
    found = {value for row in rows for value in vars(row).values() if isinstance(value, datetime)}
    told = {stage.event.data.get("due") for stage in story.stages} - {"", None}
    found |= {datetime.fromisoformat(value) for value in told}
    return {value for value in found if value.year < LAST_YEAR}


@dataclass(frozen=True)
class Value:
    """A personal value: whose it is (a blank's name), under which code, what it says."""

    kind: str
    subject: str
    code: str
    plain: bytes
    is_phone: bool


@dataclass(frozen=True)
class Part:
    """What one stage adds."""

    at: timedelta
    sealed: str
    data: str
    digested: str
    event: str
    values: list[Value]
    notices: list[tuple[str, bool]]
    reads: list[tuple[str, str, timedelta]]
    counted: list[tuple[str, str, int]]
    passages: list[str]


@dataclass(frozen=True)
class Plan:
    """A story up to one of its stages."""

    name: str
    category: str
    base: datetime
    offsets: dict[str, timedelta]
    parts: list[Part]
    case: str
    calls: list[str]
    standing: list[tuple[str, str]]
    notes: list[str]
    call_names: list[str]
    tokens: str
    is_open: bool
    held_by: str
    due_in: timedelta | None  # from the last event on
    length: timedelta
    kept_for: timedelta | None  # from the last event on

    @property
    def state(self) -> str:
        return f"{self.name} after {len(self.parts)}"


CASE = columns(Case)
EVENT = columns(Event, "id")
READ = columns(ReadEntry, "id")
NOTICE = columns(Notice)
CALL = columns(Assignment)
PASSAGE = columns(Passage, "id")
RECORD = columns(Record, "id")
KEPT = (
    "county",
    "subject_kind",
    "subject_id",
    "code",
    "key_id",
    "cipher",
    "lookup",
    "keep_until",
    "erased_at",
)
RECORD_ROW = "\t".join(
    f"%({one.attname})s" if one.attname in KEPT else text(one.get_default()) for one in RECORD
)
COUNTED = columns(Counted, "id")
STANDING = columns(Standing, "id")


def plan(story: Story, until: int) -> Plan:
    """Plan the copies of a story that stop after ``until`` stages."""
    blanks = Blanks(story)
    stages = story.stages[:until]
    last = stages[-1].case
    parts = [_part(blanks, stage, number) for number, stage in enumerate(stages)]
    due = last.due_at - stages[-1].event.at if last.due_at else None
    kept = [row.keep_until for row, _value in story.stages[0].values if row.keep_until]
    return Plan(
        name=story.line.name,
        category=last.category,
        base=blanks.base,
        offsets=blanks.offsets,
        parts=parts,
        case=blanks.row(CASE, last, county="%(county)s", head="\\\\x%(digest)s"),
        calls=[blanks.row(CALL, call, county="%(county)s") for call in stages[-1].calls],
        standing=[(code, _standing(value)) for code, value in stages[-1].standing.items()],
        notes=[f"note{n}" for n, stage in enumerate(stages) if "note" in stage.event.data],
        call_names=[f"call{n}" for n, _call in enumerate(stages[-1].calls)],
        tokens=story.tokens,
        is_open=last.closed_at is None,
        held_by=next(kind for kind, seat in story.spot.seats.items() if seat.desk == last.holder_id),
        due_in=due,
        length=stages[-1].event.at - blanks.base,
        kept_for=kept[0] - story.stages[-1].event.at if kept and last.closed_at else None,
    )


def _part(blanks: Blanks, stage: Stage, number: int) -> Part:
    event = stage.event
    data = blanks.blank(canonical(event.data).decode())
    return Part(
        at=event.at - blanks.base,
        sealed=_with_county(blanks, _sealed(stage.case), stage.case.county),
        data=data,
        digested=_digested(blanks, event, DIGESTED),
        event=blanks.row(EVENT, event, county="%(county)s", data="%(data)s", sealed="\\\\x%(sealed)s",
                         prev="\\\\x%(prev)s", digest="\\\\x%(digest)s"),
        values=[_value(row, value, number) for row, value in stage.values],
        notices=[_notice(blanks, notice) for notice in stage.notices],
        reads=[(_digested(blanks, read, READ_DIGESTED), blanks.row(READ, read, county="%(county)s",
                digest="\\\\x%(digest)s"), read.at - blanks.base) for read in stage.reads],
        counted=[(code, _counted(value), value) for code, value in stage.counted],
        passages=_passages(blanks, stage),
    )  # fmt: skip


def _sealed(case: Case) -> dict[str, Any]:
    fields: list[Any] = [Case._meta.get_field(name) for name in Case.SEALED]  # noqa: SLF001 -- Django's public model API
    return {one.attname: one.to_python(getattr(case, one.attname)) for one in fields}


def _with_county(blanks: Blanks, values: dict[str, Any], county: str) -> str:
    written = blanks.blank(canonical(values).decode())
    return written.replace(f'"county":"{county}"', '"county":"%(county)s"')


def _digested(blanks: Blanks, row: Any, names: Iterable[str]) -> str:
    """The text that a row's digest is made of, with its own blanks."""
    values = {name: getattr(row, name) for name in names}
    written = _with_county(blanks, values, row.county)
    for name in ("sealed", "prev"):
        if name in values:
            written = written.replace(f'"{name}":"{bytes(values[name]).hex()}"', f'"{name}":"%({name})s"')
    if isinstance(row, Event):
        written = written.replace(blanks.blank(canonical(row.data).decode()), "%(data)s")
    return written


def _value(row: Any, value: str, number: int) -> Value:
    is_case = row.subject_kind == Case.kind()
    return Value(
        row.subject_kind,
        "case" if is_case else f"note{number}",
        row.code,
        value.encode(),
        value.startswith("+86"),
    )


def _notice(blanks: Blanks, notice: Notice) -> tuple[str, bool]:
    """A notice with three more blanks: its id, the event's number, and when it was read."""
    written = blanks.row(
        NOTICE, notice, id="%(id)s", county="%(county)s", dedupe_key="event-%(event)s", read_at="%(read)s"
    )
    return written, notice.read_at is None


def _counted(value: int) -> str:
    """A counted row after figure and position."""
    return f"0\tcase\t%(case)s\t%(county)s\t%(path)s\t%(day)s\t%(category)s\t{value}"


def _standing(value: int) -> str:
    """A standing row with the position left out: figure, kind and subject before it, the rest after it."""
    return f"%(county)s\t%(path)s\t%(day)s\t%(category)s\t{value}"


def _passages(blanks: Blanks, stage: Stage) -> list[str]:
    told = (stage.event.data.get("holder"), stage.event.data.get("desk"))
    return [blanks.blank(desk) for desk in told if desk]
