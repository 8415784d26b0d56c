"""Random walks over a flow: any step, by anybody, with good and bad input, at any later time.

Every attempt goes through the one door. After each, whatever holds of a case is looked
at again in the database: a taken step has left exactly one event, a refused one nothing.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max

from linli.foundation.errors import Absent, DomainError, InvalidInput, NotAllowed, WrongState
from linli.foundation.flow import CompiledFlow
from linli.foundation.rules import Moment
from linli.kernel.cases import jobs, registry, services
from linli.kernel.cases.models import NEVER, Assignment, Case
from linli.kernel.journal import memory
from linli.kernel.journal.models import Event, Stamp
from linli.kernel.journal.queries import digest_of, seal_of
from linli.kernel.people import queries as people
from linli.kernel.rulebook import queries as rulebook
from linli.kernel.vault.models import Record
from tests.proofs import actors, replay
from tests.world import TEN, World

AT_ONCE = 12  # cases that are worked on side by side
LATEST = datetime.fromisoformat("2026-11-01T00:00:00+00:00")  # ahead of it lie two published months
REFUSED = (NotAllowed, WrongState, InvalidInput, Absent)


class Walk:
    """One walk over one flow in one world. ``taken`` counts rows, ``refused`` classes of refusal."""

    def __init__(self, world: World, flow: str, seed: int) -> None:
        self.world, self.flow, self.seed = world, flow, seed
        self.pick = random.Random(seed)
        self.now = TEN
        self.cast = actors.Cast(world, TEN)
        self.rules = replay.Rules.stored()
        _version, self.compiled = rulebook.profile(flow, world.building.path, TEN.date())
        self.birth = registry.get(flow).birth
        self.cases: list[Any] = []
        self.raised = 0
        self.by_clock = 0
        self.taken: Counter[str] = Counter()
        self.edges: Counter[tuple[str, str, str]] = Counter()
        self.refused: Counter[str] = Counter()
        self.events: dict[Any, list[Any]] = {}
        for stamp in Stamp.objects.values_list("name", flat=True):
            memory.forget(stamp)  # the world stands: what is remembered of it may be kept
        self._move_on()

    @property
    def attempts(self) -> int:
        return self.taken.total() + self.refused.total()

    def go(self, *, attempts: int, taken: int = 0) -> None:
        """Try at least so many steps, of which so many were taken; a failure names seed and attempt."""
        while self.attempts < attempts or self.taken.total() < taken:
            try:
                self._one()
            except Exception as error:
                error.add_note(f"walk over {self.flow!r}: seed {self.seed}, attempt {self.attempts + 1}")
                raise

    def _one(self) -> None:
        self._let_time_pass()
        if len(self.cases) < AT_ONCE or self.pick.random() < 0.02:
            self._raise()
        elif self.pick.random() < 0.03:
            self._let_the_clock_work()
        else:
            self._step()

    def _let_time_pass(self) -> None:
        longest = self.pick.choice([0, 0, 5, 5, 40, 40, 240, 60 * 30])
        self.now += timedelta(minutes=self.pick.randrange(longest + 1), seconds=self.pick.randrange(60))
        if self.now > LATEST:  # what is still open stays behind: another walk's time begins
            self.now, self.cases = TEN + timedelta(seconds=self.raised), []

    def _raise(self) -> None:
        entry = actors.raising(
            self.flow, self.pick.choice([self.world.building, self.world.grid2]).pk, self.pick
        )
        bad = self.pick.random() < 0.1
        entry = actors.spoiled(entry, self.pick) if bad else entry
        who = self.pick.choice(["stranger", "grid", "community"])
        self._open("request", entry, self.cast.moment(who, None, self.now), bad=bad)

    def _open(self, flow: str, entry: dict[str, Any], moment: Moment, *, bad: bool) -> None:
        """Raise something. What is bad is refused and leaves nothing; everything else is taken."""
        cases = Case.objects.count()
        try:
            opened = services.open_case(flow=flow, data=entry, moment=moment)
        except REFUSED as refusal:
            assert bad, refusal
            self._refusal(refusal)
            assert Case.objects.count() == cases
            self._check_nothing_happened()
            return
        assert not bad, f"bad input was taken: {entry}"
        assert Case.objects.count() == cases + 1
        self.raised += 1
        if opened.case.flow == self.flow:
            self.cases.append(opened.case.pk)
        self._look(opened.case.pk, 1)
        self._move_on()

    def _let_the_clock_work(self) -> None:
        """The job takes whatever has run out; each case it touched is looked at, the others are as before."""
        before = {row["id"]: row for row in Case.objects.filter(pk__in=self.cases).values()}
        jobs.deadlines(self.now)
        jobs.resumptions(self.now)
        jobs.calls(self.now)
        new = Counter(Event.objects.filter(id__gt=self.newest).values_list("subject_id", flat=True))
        after = {row["id"]: row for row in Case.objects.filter(pk__in=self.cases).values()}
        assert [pk for pk in before if before[pk] != after[pk]] == [pk for pk in before if pk in new]
        self.by_clock += new.total()
        for pk in new:
            self._look(pk, new[pk])
        self._move_on()

    def _step(self) -> None:
        pk = self.pick.choice(self.cases)
        before = _rows(pk)
        case = Case.from_db("default", list(before[0]), list(before[0].values()))
        step, who = self._choose(case)
        moment = self._moment(who, case)
        bad = self.pick.random() < 0.08
        entry = actors.usual(step, case, self.pick, self.now)
        entry = actors.spoiled(entry, self.pick) if bad else entry
        stale = self.pick.random() < 0.03
        promised = not (bad or stale) and self._promised(case, step, moment)
        version = case.version - 1 if stale else case.version
        try:
            services.take(case_id=pk, step=step, data=entry, moment=moment, version=version)
        except DomainError as refusal:
            assert not promised, (
                f"{step} by {who} from {case.state} was refused: {refusal!r} {refusal.message}"
            )
            self._refusal(refusal)
            assert _rows(pk) == before, f"{step}: refused, and something has changed"
            self._check_nothing_happened()
            return
        assert promised, f"{step} by {who} from {case.state} was taken (bad={bad}, stale={stale}): {entry}"
        after = self._look(pk, 1)
        self._move_on()
        if after.flow != self.flow or (after.state in self.compiled.flow.final and self.pick.random() < 0.3):
            self.cases.remove(pk)

    def _promised(self, case: Case, step: str, moment: Any) -> bool:
        row = self._compiled(case).steps.get(step)
        return row is not None and step != self.birth and case.state in row.sources and row.who.allows(moment)

    def _compiled(self, case: Case) -> CompiledFlow:
        return rulebook.profile_of(case.flow, case.rules_id)

    def _choose(self, case: Case) -> tuple[str, str]:
        """Mostly what the state offers and somebody may, rather what was rare so far; else anything by anybody."""
        people = self.pick.sample(self.cast.everybody, len(self.cast.everybody))
        if self.pick.random() < 0.15:
            return self.pick.choice([*self.compiled.flow.steps, "no_such_step"]), people[0]
        rows = [step for step in self.compiled.steps.values() if case.state in step.sources]
        self.pick.shuffle(rows)
        rows.sort(key=lambda row: self._worn(case.state, row) * self.pick.random())
        for row in rows:
            if self.pick.random() < 0.15:
                return row.name, people[0]
            may = (who for who in people if row.who.allows(self._moment(who, case)))
            if who := next(may, ""):
                return row.name, who
        self.cases.remove(case.pk)  # nothing can be done with it any more
        return "no_such_step", people[0]

    def _worn(self, state: str, row: Any) -> int:
        """How often this way was gone; ends are made to look worn, so that cases live long enough."""
        ends = set(row.targets) & (self.compiled.flow.final | {"dispatched", "returned"})
        return self.edges[state, row.name, ""] * (8 if ends else 1)

    def _moment(self, who: str, case: Case) -> Moment:
        return replace(self.cast.moment(who, case, self.now), profile=self._compiled(case).profile)

    def _refusal(self, refusal: DomainError) -> None:
        kind = next((one.__name__ for one in REFUSED if isinstance(refusal, one)), "")
        assert kind, f"an answer that no step gives: {refusal!r}"
        self.refused[kind] += 1

    def _check_nothing_happened(self) -> None:
        assert (_last(Event), _last(Record)) == (self.newest, self.newest_value), (
            "refused, and something was written"
        )

    def _move_on(self) -> None:
        self.newest, self.newest_value = _last(Event), _last(Record)

    def _look(self, pk: Any, new: int) -> Case:
        """Whatever must hold of a case, whatever has been done to it."""
        case = Case.objects.get(pk=pk)
        compiled = self._compiled(case)
        mine = Event.objects.filter(subject_kind="case", subject_id=pk)
        fresh = list(mine.filter(id__gt=self.newest).order_by("version"))
        assert len(fresh) == new, "one event for one step"
        events = self.events.setdefault(pk, [])
        before = bytes(events[-1].digest) if events else b""
        events += fresh
        assert [event.version for event in events] == list(range(1, case.version + 1)), (
            "a version is an event"
        )
        _check_chain(case, before, fresh)
        assert case.state in compiled.states(), f"{case.state} is no state of {compiled.profile.key}"
        assert people.desks().get(case.holder_id) is not None, "nobody holds it"
        assert (case.closed_at is None) == (case.closed_how == "") == (case.state not in compiled.flow.final)
        assert (case.due_at, case.due_pending) == replay.expected(events, self.rules), (
            "the deadline is no replay"
        )
        assert case.sort_at == (case.due_at or NEVER)
        for event in fresh:
            self._note(event)
        return case

    def _note(self, event: Any) -> None:
        flow, _dot, step = event.name.partition(".")
        if flow != self.flow:
            return
        row = self.compiled.steps[step]
        assert event.from_state in row.sources, f"{step} from {event.from_state}"
        assert event.to_state in (row.targets or (event.from_state,)), f"{step} to {event.to_state}"
        assert event.by_kind in ("person", "code", "anonymous", "clock")
        assert event.at == self.now
        self.taken[step] += 1
        self.edges[event.from_state, step, event.to_state] += 1
        self.edges[event.from_state, step, ""] += 1

    def not_taken(self) -> set[str]:
        return set(self.compiled.steps) - set(self.taken)

    def ways(self) -> tuple[int, int]:
        """How many of the table's (from, step) pairs were gone, and how many there are."""
        there = {(source, row.name) for row in self.compiled.steps.values() for source in row.sources}
        return len(there & {(source, step) for source, step, _to in self.edges}), len(there)

    def told(self) -> str:
        ways, there = self.ways()
        rows = len(self.compiled.steps)
        rare = ", ".join(f"{step} {count}" for step, count in self.taken.most_common()[:-6:-1])
        return (
            f"{self.compiled.profile.key}/{self.flow}: seed {self.seed}, {self.attempts} attempts = "
            f"{self.taken.total()} taken ({self.by_clock} by the clock's job) + {self.refused.total()} refused "
            f"{dict(self.refused)}; {self.raised} cases; rows {rows - len(self.not_taken())}/{rows}, "
            f"ways {ways}/{there}; rarest: {rare}"
        )


def _check_chain(case: Case, before: bytes, fresh: list[Any]) -> None:
    for event in fresh:
        assert bytes(event.prev) == before, "the chain is broken"
        assert digest_of(event) == bytes(event.digest), "an event is not what its digest says"
        before = bytes(event.digest)
    assert before == bytes(case.head), "the head is not the last event"
    assert bytes(fresh[-1].sealed) == seal_of(case), "a sealed column was changed beside the journal"
    assert fresh[-1].to_state == case.state


def _rows(pk: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    return Case.objects.filter(pk=pk).values().get(), list(
        Assignment.objects.filter(case=pk).order_by("id").values()
    )


def _last(model: Any) -> int:
    return model.objects.aggregate(last=Max("id"))["last"] or 0
