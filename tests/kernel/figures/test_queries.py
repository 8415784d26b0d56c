from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linli.kernel.figures import queries, services
from linli.kernel.figures.queries import Days, last_days
from tests.kernel.figures.builders import EAST, GRID, NOON, STREET, WEST, an_event, positioned

WEEK = last_days(7, NOON + timedelta(days=2))
TODAY = NOON.date()
ALL = ["t.received", "t.open", "t.minutes"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def counted(figures):
    services.count(
        positioned(
            [
                an_event("request.raise", case=1, to="open", path=GRID),
                an_event("request.raise", case=2, to="open", path=EAST, category="noise"),
                an_event("request.raise", case=3, to="open", path=WEST, category=""),
                an_event("request.arrive", case=1, to="open", path=GRID, minutes=12, days=1),
                an_event(
                    "request.arrive", case=2, to="open", path=EAST, category="noise", minutes=21, days=1
                ),
                an_event("request.close", case=1, to="closed", path=GRID, days=1),
                an_event("request.raise", case=4, to="open", path=WEST, days=2),
            ]
        )
    )


def test_totals_are_those_of_the_place_and_all_under_it():
    assert queries.totals(ALL, STREET, WEEK) == {"t.received": 4, "t.open": 3, "t.minutes": 33}
    assert queries.totals(ALL, EAST, WEEK) == {"t.received": 2, "t.open": 1, "t.minutes": 33}
    assert queries.totals(ALL, "/9/", WEEK) == {"t.received": 0, "t.open": 0, "t.minutes": 0}
    assert queries.total("t.received", "/", WEEK) == 4
    assert queries.total("t.minutes", STREET, WEEK).unit == "分钟"


def test_totals_are_those_of_the_days():
    assert queries.total("t.received", STREET, Days(TODAY, TODAY)) == 3
    assert (
        queries.total("t.received", STREET, Days(TODAY + timedelta(days=3), TODAY + timedelta(days=9))) == 0
    )


def test_a_stock_is_what_stood_at_the_end_of_the_last_day():
    levels = [
        queries.total("t.open", STREET, Days(TODAY, TODAY + timedelta(days=n))) for n in (-1, 0, 1, 2, 9)
    ]
    assert levels == [0, 3, 2, 3, 3]


def test_each_child_has_every_figure():
    assert queries.totals_by_child(ALL, STREET, WEEK) == {
        EAST: {"t.received": 2, "t.open": 1, "t.minutes": 33},
        WEST: {"t.received": 2, "t.open": 2, "t.minutes": 0},
    }
    assert queries.by_child("t.received", EAST, WEEK) == {GRID: 1}


def test_each_day_of_the_period_is_there():
    days = queries.totals_by_day(["t.received", "t.open"], STREET, Days(TODAY - timedelta(days=1), WEEK.last))
    assert [value for _, value in days["t.received"]] == [0, 3, 0, 1]
    assert [value for _, value in days["t.open"]] == [0, 3, 2, 3]
    assert queries.by_day("t.open", STREET, Days(TODAY, TODAY)) == [(TODAY, 3)]


def test_categories_add_up_to_the_total_with_what_has_none():
    assert queries.by_category("t.received", STREET, WEEK) == {"": 1, "noise": 1, "water": 2}
    assert queries.by_category("t.open", STREET, WEEK) == {"": 1, "noise": 1, "water": 1}
    assert queries.total("t.received", STREET, WEEK, category="water") == 2


def test_records_are_exactly_what_was_counted_a_page_at_a_time():
    first = queries.records("t.received", STREET, WEEK, limit=3)
    rest = queries.records("t.received", STREET, WEEK, limit=3, after=first[-1].position)
    assert [record.subject_id.int for record in (*first, *rest)] == [4, 3, 2, 1]
    assert [r.subject_id.int for r in queries.records("t.received", EAST, WEEK)] == [2, 1]
    assert [r.subject_id.int for r in queries.records("t.received", "/", WEEK)] == [4, 3, 2, 1]
    assert [r.subject_id.int for r in queries.records("t.received", STREET, WEEK, category="noise")] == [2]


def test_records_of_a_stock_are_what_stands_now():
    assert [record.subject_id.int for record in queries.records("t.open", STREET, WEEK)] == [4, 2, 3]


def test_a_median_is_half_up_between_two_and_nothing_of_nothing():
    assert queries.median("t.minutes", STREET, WEEK) == 17  # 12 and 21: 16.5
    assert queries.median("t.minutes", GRID, WEEK) == 12
    assert queries.median("t.minutes", WEST, WEEK) is None


@pytest.mark.parametrize(
    "ask",
    [
        lambda: queries.totals(ALL, STREET, WEEK),
        lambda: queries.totals_by_child(ALL, STREET, WEEK),
        lambda: queries.totals_by_day(ALL, STREET, WEEK),
        lambda: queries.totals_by_category(ALL, STREET, WEEK),
        lambda: queries.records("t.open", STREET, WEEK),
    ],
)
def test_every_question_is_one_query_and_none_touches_a_case(ask):
    with CaptureQueriesContext(connection) as asked:
        ask()
    [query] = asked.captured_queries
    assert '"figures_' in query["sql"]
    assert "cases_" not in query["sql"]
    assert "journal_" not in query["sql"]


def test_the_public_is_told_no_place_and_kind_below_ten_and_not_by_subtraction():
    rows = [("water", EAST, 12), ("light", EAST, 3), ("water", WEST, 11), ("light", WEST, 25)]
    each = [(kind, path) for kind, path, count in rows for _n in range(count)]
    raised = [
        an_event("request.raise", case=number, path=path, category=kind)
        for number, (kind, path) in enumerate(each, 100)
    ]
    services.count(positioned(raised, start=8))
    told = queries.published("t.received", STREET, WEEK)

    cells = [(EAST, "water"), (EAST, "light"), (EAST, "noise"), (WEST, "water"), (WEST, "light"), (WEST, "")]
    assert list(told.table(cells).values()) == [None, None, None, None, 25, None]
    assert (told.count(lambda cell: cell[0] == EAST), told.count(lambda cell: cell[0] == WEST)) == (17, 38)
    assert told.count(lambda cell: cell[1] == "light") is None
    assert told.count(lambda _cell: True) == 55
