"""Random tables and random practices: what compiling keeps, and what it refuses."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from linli.foundation.flow import NEW, Flow, FlowError, Profile, Step
from linli.foundation.rules import anyone

EXAMPLES = settings(max_examples=400, deadline=None)
END = "end"


@dataclass(frozen=True)
class Row:
    """One row of a random table, written down apart from ``Step``."""

    name: str
    source: str
    target: str
    switch: str
    detour: bool


def flow_of(rows: list[Row], states: list[str]) -> Flow:
    steps = [
        Step(row.name, row.name, [row.source], row.target, anyone, switch=row.switch, detour=row.detour)
        for row in rows
    ]
    return Flow("random", "random", states={state: state for state in states}, final=[END], steps=steps)


@st.composite
def lines(draw):
    """A main line from nothing to the end; each row but the first may have a switch."""
    length = draw(st.integers(2, 7))
    states = [f"s{n}" for n in range(length - 1)] + [END]
    rows = [Row("r0", NEW, states[0], "", False)]
    for n in range(1, length):
        switch = f"w{draw(st.integers(0, 3))}" if draw(st.booleans()) else ""
        rows.append(Row(f"r{n}", states[n - 1], states[n], switch, False))
    on = frozenset(draw(st.sets(st.sampled_from(["w0", "w1", "w2", "w3"]))))
    return rows, states, on & {row.switch for row in rows}


@st.composite
def tables(draw):
    """A main line with rows across it, back and forth, some of them behind switches."""
    rows, states, _on = draw(lines())
    for n in range(draw(st.integers(0, 6))):
        source, target = draw(st.sampled_from(states)), draw(st.sampled_from(states))
        switch = f"w{draw(st.integers(0, 3))}" if draw(st.booleans()) else ""
        rows.append(Row(f"d{n}", source, target, switch, True))
    if draw(st.booleans()):  # a state that nothing need lead out of
        rows.append(
            Row("trap", draw(st.sampled_from(states)), "trap", draw(st.sampled_from(["", "w0"])), True)
        )
        states = [*states, "trap"]
    on = frozenset(draw(st.sets(st.sampled_from(["w0", "w1", "w2", "w3"]))))
    return rows, states, on & {row.switch for row in rows}


def kept(rows: list[Row], on: frozenset[str]) -> list[Row]:
    return [row for row in rows if not row.switch or row.switch in on]


def becomes(rows: list[Row], on: frozenset[str], state: str) -> str:
    """Follow the switched-off rows of the main line by hand until one is on."""
    while row := next(
        (r for r in rows if r.source == state and not r.detour and r.switch and r.switch not in on), None
    ):
        state = row.target
    return state


def graph(rows: list[Row], on: frozenset[str]) -> dict[str, set[str]]:
    """Return who leads where when every state stands for what it becomes. What has ended leads nowhere by that."""
    edges: dict[str, set[str]] = {}
    for row in kept(rows, on):
        source, target = becomes(rows, on, row.source), becomes(rows, on, row.target)
        if source == END and row.source != END:
            continue
        edges.setdefault(source, set()).add(target)
    return edges


def reached(edges: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    stack = [start]
    while stack:
        for state in edges.get(stack.pop(), set()) - found:
            found.add(state)
            stack.append(state)
    return found


def has_dead_end(rows: list[Row], on: frozenset[str]) -> bool:
    edges = graph(rows, on)
    return any(state != END and END not in reached(edges, state) for state in reached(edges, NEW))


def cannot_all_be_reached(rows: list[Row], on: frozenset[str]) -> bool:
    edges = graph(rows, on)
    alive = {NEW} | reached(edges, NEW)
    asked = [row for row in rows if row.switch in on]
    here = {row.name: becomes(rows, on, row.source) for row in asked}
    return any(here[row.name] not in alive or (here[row.name] == END != row.source) for row in asked)


@EXAMPLES
@given(lines())
def test_on_a_line_what_is_left_follows_in_the_same_order(line):
    rows, states, on = line

    compiled = flow_of(rows, states).compile(Profile("x", on))

    assert list(compiled.sequences()) == [tuple(row.name for row in kept(rows, on))]
    event(f"{len(rows) - len(kept(rows, on))} rows off")


@EXAMPLES
@given(tables())
def test_contraction_keeps_what_can_be_reached_and_accepts_no_dead_end(table):
    rows, states, on = table
    try:
        compiled = flow_of(rows, states).compile(Profile("x", on))
    except FlowError as refusal:
        event("refused")
        assert has_dead_end(rows, on) or cannot_all_be_reached(rows, on), refusal
        return
    event("accepted")
    assert not cannot_all_be_reached(rows, on)
    edges = graph(rows, on)
    assert compiled.states() == reached(edges, NEW)
    assert not has_dead_end(rows, on)
    alive = {NEW} | compiled.states()
    for step in compiled.steps.values():
        assert not step.switch or step.switch in on
        assert step.sources, "a row that cannot be taken is left"
        assert set(step.sources) <= alive
        assert set(step.targets) <= alive


@EXAMPLES
@given(tables())
def test_a_row_that_was_asked_for_is_there_or_the_practice_is_refused(table):
    rows, states, on = table
    try:
        compiled = flow_of(rows, states).compile(Profile("x", on))
    except FlowError:
        return
    assert {row.name for row in rows if row.switch in on and row.switch} <= set(compiled.steps)


@EXAMPLES
@given(tables(), st.text("wxyz0123456789", min_size=1, max_size=3))
def test_a_switch_nobody_has_is_refused(table, word):
    rows, states, _on = table
    if word in {row.switch for row in rows}:
        return
    with pytest.raises(FlowError, match="does not have"):
        flow_of(rows, states).compile(Profile("x", frozenset({word})))


@EXAMPLES
@given(tables())
def test_compiling_one_practice_leaves_the_table_and_every_other_practice_alone(table):
    rows, states, on = table
    flow = flow_of(rows, states)
    try:
        before = flow.compile(Profile("x", on)).steps
    except FlowError:
        return
    for other in [frozenset(), frozenset(flow.switches)]:
        try:
            flow.compile(Profile("y", other))
        except FlowError:
            continue
    assert flow.compile(Profile("x", on)).steps == before
    assert {name: (step.sources, step.to) for name, step in flow.steps.items()} == {
        row.name: ([row.source], row.target) for row in rows
    }


def test_switching_off_a_circle_is_refused():
    rows = [
        Row("r0", NEW, "a", "", False), Row("r1", "a", "b", "w", False), Row("r2", "b", "a", "w", False),
        Row("r3", "b", END, "", True),
    ]  # fmt: skip

    with pytest.raises(FlowError, match="circle"):
        flow_of(rows, ["a", "b", END]).compile(Profile("x"))
