"""State flows as tables, and the local profiles that switch their rows.

A flow has one row per step: from which states it may be taken, where it leads,
who may take it, which clock it starts. Everything that depends on a flow
(buttons, API, permissions, deadlines, events, diagrams, tests) reads this table;
nothing else compares states.

A local practice is a :class:`Profile`: some rows off, one of each group of
alternatives chosen. It is compiled once. A switched-off row A→B of the main line
is contracted: what led to A leads to B. Other switched-off rows just go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from linli.foundation.errors import NotAllowed, WrongState
from linli.foundation.rules import Moment, Rule

NEW = ""  # the state of what does not exist yet
STAY = "="  # the outcome of a step that leaves the state as it is


class FlowError(ValueError):
    """The table, or a profile of it, cannot work; the message says where."""


@dataclass(frozen=True, slots=True)
class Step:
    """One row. ``to`` holds the possible outcomes; a service chooses if there are several.

    name      the verb: service, URL, operation and event share it
    label     what the button says
    sources   states it may be taken from
    to        the state it leads to, or a tuple of possible ones
    who       a rule that can say why it refuses
    clock     the limit that starts with it (a rulebook key), "" keeps the running one,
              None stops it
    form      the Django form that is the one declaration of its input
    service   says what changes; None changes nothing but the state
    switch    the row can be off in a profile
    group     rows of one group are alternatives; a profile chooses one
    detour    not on the main line: when off it goes, it is not contracted
    happened  what the timeline says when it has been done
    hint      what happens next, under the button
    icon      the symbol on the button
    weight    "main" for the one filled button, "quiet" for a link
    told      the words said with it are for the resident too
    """

    name: str
    label: Any
    sources: Sequence[str]
    to: str | tuple[str, ...]
    who: Rule
    clock: str | None = ""
    form: Any = None
    service: Callable[..., Any] | None = None
    switch: str = ""
    group: str = ""
    detour: bool = False
    happened: Any = ""
    hint: Any = ""
    icon: str = ""
    weight: str = ""
    told: bool = False

    @property
    def targets(self) -> tuple[str, ...]:
        """The states it can lead to; none for a step that stays."""
        if self.to == STAY:
            return ()
        return (self.to,) if isinstance(self.to, str) else self.to


@dataclass(frozen=True, slots=True)
class Profile:
    """A local practice: switches that are on, and one choice per group of alternatives."""

    key: str = "default"
    on: frozenset[str] = frozenset()
    choose: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offer:
    """One step as one actor sees it: on offer, or refused and why."""

    step: Step
    refusal: Any


class Flow:
    """The whole table. ``states`` gives each state its label; ``final`` ends the work."""

    def __init__(
        self,
        name: str,
        title: Any,
        *,
        states: Mapping[str, Any],
        final: Iterable[str],
        steps: Sequence[Step],
        confidential: bool = False,
    ) -> None:
        self.name = name
        self.title = title
        self.states = dict(states)
        self.final = frozenset(final)
        self.steps = {step.name: step for step in steps}
        self.confidential = confidential
        if len(self.steps) != len(steps):
            raise FlowError(f"Flow {name!r} has two steps of one name.")
        known = {NEW, *self.states}
        for step in steps:
            if strange := (set(step.sources) | set(step.targets)) - known:
                raise FlowError(f"Step {step.name!r} of {name!r} names unknown states {sorted(strange)}.")

    @property
    def switches(self) -> set[str]:
        return {step.switch for step in self.steps.values() if step.switch}

    @property
    def groups(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for step in self.steps.values():
            if step.group:
                found.setdefault(step.group, []).append(step.name)
        return found

    def compile(self, profile: Profile) -> CompiledFlow:
        """Return the flow as this profile has it, or raise :class:`FlowError` and say why not."""
        self._check_words(profile)
        rows = [step for step in self.steps.values() if self._chosen(step, profile)]
        kept = [step for step in rows if not step.switch or step.switch in profile.on]
        merged = self._contract(step for step in rows if step not in kept)
        moved = [_renamed(step, merged, self.final) for step in kept]
        compiled = CompiledFlow(self, profile, merged, {step.name: step for step in moved})
        compiled.drop_unreachable()
        compiled.check(profile)
        return compiled

    def _check_words(self, profile: Profile) -> None:
        if strange := profile.on - self.switches:
            raise FlowError(
                f"Profile {profile.key!r} switches what {self.name!r} does not have: {sorted(strange)}."
            )
        for group, name in profile.choose.items():
            if name not in self.groups.get(group, []):
                raise FlowError(
                    f"Profile {profile.key!r} chooses {name!r}, which is no {group!r} of {self.name!r}."
                )

    def _chosen(self, step: Step, profile: Profile) -> bool:
        if not step.group:
            return True
        return profile.choose.get(step.group, self.groups[step.group][0]) == step.name

    def _contract(self, off: Iterable[Step]) -> dict[str, str]:
        """Map each state that disappears to the one it becomes."""
        merged: dict[str, str] = {}
        for step in off:
            if step.detour or not step.targets:
                continue
            for source in step.sources:
                merged[source] = step.targets[0]
        for state in merged:
            _resolve(state, merged, self.name)
        return {state: _resolve(state, merged, self.name) for state in merged}

    def as_mermaid(self) -> str:
        """Draw the flow for the docs."""
        lines = [
            f"    {source or '[*]'} --> {target}: {step.name}"
            for step in self.steps.values()
            for source in step.sources
            for target in step.targets
        ]
        return "\n".join(["stateDiagram-v2", *lines])


class CompiledFlow:
    """A flow under one profile: what the door reads."""

    def __init__(
        self, flow: Flow, profile: Profile, merged: Mapping[str, str], steps: dict[str, Step]
    ) -> None:
        self.flow = flow
        self.profile = profile
        self.merged = merged
        self.steps = steps
        self._leading: dict[str, tuple[Step, ...]] = {}

    @property
    def name(self) -> str:
        return self.flow.name

    def state(self, state: str) -> str:
        """Return where a state of the table lies under this profile."""
        return self.merged.get(state, state)

    def check(self, profile: Profile) -> None:
        """Refuse unreachable rows that were asked for, and states nothing leads out of."""
        for step in self.flow.steps.values():
            asked = step.switch in profile.on or profile.choose.get(step.group) == step.name
            on = (not step.switch or step.switch in profile.on) and self.flow._chosen(step, profile)  # noqa: SLF001 -- same file
            if asked and on and step.name not in self.steps:
                raise FlowError(f"Step {step.name!r} can never be reached in profile {profile.key!r}.")
        ends = set(self.flow.final)
        for state in self.states():
            if state not in ends and not ends & self._reach(state):
                raise FlowError(f"State {state!r} is a dead end in profile {profile.key!r}.")

    def states(self) -> set[str]:
        return self._reach(NEW)

    def drop_unreachable(self) -> None:
        reached = {NEW} | self._reach(NEW)
        self.steps = {
            name: replace(step, sources=[s for s in step.sources if s in reached])
            for name, step in self.steps.items()
            if reached & set(step.sources)
        }

    def _reach(self, start: str) -> set[str]:
        reached: set[str] = set()
        edge = {start}
        while edge:
            edge = {
                target for step in self.steps.values() if edge & set(step.sources) for target in step.targets
            } - reached
            reached |= edge
        return reached

    def take(self, name: str, moment: Moment) -> Step:
        """Return the row if it may be taken now, else raise why not.

        The right is checked before the state, so that somebody without the right
        learns nothing about the state. A row that is off is a wrong state (409).
        """
        step = self.steps.get(name)
        if step is None:
            raise WrongState(OFF)
        if refusal := step.who.refusal(moment):
            raise NotAllowed(refusal)
        if moment.subject.state not in step.sources:
            raise WrongState(TOO_LATE)
        return step

    def offers(self, moment: Moment) -> list[Offer]:
        """List the steps that lead on from the subject's state."""
        return [Offer(step, step.who.refusal(moment)) for step in self.leading_from(moment.subject.state)]

    def leading_from(self, state: str) -> tuple[Step, ...]:
        """List the rows that lead on from a state."""
        if state not in self._leading:
            self._leading[state] = tuple(step for step in self.steps.values() if state in step.sources)
        return self._leading[state]

    def label(self, name: str) -> Any:
        """Name a step as people know it, even one that this profile does not have."""
        step = self.flow.steps.get(name)
        return step.label if step else name

    def sequences(self, *, leaving_out: Iterable[str] = ()) -> Iterator[tuple[str, ...]]:
        """Yield each way from nothing to an end that visits no state twice."""
        skipped = set(leaving_out)
        rows = [step for step in self.steps.values() if step.name not in skipped]

        def walk(state: str, seen: tuple[str, ...], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
            if state in self.flow.final:
                yield path
                return
            for step in rows:
                if state in step.sources:
                    for target in step.targets:
                        if target not in seen:
                            yield from walk(target, (*seen, target), (*path, step.name))

        yield from walk(NEW, (NEW,), ())


# The sentences are set by the web layer's catalogue; plain Python keeps them here.
OFF = "这一步在本地没有启用。"
TOO_LATE = "情况已经变了，请刷新后再看。"


def _renamed(step: Step, merged: Mapping[str, str], final: frozenset[str]) -> Step:
    """Put a row on the states that are left.

    A row keeps the sources that stand. Only one that has lost them all moves along with
    them: what could be done before an acceptance does not become possible after it
    because a place accepts once. What has ended by contraction is no source of work.
    """
    standing = [source for source in step.sources if source not in merged]
    moved = [
        source for source in dict.fromkeys(merged.get(s, s) for s in step.sources) if source not in final
    ]
    targets = tuple(dict.fromkeys(merged.get(t, t) for t in step.targets))
    to = targets[0] if len(targets) == 1 else targets
    return replace(step, sources=standing or moved, to=to if targets else step.to)


def _resolve(state: str, merged: Mapping[str, str], flow: str) -> str:
    seen = [state]
    while state in merged:
        state = merged[state]
        if state in seen:
            raise FlowError(f"Flow {flow!r}: switching off every row of {seen} leaves a circle.")
        seen.append(state)
    return state
