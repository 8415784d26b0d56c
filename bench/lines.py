"""What is measured: each line's name, what it sends, and what is to be reached."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.load import Line, Plan, Run, Wrk
from bench.site import Session

JSON = {"Content-Type": "application/json"}
SAID = "三栋二单元楼道灯不亮，老人晚上上下楼不方便。"
AT_ONCE = 8
WARM = 4
BARE, INSERTS = "bare answer", "three rows"  # the floors: what of the machine is beside the line


@dataclass(frozen=True)
class How:
    seconds: int
    runs: int
    only: str
    cases: int
    keep: bool

    def wants(self, name: str) -> bool:
        return self.only in name


@dataclass(frozen=True)
class Target:
    """At least so many a second, or at most so many milliseconds in the middle."""

    rate: float = 0
    ms: float = 0

    def is_reached(self, line: Line) -> bool:
        return line.rate >= self.rate if self.rate else line.median(lambda run: run.p50) <= self.ms

    def __str__(self) -> str:
        return f"≥ {self.rate:g}/s" if self.rate else f"≤ {self.ms:g} ms"


@dataclass
class Asked:
    """A site to be asked, and who asks."""

    wrk: Wrk
    how: How
    clerk: Session
    county: Session
    stranger: Session
    told: dict[str, Any]
    settle: Callable[[], None]
    floors: Mapping[str, Callable[[int], Run]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.steps_taken = 0

    def measure(
        self, name: str, plan: Plan | Callable[[], Plan], clients: int = AT_ONCE, *, floor: str = BARE
    ) -> tuple[Line, Line | None] | None:
        """Warm up, then do the runs, after each of them the floor. None if the line is not wanted."""
        if not self.how.wants(name):
            return None
        made = plan if callable(plan) else lambda: plan
        self._check(made())
        line, beside = Line(name, clients), Line(floor, clients)
        self.wrk.run(made(), clients=clients, seconds=WARM, may_be_empty=True)
        for _run in range(self.how.runs):
            line.runs.append(self.wrk.run(made(), clients=clients, seconds=self.how.seconds))
            self.settle()
            if floor in self.floors:
                beside.runs.append(self.floors[floor](clients))
        print(f"  {name}, {clients}: {line.rate:.0f}/s", flush=True)
        return line, beside if beside.runs else None

    def _check(self, plan: Plan) -> None:
        """The first row must be answered as it should be: wrk takes a redirect for an answer."""
        if plan.once or plan.has_key:
            return
        path, _body = plan.rows[0]
        status, said, leads = self.stranger.__class__.ask(_as(self.stranger, plan), plan.method, path)
        if status != 200:
            raise RuntimeError(f"{plan.method} {path} was answered {status} {leads} {said[:300]}")

    def intake(self, who: Session) -> Plan:
        bodies = [
            json.dumps({"text": SAID, "place": place}, ensure_ascii=False) for place in self.told["places"]
        ]
        return Plan(
            [("/api/v1/requests", body) for body in bodies], "POST", who.headers(**JSON), has_key=True
        )

    def steps(self) -> Plan:
        """Sort cases that nobody has sorted yet."""
        share = len(self.told["to_sort"]) // (self.how.runs + 2)
        rows = self.told["to_sort"][self.steps_taken : self.steps_taken + share]
        self.steps_taken += share
        sent = [
            (
                f"/api/v1/requests/{pk}/sort",
                json.dumps({"version": version, "sort": "public", "reason": "law"}),
            )
            for pk, version in rows
        ]
        return Plan(sent, "POST", self.clerk.headers(**JSON), once=True)

    def reading(self, who: Session, *paths: str) -> Plan:
        return Plan([(path, "") for path in paths], "GET", who.headers())

    def photos(self, photo: Path) -> tuple[Line, None] | None:
        name = "intake with a photo"
        if not self.how.wants(name):
            return None
        line = Line(name, AT_ONCE)
        for _run in range(self.how.runs):
            headers, place = self.clerk.headers(), self.told["places"][0]
            run = self.wrk.run_photos(headers, place, photo, clients=AT_ONCE, seconds=self.how.seconds)
            line.runs.append(run)
        print(f"  {name}: {line.rate / 2:.0f}/s", flush=True)
        return line, None


def _as(session: Session, plan: Plan) -> Session:
    """A session that sends exactly the plan's headers."""
    found = Session.__new__(Session)
    found.port, found.cookies, found.plain = session.port, {}, dict(plan.headers)
    return found
