"""The cases of some days, made in a process of its own: who, where, when and how follow from the seed alone.

Keys, nonces and the ids of keys are random, as they always are.
"""

from __future__ import annotations

import os
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives import hashes

from bench.province.base import Spot
from bench.province.plans import KEPT, NULL, RECORD_ROW, Part, Plan, Value, moment
from linli.foundation.ids import new_id
from linli.foundation.worktime import SHANGHAI
from linli.kernel.cases.queries import codes
from linli.kernel.cases.services import numbers
from linli.kernel.vault.memory import ciphers, keys
from linli.shell.search.queries import tokens_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)

HOURS = (1, 0, 0, 0, 0, 1, 3, 6, 8, 7, 6, 5, 4, 4, 5, 5, 6, 7, 9, 10, 9, 7, 4, 2)
READ_WITHIN = timedelta(hours=3)
QUICK = timedelta(hours=3)  # the quickest story takes less


class Told(NamedTuple):
    """An event on its way to its position, with the rows that need the event's number."""

    at: int
    digest: bytes
    row: str
    notices: list[str]
    reads: list[tuple[bytes, str]]
    counted: list[tuple[str, str, int]]
    standing: list[tuple[str, str]]
    cell: tuple[str, str, str, str]  # county, path, category, day
    case: str


@dataclass
class Block:
    """Rows of whole tables, and events in order of time up to ``until`` and beyond it."""

    until: int
    rows: dict[str, list[str]] = field(default_factory=dict)
    events: list[Told] = field(default_factory=list)
    cases: int = 0


@dataclass(frozen=True)
class World:
    """What every process that makes blocks knows."""

    spots: list[Spot]
    weights: list[float]
    closed: list[Plan]
    shares: list[int]
    tokens: tuple[list[str], dict[str, str]]  # of each spot, of each category
    index_key: bytes
    master: bytes
    generation: int
    seed: str
    began: datetime
    now: datetime
    per_day: list[int]
    room: int  # serials of a county for a day
    first_serial: int


