from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import islice, product

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from linli.kernel.figures import registry, services
from linli.kernel.figures.models import STANDING_DAY, Counted, Progress, Rollup, Standing
from tests.kernel.figures.builders import (
    EAST,
    GRID,
    NOON,
    STREET,
    WEST,
    an_event,
    declared,
    positioned,
    sums_of,
)

PATHS = [STREET, EAST, WEST, GRID, "/1/2/3/6/", "/1/20/", "/7/", ""]
NAMES = [
    ("request.raise", "open"),
    ("request.sort", "open"),
    ("request.arrive", "open"),
    ("request.close", "closed"),
]


@st.composite
def an_event_of_any_kind(draw):
    name, state = draw(st.sampled_from(NAMES))
    data = {"minutes": draw(st.integers(0, 300))} if name == "request.arrive" else {}
    return an_event(
        name,
        to=state,
        case=draw(st.integers(1, 5)),
        path=draw(st.sampled_from(PATHS)),
        category=draw(st.sampled_from(["", "water", "noise"])),
        days=draw(st.integers(0, 3)),
        **data,
    )


def recount(events):
    """The sums of the three test figures, worked out from the events alone, one place at a time."""
    cells = Counter()

    def add(figure, path, day, category, value):
        places = {"/", *(path[: n + 1] for n in range(len(path)) if path[n] == "/")}
        for place, kind in product(places, {"", category}):
            cells[figure, place, day, kind] += value

    for event in events:
        day = (event.at + timedelta(hours=8)).date()
        if event.name == "request.raise":
            add("t.received", event.data["path"], day, event.data["category"], 1)
        if event.name == "request.arrive":
            add("t.minutes", event.data["path"], day, event.data["category"], event.data["minutes"])
    for event in {event.subject_id: event for event in events}.values():  # the last of each case
        if event.to_state != "closed":
            add("t.open", event.data["path"], STANDING_DAY, event.data["category"], 1)
    return {cell: value for cell, value in cells.items() if value}


def stored():
    found = {
        (code, r.path, r.day, r.category): r.value for code in registry.declared() for r in sums_of(code)
    }
    return {cell: value for cell, value in found.items() if cell[0] != "t.open" or cell[2] == STANDING_DAY}


class AnyHistory(TestCase):
    databases = "__all__"

    @settings(max_examples=60, deadline=None)
    @given(st.lists(an_event_of_any_kind(), max_size=30), st.integers(1, 9))
    def test_sums_equal_an_independent_recount_however_the_events_are_cut_into_batches(self, events, size):
        with declared():
            line = iter(positioned(events))
            while batch := list(islice(line, size)):
                services.count(batch)
            assert stored() == recount(events)

    @settings(max_examples=30, deadline=None)
    @given(st.lists(an_event_of_any_kind(), min_size=1, max_size=20))
    def test_a_stocks_changes_add_up_to_what_stands(self, events):
        with declared():
            services.count(positioned(events))
            changes = Counter()
            for row in Counted.objects.filter(figure="t.open"):
                changes[row.subject_id, row.path, row.category] += row.value
            standing = {(s.subject_id, s.path, s.category): s.value for s in Standing.objects.all()}
            assert {key: value for key, value in changes.items() if value} == standing


@pytest.mark.django_db
def test_a_batch_that_comes_twice_counts_once(figures):
    batch = positioned([an_event("request.raise"), an_event("request.raise", case=2)])
    assert services.count(batch) == 2
    before = stored()
    assert services.count(batch) == 0
    assert stored() == before
    assert before["t.received", GRID, NOON.date(), "water"] == 2


@pytest.mark.django_db
def test_a_batch_that_overlaps_the_last_counts_only_what_is_new(figures):
    events = positioned([an_event("request.raise", case=n) for n in range(1, 5)])
    services.count(events[:3])
    assert services.count(events[1:]) == 1
    assert stored()["t.received", "/", NOON.date(), ""] == 4


@pytest.mark.django_db
def test_the_database_itself_refuses_to_count_a_position_twice(figures):
    services.count(positioned([an_event("request.raise")]))
    Progress.objects.update(position=0)
    with pytest.raises(IntegrityError), transaction.atomic():
        services.count(positioned([an_event("request.raise")]))
    assert stored()["t.received", GRID, NOON.date(), "water"] == 1


@pytest.mark.django_db
@pytest.mark.parametrize("statement", range(1, 13))
def test_counting_that_dies_at_any_statement_leaves_nothing_and_counts_once_when_retried(figures, statement):
    batch = positioned([an_event("request.raise", to="open"), an_event("request.raise", case=2, to="open")])
    seen = []

    def die(execute, sql, params, many, context):
        seen.append(sql)
        if len(seen) == statement:
            raise RuntimeError("killed")
        return execute(sql, params, many, context)

    with pytest.raises(RuntimeError, match="killed"), connection.execute_wrapper(die):
        services.count(batch)
    assert len(seen) >= statement
    assert (Counted.objects.count(), Rollup.objects.count(), Standing.objects.count()) == (0, 0, 0)
    assert services.count(batch) == 2
    assert stored() == recount([item.event for item in batch])


@pytest.mark.django_db
def test_a_case_that_changes_category_and_place_takes_its_count_along(figures):
    services.count(
        positioned(
            [
                an_event("request.raise", to="open", category=""),
                an_event("request.sort", to="open", category="noise"),
                an_event("request.move", to="open", category="noise", path=WEST),
            ]
        )
    )
    assert Standing.objects.get().path == WEST
    standing = {(p, c): v for (f, p, day, c), v in stored().items() if f == "t.open"}
    assert standing == {(place, kind): 1 for place in ("/", "/1/", STREET, WEST) for kind in ("", "noise")}


@pytest.mark.django_db
def test_what_is_closed_no_longer_stands(figures):
    services.count(positioned([an_event("request.raise", to="open"), an_event("request.close", to="closed")]))
    assert not Standing.objects.exists()
    assert not sums_of("t.open").filter(day=STANDING_DAY).exists()


@pytest.mark.django_db
def test_protected_matters_stand_in_no_figure(figures):
    services.count(positioned([an_event("request.raise", to="open", protected=True)]))
    assert (Counted.objects.count(), Rollup.objects.count(), Standing.objects.count()) == (0, 0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_a_matter_that_turns_out_to_be_protected_leaves_every_figure(figures, size):
    registry.withdraw_on("t.protect")
    batch = positioned(
        [
            an_event("request.raise", to="open"),
            an_event("request.raise", case=2, to="open"),
            an_event("request.sort", to="open", path=WEST),
            an_event("t.protect", to="received"),
        ]
    )
    for start in range(0, 4, size):
        services.count(batch[start : start + size])
    assert set(Counted.objects.values_list("subject_id", flat=True)) == {batch[1].event.subject_id}
    assert stored() == recount([batch[1].event])


@pytest.mark.django_db
def test_an_event_at_half_past_midnight_belongs_to_shanghais_day(figures):
    event = an_event("request.raise")
    event.at = NOON.replace(hour=16, minute=30)  # 00:30 on the 21st in Shanghai
    services.count(positioned([event]))
    assert Counted.objects.get(figure="t.received").day.isoformat() == "2026-11-21"


@pytest.mark.django_db
@pytest.mark.parametrize("events", [1, 40])
def test_counting_costs_the_same_statements_for_one_place_however_many_the_events(
    figures, events, django_assert_num_queries
):
    batch = positioned([an_event("request.raise", case=n, to="open") for n in range(events)])
    services.count([])
    with django_assert_num_queries(12):
        services.count(batch)
