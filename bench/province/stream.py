"""Blocks in, tables out: events in the order of time get positions, hours their seals, days their sums."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from bench.province.blocks import Block, Told, utc
from bench.province.plans import NULL, moment
from bench.province.tables import Loader
from linli.foundation.canonical import canonical
from linli.foundation.paths import ROOT, ancestors
from linli.foundation.worktime import SHANGHAI
from linli.kernel.figures.choices import VALUES
from linli.kernel.figures.models import STANDING_DAY, Spot
from linli.kernel.figures.registry import declared
from linli.kernel.journal.models import Seal
from linli.kernel.journal.queries import DAILY, HOURLY, sm3

HOUR = 3_600_000_000
AT_ONCE = 50_000
Cells = dict[tuple[int, str, str, str, str], Counter[str]]  # place, day, county, family, category


class Sealer:
    """The hourly seals of a stream and its daily roots, as the journal's job makes them."""

    def __init__(self, stream: str, last: Seal | None, loader: Loader) -> None:
        """Go on after ``last``, which covers all rows that are there."""
        self.stream = stream
        self.loader = loader
        self.position = last.to_position if last else 0
        self.digests: list[bytes] = []
        self.rows: list[str] = []
        self.first = self.position + 1
        self.heads = {HOURLY: bytes(last.digest) if last else b"", DAILY: b""}
        self.hourly = [bytes(last.digest)] if last else []
        self.root_from = 1
        self.day = str(last.sealed_at.astimezone(SHANGHAI).date()) if last else ""

    def add(self, digest: bytes) -> int:
        self.position += 1
        self.digests.append(digest)
        return self.position

    def seal(self, at: datetime) -> None:
        """Seal what has come since the last hour; first yesterday's root, if there is none yet."""
        day = str(at.astimezone(SHANGHAI).date())
        if self.hourly and day != self.day:
            self._make(DAILY, (self.root_from, self.first - 1), at, self.day, self.hourly)
            self.hourly, self.root_from = [], self.first
        if self.digests:
            digest = self._make(HOURLY, (self.first, self.position), at, "", self.digests)
            self.hourly.append(digest)
            self.first, self.digests, self.day = self.position + 1, [], day

    def _make(self, kind: str, span: tuple[int, int], at: datetime, day: str, below: list[bytes]) -> bytes:
        told = {
            "stream": self.stream, "kind": kind, "from_position": span[0], "to_position": span[1],
            "sealed_at": at, "day": day or None,
        }  # fmt: skip
        head = self.heads[kind]
        self.heads[kind] = digest = sm3(head, canonical(told), *below)
        self.rows.append("\t".join([
            self.stream, kind, str(span[0]), str(span[1]), moment(at), day or NULL, f"\\\\x{digest.hex()}", f"\\\\x{head.hex()}",
        ]))  # fmt: skip
        return digest

    def write(self) -> None:
        self.loader.put("seal", self.rows)
        self.rows = []


class Sums:
    """The sums of one day after another; what stands is summed up to the end. Places get their numbers here."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader
        self.figures = declared()
        self.cells: Cells = defaultdict(Counter)
        self.standing: Cells = defaultdict(Counter)
        self.day = ""
        self.spots = dict(Spot.objects.order_by("id").values_list("path", "id"))  # those of the stories
        self.told = len(self.spots)
        self.last = max(self.spots.values(), default=0)
        self.lines: dict[str, list[int]] = {}

    def add(self, cell: tuple[str, str, str, str], code: str, value: int) -> None:
        county, path, category, day = cell
        if day != self.day:
            self.write()
            self.day = day
        figure = self.figures[code]
        for place in self._line(path):
            for kind in ("", category):
                self.cells[place, day, county, figure.family, kind][figure.field] += value
                if figure.stock:
                    key = place, str(STANDING_DAY), county, figure.family, kind
                    self.standing[key][figure.field] += value

    def write(self) -> None:
        self._put(self.cells)
        self.cells = defaultdict(Counter)

    def finish(self) -> None:
        self.write()
        self._put(self.standing)

    def _put(self, cells: Cells) -> None:
        new = islice(self.spots.items(), self.told, None)
        self.loader.put("spot", [f"{number}\t{path}\t{_above(path)}" for path, number in new])
        self.told = len(self.spots)
        rows = []
        for cell, values in cells.items():
            if any(values.values()):
                told = [str(values[name] or NULL) for name in VALUES]
                rows.append("\t".join([*map(str, cell), *told]))
        self.loader.put("rollup", rows)

    def _line(self, path: str) -> list[int]:
        if path not in self.lines:
            line = [ROOT, *ancestors(path)]
            self.lines[path] = [self._spot(place) for place in line]
        return self.lines[path]

    def _spot(self, place: str) -> int:
        if place not in self.spots:
            self.last += 1
            self.spots[place] = self.last
        return self.spots[place]


def _above(path: str) -> str:
    return NULL if path == ROOT else path[: path.rindex("/", 0, -1) + 1]


class Stream:
    """Takes blocks in order of time and writes everything that depends on an event's place among all others."""

    def __init__(
        self, loader: Loader, events: Sealer, reads: Sealer, last_event: int, last_read: int
    ) -> None:
        self.loader = loader
        self.events, self.reads = events, reads
        self.event, self.read = last_event, last_read
        self.sums = Sums(loader)
        self.waiting: list[Told] = []
        self.hour = 0
        self.cases = 0

    def take(self, block: Block) -> None:
        """Load a block; its events up to its end, the later ones with the blocks they fall into."""
        for name, rows in block.rows.items():
            self.loader.put(name, rows)
        self.cases += block.cases
        merged = list(heapq.merge(self.waiting, block.events, key=lambda told: told.at))
        self.waiting = [told for told in merged if told.at >= block.until]
        self._write([told for told in merged if told.at < block.until])

    def finish(self) -> None:
        self._write(self.waiting)
        self.sums.finish()
        for sealer in (self.events, self.reads):
            sealer.write()

    def _write(self, events: list[Told]) -> None:
        for some in _batched(events):
            rows: dict[str, list[str]] = {
                name: []
                for name in ("event", "position", "notice", "counted", "standing", "read", "read_position")
            }
            for told in some:
                self._one(told, rows)
            for name, found in rows.items():
                self.loader.put(name, found)

    def _one(self, told: Told, rows: dict[str, list[str]]) -> None:
        if told.at >= self.hour + HOUR:
            self._seal(told.at)
        self.event += 1
        position = self.events.add(told.digest)
        rows["event"].append(f"{self.event}\t{told.row}")
        rows["position"].append(f"{position}\t{self.event}")
        rows["notice"] += [row.replace("%(event)s", str(self.event)) for row in told.notices]
        for figure, row, value in told.counted:
            rows["counted"].append(f"{figure}\t{position}\t{row}")
            self.sums.add(told.cell, figure, value)
        rows["standing"] += [
            f"{figure}\tcase\t{told.case}\t{position}\t{row}" for figure, row in told.standing
        ]
        for digest, row in told.reads:
            self.read += 1
            rows["read_position"].append(f"{self.reads.add(digest)}\t{self.read}")
            rows["read"].append(f"{self.read}\t{row}")

    def _seal(self, at: int) -> None:
        self.hour = at // HOUR * HOUR
        for sealer in (self.events, self.reads):
            sealer.seal(utc(self.hour) + timedelta(seconds=1))


def _batched(events: list[Told]) -> Iterator[list[Told]]:
    for start in range(0, len(events), AT_ONCE):
        yield events[start : start + AT_ONCE]