class Copyist:
    """Writes copies of plans."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.base: dict[int, dict[str, str]] = {}

    def day(self, number: int) -> Block:
        """Make the closed cases that were opened on one day."""
        world = self.world
        start = world.began + DAY * number
        random = Random(f"{world.seed}:{number}")
        block = Block(_micros(start + DAY))
        sums = list(accumulate(world.weights))
        serials: dict[str, int] = {}
        shares = list(accumulate(world.shares))
        quickest = min(range(len(world.closed)), key=lambda one: world.closed[one].length)
        minutes = sorted(
            60 * hour + random.randrange(60)
            for hour in random.choices(range(24), HOURS, k=world.per_day[number])
        )
        for minute in minutes:
            spot = bisect(sums, random.random() * sums[-1])
            found = world.closed[bisect(shares, random.randrange(shares[-1]))]
            at = start + timedelta(minutes=minute, seconds=random.randrange(60))
            if at + found.length + HOUR > world.now:  # what is closed has had its time
                at, found = max(start, at - QUICK), world.closed[quickest]
            county = world.spots[spot].county
            serial = serials[county] = serials.get(county, 0) + 1
            if serial > world.room:
                raise RuntimeError(f"{county} has more than {world.room} cases on one day.")
            self.write(block, found, spot, at, world.first_serial + number * world.room + serial, random)
        block.events.sort(key=lambda told: told.at)
        return block

    def write(self, block: Block, found: Plan, spot: int, at: datetime, serial: int, random: Random) -> UUID:
        """Write one copy; its id says when it was opened."""
        shift = at - found.base
        case_id = _id(at, random)
        values = self._values(found, spot, shift)
        county = values["county"]
        values |= {
            "case": str(case_id), "number": numbers._written(county, serial), "category": found.category,  # noqa: SLF001 -- the shape of a number is told nowhere else
            "track": codes.track_of(codes.tracking_code(case_id)), "key": random.randbytes(32).hex(), "body": random.randbytes(32).hex(),
        }  # fmt: skip
        moments = [found.base + shift + part.at for part in found.parts]
        for name, when in zip(found.notes, _note_times(found, moments), strict=True):
            values[name] = str(_id(when, random))
        for name in found.call_names:
            values[name] = str(_id(at, random))
        phone = f"+86139{random.randrange(10**8):08d}".encode()
        self._parts(block, found, values, moments, random)
        self._rest(block, found, values, spot, moments, phone)
        block.cases += 1
        return case_id

    def _values(self, found: Plan, spot: int, shift: timedelta) -> dict[str, str]:
        if spot not in self.base:
            place = self.world.spots[spot]
            values = {"place": str(place.building), "path": place.path, "county": place.county}
            for kind, seat in place.seats.items():
                short = kind.replace(":", "_")
                values |= {
                    f"desk_{short}": str(seat.desk),
                    f"account_{short}": str(seat.account),
                    f"post_{short}": str(seat.post),
                }
            self.base[spot] = values
        filled = dict(self.base[spot])
        first = found.base + shift
        for name, offset in found.offsets.items():
            at = first + offset
            filled[name] = f"{(spelt := at.isoformat()[:19])}.000000Z"
            filled[f"{name}i"] = f"{spelt}+00:00"
        return filled

    def _parts(
        self, block: Block, found: Plan, values: dict[str, str], moments: list[datetime], random: Random
    ) -> None:
        """Write the events one after another, each with the digest of the one before."""
        head = ""
        cell = (values["county"], values["path"], found.category)
        for number, part in enumerate(found.parts):
            at = moments[number]
            values["day"] = day = _day(at)
            values["data"], values["prev"] = part.data % values, head
            values["sealed"] = _sm3((part.sealed % values).encode()).hex()
            digest = _sm3((part.digested % values).encode())
            values["digest"] = head = digest.hex()
            block.events.append(Told(
                _micros(at), digest, part.event % values, self._notices(part, values, at, random),
                self._reads(part, values), [(code, row % values, value) for code, row, value in part.counted],
                [(code, row % values) for code, row in found.standing] if part is found.parts[-1] else [],
                (*cell, day), values["case"],
            ))  # fmt: skip
            values["digest"] = head

    def _notices(self, part: Part, values: dict[str, str], at: datetime, random: Random) -> list[str]:
        was_read = moment(at + READ_WITHIN) if at + READ_WITHIN < self.world.now else NULL
        found = []
        for row, is_unread in part.notices:
            own = {
                **values,
                "id": str(_id(at, random)),
                "event": "%(event)s",
                "read": was_read if is_unread else NULL,
            }
            found.append(row % own)
        return found

    def _reads(self, part: Part, values: dict[str, str]) -> list[tuple[bytes, str]]:
        found = []
        for told, row, _at in part.reads:
            digest = _sm3((told % values).encode())
            found.append((digest, row % {**values, "digest": digest.hex()}))
        return found

    def _rest(
        self,
        block: Block,
        found: Plan,
        values: dict[str, str],
        spot: int,
        moments: list[datetime],
        phone: bytes,
    ) -> None:
        """Write what needs no position: the case, its values and their keys, calls, passages, what finds it."""
        rows = block.rows
        put = lambda table, row: rows.setdefault(table, []).append(row)
        put("case", found.case % values)
        for call in found.calls:
            put("call", call % values)
        for desk in dict.fromkeys(desk % values for part in found.parts for desk in part.passages):
            put("passage", f"{desk}\t{values['case']}")
        until = moments[-1] + found.kept_for if found.kept_for else None
        for number, part in enumerate(found.parts):
            for value in part.values:
                self._keep(rows, value, values, moments[number], until, phone)
        if until is None or until > self.world.now:
            names, labels = self.world.tokens
            told = f"{tokens_of([values['number']])} {names[spot]} {labels[found.category]}"
            put("entry", f"{values['case']}\t{values['county']}\t{told}")

    def _keep(
        self, rows: dict[str, list[str]], value: Value, values: dict[str, str], at: datetime, until: datetime | None, phone: bytes
    ) -> None:  # fmt: skip
        """Seal a value under a key of its own; what has been kept for its time is empty and its key gone."""
        subject, county = values[value.subject], values["county"]
        row = dict.fromkeys(KEPT, NULL) | {
            "county": county, "subject_kind": value.kind, "subject_id": subject, "code": value.code,
        }  # fmt: skip
        if until and until <= self.world.now:
            row |= {"cipher": "\\\\x", "erased_at": moment(until + HOUR)}
        else:
            plain = phone if value.is_phone else value.plain
            key, secret = new_id(), os.urandom(keys.KEY_BYTES)
            cipher = ciphers.seal(
                secret, plain, f'["{value.kind}","{subject}","{value.code}","{county}"]'.encode()
            )
            row |= {
                "key_id": str(key),
                "cipher": f"\\\\x{cipher.hex()}",
                "keep_until": moment(until) if until else NULL,
            }
            if value.is_phone:
                row["lookup"] = f"\\\\x{ciphers.mac(self.world.index_key, value.code, plain.decode()).hex()}"
            wrapped = ciphers.seal(self.world.master, secret, key.bytes)
            rows.setdefault("key", []).append(
                f"{key}\t\\\\x{wrapped.hex()}\t{self.world.generation}\t{moment(at)}"
            )
        rows.setdefault("record", []).append(RECORD_ROW % row)


def _note_times(found: Plan, moments: list[datetime]) -> Iterator[datetime]:
    return (moments[int(name.removeprefix("note"))] for name in found.notes)


def _sm3(told: bytes) -> bytes:
    hasher = hashes.Hash(hashes.SM3())
    hasher.update(told)
    return hasher.finalize()


def _micros(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)


def _id(at: datetime, random: Random) -> UUID:
    """A UUIDv7 of that time, from the seed."""
    bits = random.getrandbits(74)
    number = (
        int(at.timestamp() * 1000) << 80 | 0x7 << 76 | (bits >> 62) << 64 | 0x2 << 62 | bits & (1 << 62) - 1
    )
    return UUID(int=number)


def _day(at: datetime) -> str:
    return str(at.astimezone(SHANGHAI).date())


_world: list[Copyist] = []


def begin(world: World) -> None:
    """Make this process a copyist."""
    _world[:] = [Copyist(world)]


def day(number: int) -> Block:
    return _world[0].day(number)


def utc(micros: int) -> datetime:
    return datetime.fromtimestamp(micros / 1_000_000, UTC)
