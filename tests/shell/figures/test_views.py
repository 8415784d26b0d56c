from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linli.kernel.journal import services as journal
from linli.shell.figures import queries
from tests.kernel.people.builders import signed_in
from tests.world import TEN, a_world

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def world():
    with time_machine.travel(TEN + 5 * HOUR):
        yield a_world("wanshan")


def count():
    journal.sequence(TEN)
    while journal.consume("figures", now=TEN):
        continue


def some_work(world, cases=1):
    for _n in range(cases):
        case = world.raise_case()
        world.take(case, "sort", "community", TEN + HOUR, sort="shared", reason="common_part")
        world.take(case, "dispatch", "community", TEN + HOUR)
        world.take(case, "accept", "property", TEN + 2 * HOUR)
        world.take(case, "arrive", "property", TEN + 2 * HOUR)
        world.take(case, "resolve", "property", TEN + 3 * HOUR, words="换好了")
    late = world.raise_case(place=str(world.grid2.id))
    world.take(late, "overdue", "clock", TEN + 4 * HOUR)
    count()
    return late


def page(world, who="supervisor", place=None, length=30):
    viewer = world.viewer(who, TEN + 5 * HOUR)
    scope = queries.scope_of(viewer, place, length, TEN + 5 * HOUR)
    return scope and queries.overview(scope, viewer, TEN + 5 * HOUR)


def test_cards_show_counts_with_their_units_and_open_what_they_count(world):
    some_work(world)
    cards = {card["label"]: card for card in page(world)["cards"]}
    shown = {str(label): (card["value"], str(card["unit"])) for label, card in cards.items()}
    assert shown == {
        "收到": ("2", "件"),
        "按时接单": ("100.00%", ""),
        "办结": ("1", "件"),
        "逾期未办": ("1", "件"),
        "解决率": ("—", ""),
        "满意率": ("—", ""),
        "到场用时（3 月中位数）": ("120", "分钟"),
    }
    assert cards["收到"]["from"] == "比前 30 天多 2"
    assert cards["办结"]["from"] == "在办 1 件"
    assert cards["逾期未办"]["bad"] is True
    assert cards["收到"]["url"] == f"/desk/figures/requests.received?place={world.community.id}&days=30"


def test_children_lead_down_and_add_up(world):
    some_work(world)
    context = page(world)
    rows = {row["name"]: [str(cell["value"]) for cell in row["cells"]] for row in context["children"]}
    assert rows == {
        "第一网格": ["1", "1", "0", "100.00%", "—", "—"],
        "第二网格": ["1", "0", "1", "—", "—", "—"],
    }
    assert [row["bar"] for row in context["children"]] == [
        {"done": 150, "open": 150},
        {"done": 0, "open": 150},
    ]
    assert context["children"][0]["url"] == f"/desk/figures?place={world.grid.id}&days=30"


def test_what_lies_at_no_child_has_a_row_of_its_own(world):
    world.raise_case(place=str(world.community.id))
    some_work(world)
    rows = {row["name"]: str(row["cells"][0]["value"]) for row in page(world)["children"]}
    assert rows == {"第一网格": "1", "第二网格": "1", "没有落到下面的": "1"}


def test_below_a_grid_are_its_buildings(world):
    some_work(world)
    grid = page(world, place=queries.places.get(world.grid.id))
    assert [(row["name"], str(row["cells"][0]["value"])) for row in grid["children"]] == [("三栋", "1")]
    building = page(world, place=queries.places.get(world.building.id))
    assert (building["place_name"], building["cards"][0]["value"]) == ("三栋", "1")
    assert [crumb["name"] for crumb in building["crumbs"]] == ["试点社区", "第一网格"]


def test_charts_hold_each_day_and_each_category(world):
    some_work(world, cases=2)
    days, categories = page(world, length=7)["charts"]
    assert days["data"]["labels"] == ["3-5", "3-6", "3-7", "3-8", "3-9", "3-10", "3-11"]
    assert days["data"]["series"] == [
        {"name": "收到", "values": [0, 0, 0, 0, 0, 0, 3]},
        {"name": "办结", "values": [0, 0, 0, 0, 0, 0, 2]},
    ]
    assert categories["data"]["series"][0]["values"] == [3]


def test_who_supervises_nothing_sees_no_figures(world):
    assert page(world, who="grid") is None
    assert page(world, who="property") is None


def test_figures_of_another_ground_are_absent(world):
    assert page(world, place=queries.places.get(world.street.id)) is None
    assert page(world, place=queries.places.get(world.grid2.id)) is not None


@pytest.mark.parametrize("cases", [1, 3])
def test_the_overview_costs_the_same_queries_however_much_there_is_and_no_count_over_cases(world, cases):
    some_work(world, cases)
    viewer = world.viewer("supervisor", TEN + 5 * HOUR)
    scope = queries.scope_of(viewer, None, 30, TEN + 5 * HOUR)
    page(world)  # what is kept in memory is there
    with CaptureQueriesContext(connection) as asked:
        queries.overview(scope, viewer, TEN + 5 * HOUR)
    sql = [query["sql"] for query in asked.captured_queries]
    of_figures = [one for one in sql if "figures_" in one]
    of_cases = [one for one in sql if '"cases_case"' in one and "figures_" not in one]
    assert len(of_figures) == 9
    assert len(of_cases) == 1
    assert not any("COUNT(" in one.upper() or "SUM(" in one.upper() for one in of_cases)


def test_the_overview_page(world):
    some_work(world)
    response = signed_in(world.people["supervisor"]).get("/desk/figures")
    html = response.content.decode()
    assert response.status_code == 200
    for words in ("试点社区", "逾期未办 1 件", "第二网格", "近 30 天", "100.00%", "数据到"):
        assert words in html
    assert "None" not in html


def test_a_figure_page_lists_the_cases_it_counts(world):
    late = some_work(world)
    response = signed_in(world.people["supervisor"]).get(
        f"/desk/figures/requests.overdue_now?place={world.community.id}"
    )
    html = response.content.decode()
    assert response.status_code == 200
    assert late.number in html
    assert f"/desk/cases/{late.pk}" in html
    assert html.count("/desk/cases/0") == 1


def test_a_measured_figure_shows_its_median_not_its_sum(world):
    some_work(world, cases=2)
    html = signed_in(world.people["supervisor"]).get("/desk/figures/requests.arrival").content.decode()
    assert "120" in html
    assert "240" not in html


@pytest.mark.parametrize(
    "address",
    [
        "/desk/figures?place=nonsense",
        "/desk/figures?place=6c2f0a52-8d0e-4b1a-9a7e-3f1f2a5f9c11",
        "/desk/figures/requests.nothing",
        "/desk/figures/requests.received?place=nonsense",
    ],
)
def test_what_there_is_not_is_absent(world, address):
    assert signed_in(world.people["supervisor"]).get(address).status_code == 404


def test_who_may_not_see_figures_gets_404(world):
    assert signed_in(world.people["grid"]).get("/desk/figures").status_code == 404


def test_a_stranger_is_sent_to_sign_in(client, world):
    assert client.get("/desk/figures").status_code == 302


def test_the_table_can_be_taken_along(world):
    some_work(world)
    response = signed_in(world.people["supervisor"]).get("/desk/figures?format=csv")
    lines = response.content.decode("utf-8-sig").splitlines()
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert lines == [
        "试点社区,收到,办结,逾期未办,按时接单,解决率,满意率",
        "第一网格,1,1,0,100.00%,—,—",
        "第二网格,1,0,1,—,—,—",
    ]
