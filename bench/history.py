"""Cases in bulk, each with the journal and the vault it would have.

A few stand for all: they go through the door, step by step. Copies of them get ids,
numbers, places and keys of their own; seals and digests are computed anew, so that
`linli verify` finds in them what it finds in any other case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max, Min

from bench.ground import Spot
from bench.rows import insert
from linli.apps.requests.fields import CONTACT_PHONE, NOTE, TEXT
from linli.foundation.ids import new_id
from linli.foundation.rules import ANYONE, Actor, Moment
from linli.kernel.cases import services as cases
from linli.kernel.cases.models import Case, NumberBlock
from linli.kernel.cases.queries import codes
from linli.kernel.cases.services import numbers
from linli.kernel.journal.models import Event
from linli.kernel.journal.queries import digest_of, history_of, seal_of
from linli.kernel.people.models import Account
from linli.kernel.people.queries import viewer_of
from linli.kernel.vault.fields import FIELDS
from linli.kernel.vault.memory import ciphers, keys
from linli.kernel.vault.models import Record
from linli.kernel.vault.queries import about, lookup_of

WORDS = "三栋二单元楼道灯不亮，老人晚上上下楼不方便。"
SAID = "已经看过现场，明天上午换灯。"
BATCH = 10_000
QUIET = timedelta(minutes=10)
SHARE_OF_THE_DESK = 5  # every fifth open case lies on the desk that is asked
TIMES = (
    "created",
    "opened_at",
    "held_since",
    "due_at",
    "sort_at",
    "clock_started_at",
    "closed_at",
    "overdue_at",
)


@dataclass(frozen=True)
class Model:
    """A case that went through the door: what it was after each step, and each step's event."""

    stages: list[tuple[Case, Event]]
    spot: Spot


def models_of(spot: Spot, clerk: Account, now: datetime) -> dict[str, Model]:
    """Take three cases through the door: one just raised, one in hand at the community, one withdrawn."""
    raised = _raised(spot, now)
    in_hand = _raised(spot, now)
    _take(in_hand, "sort", clerk, now + timedelta(seconds=20), sort="public", reason="law")
    _take(
        in_hand, "dispatch", clerk, now + timedelta(seconds=40), desk=str(spot.desks["community"]), words=SAID
    )
    _take(in_hand, "accept", clerk, now + timedelta(seconds=60))
    withdrawn = _raised(spot, now)
    _take(withdrawn, "withdraw", None, now + timedelta(seconds=30))
    return {
        "raised": Model(raised, spot),
        "in_hand": Model(in_hand, spot),
        "withdrawn": Model(withdrawn, spot),
    }


def _raised(spot: Spot, now: datetime) -> list[tuple[Case, Event]]:
    entry = {
        "text": WORDS,
        "place": str(spot.building),
        "contact_phone": "13900000001",
        "category": "homes.light",
    }
    case = cases.open_case(flow="request", data=entry, moment=Moment(ANYONE, None, now)).case
    return [_stage(case)]


def _take(
    stages: list[tuple[Case, Event]], step: str, who: Account | None, now: datetime, **data: Any
) -> None:
    case = stages[-1][0]
    actor = Moment(Actor("code", case.pk), case, now)
    moment = viewer_of(who, now).moment(case, now) if who else actor
    stages.append(
        _stage(cases.take(case_id=case.pk, step=step, data=data, moment=moment, version=case.version))
    )


def _stage(case: Case) -> tuple[Case, Event]:
    last = history_of(Case.kind(), case.pk).last()
    assert last is not None
    return Case.objects.get(pk=case.pk), last


def refuse_running_out(now: datetime) -> None:
    """No clock may run out while it is measured: a hundred thousand at once is not what a worker meets."""
    first = Case.objects.filter(closed_at=None, due_at__isnull=False).aggregate(first=Min("due_at"))["first"]
    if first is not None and first < now + QUIET:
        raise RuntimeError(f"A clock runs out at {first}, in the middle of the measuring.")


@dataclass
class _Batch:
    cases: list[Case]
    events: list[Event]
    records: list[Record]


def fill(until: int, models: Mapping[str, Model], spots: list[Spot], now: datetime) -> None:
    """Copy until there are ``until`` cases: of ten, six withdrawn, two just raised, two in hand.

    Every fifth open one lies on the desk of the first spot, the others anywhere.
    """
    random = Random(1)
    serials = Serials()
    have = Case.objects.count()
    while have < until:
        batch = _Batch([], [], [])
        count = min(BATCH, until - have)
        minted = iter(keys.take(count * 3, now))
        for n in range(count):
            kind = ("raised", "in_hand")[n // 5 % 2] if n % 5 < 2 else "withdrawn"
            at_the_desk = kind != "withdrawn" and n % SHARE_OF_THE_DESK == 0
            spot = spots[0] if at_the_desk else random.choice(spots)
            _copy(models[kind], spot, serials, timedelta(seconds=random.randrange(-600, 0)), minted, batch)
        with transaction.atomic():
            _number_events(batch.events)
            insert(Case, batch.cases)
            insert(Event, batch.events)
            insert(Record, batch.records)
            serials.write_down()
            _move_sequence()
        have += count


def _copy(
    model: Model, spot: Spot, serials: Serials, later: timedelta, minted: Iterator[keys.Minted], batch: _Batch
) -> None:  # fmt: skip
    case_id, number = new_id(), serials.next(spot.county)
    same = {model.spot.desks[kind]: spot.desks[kind] for kind in spot.desks}
    same |= {model.spot.building: spot.building, model.stages[0][0].pk: case_id}
    told = {str(old): str(new) for old, new in same.items()} | {model.spot.path: spot.path}
    track, head = codes.track_of(codes.tracking_code(case_id)), b""
    for stage, event in model.stages:
        case = _like(stage, same, later)
        case.id, case.number, case.track, case.head = case_id, number, track, head
        case.path, case.county = spot.path, spot.county
        copied = _like(event, same, later)
        copied.id, copied.county = None, spot.county
        copied.data = _retold(event.data, told, later)
        if "note" in event.data:
            copied.data["note"] = str(note := new_id())
            batch.records.append(_record(cases.NOTE, note, spot.county, NOTE, SAID, next(minted)))
        copied.sealed, copied.prev = seal_of(case), head
        head = copied.digest = digest_of(copied)
        batch.events.append(copied)
    case.head = head
    batch.cases.append(case)
    for code, value in ((TEXT, WORDS), (CONTACT_PHONE, f"+86139{serials.count:08d}")):
        batch.records.append(_record(cases.SUBJECT, case_id, spot.county, code, value, next(minted)))


def _like(row: Any, same: Mapping[UUID, UUID], later: timedelta) -> Any:
    """Return a copy in memory with other ids and times moved. The row of no deadline stays at the end of time."""
    made = type(row)()
    for name, value in vars(row).items():
        if isinstance(value, UUID):
            vars(made)[name] = same.get(value, value)
        elif isinstance(value, datetime) and value.year < 9999:
            vars(made)[name] = value + later
        elif not name.startswith("_"):
            vars(made)[name] = value
    return made


def _retold(data: Mapping[str, Any], told: Mapping[str, str], later: timedelta) -> dict[str, Any]:
    found = {key: told.get(value, value) if isinstance(value, str) else value for key, value in data.items()}
    if found.get("due"):
        found["due"] = (datetime.fromisoformat(found["due"]) + later).isoformat()
    return found


def _record(kind: str, subject: UUID, county: str, code: str, value: str, key: keys.Minted) -> Record:
    return Record(
        county=county, subject_kind=kind, subject_id=subject, code=code, key_id=key.id,
        cipher=ciphers.seal(key.secret, value.encode(), about(kind, subject, code, county)),
        lookup=lookup_of(FIELDS[code], value),
    )  # fmt: skip


class Serials:
    """Case numbers after those that were leased so far."""

    def __init__(self) -> None:
        self._next = dict(NumberBlock.objects.values_list("county", "next_serial"))
        self.count = 0

    def next(self, county: str) -> str:
        self.count += 1
        serial = self._next.get(county, 1)
        self._next[county] = serial + 1
        return numbers._written(county, serial)  # noqa: SLF001 -- the shape of a number is told nowhere else

    def write_down(self) -> None:
        blocks = [NumberBlock(county=county, next_serial=serial) for county, serial in self._next.items()]
        NumberBlock.objects.bulk_create(
            blocks, update_conflicts=True, unique_fields=["county"], update_fields=["next_serial"]
        )


def _number_events(events: list[Event]) -> None:
    first = (Event.objects.aggregate(last=Max("id"))["last"] or 0) + 1
    for pk, event in enumerate(events, first):
        event.id = pk


def _move_sequence() -> None:
    """Let the database go on numbering after the rows that brought their own ids."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence('journal_event', 'id'), (SELECT max(id) FROM journal_event))"
            )
