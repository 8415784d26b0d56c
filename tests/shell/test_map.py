"""The map: what it draws, whom it shows what, and that it stands without a script."""

from __future__ import annotations

import pytest
import shapely
from django.utils import timezone

from linli.foundation.geometry import UNITS
from linli.kernel.journal import jobs
from linli.kernel.people.models import Account
from linli.kernel.places.models import Outline
from linli.shell.desk.queries import drawing, ground
from tests.kernel.people.builders import signed_in
from tests.shell.costs import queries_of
from tests.world import START, a_world

pytestmark = pytest.mark.django_db
HOME = (109.20, 27.50)
STEP = 0.01  # degrees, the side of a grid as drawn here


@pytest.fixture
def world():
    return a_world("wanshan")


def outlined(place, number: int, *, is_schematic: bool = True) -> None:
    west, south = HOME[0] + number * STEP, HOME[1]
    box = [round(edge * UNITS) for edge in (west, south, west + STEP, south + STEP)]
    Outline.objects.create(
        place=place, wkb=shapely.to_wkb(shapely.box(*box)), box=box, source="测试", is_schematic=is_schematic, valid_from=START
    )  # fmt: skip


def drawn(world):
    outlined(world.grid, 0)
    outlined(world.grid2, 1)
    return world


def follow() -> None:
    while jobs.follow(timezone.now()):
        continue


def test_the_map_draws_the_grids_of_the_acting_posts_community_and_says_that_they_are_schematic(world):
    page = signed_in(drawn(world).people["community"]).get("/desk/map")

    assert page.status_code == 200
    assert [cell["name"] for cell in page.context["drawing"]["cells"]] == ["第一网格", "第二网格"]
    assert page.context["map"]["note"] == "界线是示意，不作划界依据。"
    assert page.context["map"]["box"] == "109.200000,27.500000,109.220000,27.510000"
    assert "<title>" in page.content.decode()
    assert "vendor/map.js" in page.content.decode()


def test_outlines_that_were_surveyed_are_not_called_schematic(world):
    outlined(world.grid, 0, is_schematic=False)
    assert signed_in(world.people["community"]).get("/desk/map").context["map"]["note"] == ""


def test_a_ground_without_outlines_is_a_list_and_says_so(world):
    page = signed_in(world.people["community"]).get("/desk/map")
    assert page.context["drawing"] is None
    assert page.context["map"]["outlines_url"] == ""
    assert page.context["map"]["note"] == "这里还没有录入界线，先看名单。"
    assert [grid["name"] for grid in page.context["grids"]] == ["第一网格", "第二网格"]


def test_the_outlines_come_with_their_words_and_a_point_to_write_them_at(world):
    world.raise_case(now=timezone.now())
    follow()
    answer = signed_in(drawn(world).people["supervisor"]).get("/desk/map/outlines")

    first, second = answer.json()["features"]
    assert first["properties"]["hint"] == "在办 1"
    assert first["properties"]["url"] == f"/desk/map?place={world.community.id}&grid={world.grid.id}"
    assert first["properties"]["point"] == [109.205, 27.505]
    assert second["properties"]["hint"] == "在办 0"
    assert answer["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


def test_a_case_lies_at_its_own_point_or_else_inside_its_grid(world):
    drawn(world)
    now = timezone.now()
    world.raise_case(now=now)
    world.raise_case(now=now, lon="109.2071", lat="27.5033")

    features = signed_in(world.people["supervisor"]).get("/desk/map/cases").json()["features"]

    assert sorted(tuple(one["geometry"]["coordinates"]) for one in features) == [
        (109.205, 27.505),
        (109.2071, 27.5033),
    ]
    assert {one["properties"]["state"] for one in features} <= {"soon", "fine"}


def test_cases_of_one_spot_and_band_are_one_point_that_leads_to_the_list(world):
    drawn(world)
    for _number in range(3):
        world.raise_case()

    (feature,) = signed_in(world.people["supervisor"]).get("/desk/map/cases").json()["features"]

    assert feature["properties"]["count"] == 3
    assert feature["properties"]["state"] == "over"
    assert feature["properties"]["url"].endswith(f"grid={world.grid.id}")
    assert feature["properties"]["name"].endswith("等 3 件")


def test_a_confidential_case_is_on_nobodys_map_not_even_its_holders(world):
    drawn(world)
    case = world.raise_case(text="邻居家暴打孩子", category="")
    case.refresh_from_db()
    assert case.confidential

    for who in ("protected", "supervisor", "county"):
        client = signed_in(world.people[who])
        assert client.get("/desk/map/cases").json()["features"] == []
        assert client.get("/desk/map").context["rows"] == []
        assert client.get(f"/desk/map?case={case.pk}").status_code == 404


def test_who_does_not_supervise_sees_only_what_concerns_their_desk(world):
    drawn(world)
    case = world.raise_case()
    seen = {
        who: len(signed_in(world.people[who]).get("/desk/map/cases").json()["features"])
        for who in ("community", "supervisor", "grid2", "department:water")
    }
    assert case.holder_id == world.desks["community"].id
    assert seen == {"community": 1, "supervisor": 1, "grid2": 0, "department:water": 0}


@pytest.mark.parametrize("page", ["", "/outlines", "/cases"])
def test_ground_that_is_not_the_acting_posts_is_absent(world, page):
    client = signed_in(world.people["grid"])
    assert client.get(f"/desk/map{page}?place={world.community.id}").status_code == 404
    assert client.get(f"/desk/map{page}?grid={world.grid2.id}").status_code == 404
    assert client.get(f"/desk/map{page}?place=nonsense").status_code == 404
    assert client.get(f"/desk/map{page}?grid={world.grid.id}").status_code == 200


def test_a_resident_has_no_map(world):
    resident = Account.objects.create(kind="resident", county="520603", made_at=timezone.now())
    assert signed_in(resident).get("/desk/map").status_code == 404


def test_a_grid_that_was_pressed_narrows_the_list_and_says_whom_to_ring(world):
    drawn(world)
    world.raise_case()
    client = signed_in(world.people["supervisor"])

    full, empty = (
        client.get(f"/desk/map?grid={world.grid.id}"),
        client.get(f"/desk/map?grid={world.grid2.id}"),
    )

    assert len(full.context["rows"]) == 1
    assert empty.context["rows"] == []
    assert empty.context["selected"]["name"] == "第二网格"
    assert empty.context["selected"]["phone"] == "0856-1234567"
    assert [cell["current"] for cell in empty.context["drawing"]["cells"]] == [False, True]


def test_from_a_case_the_map_opens_at_its_grid(world):
    case = world.raise_case()
    answer = signed_in(world.people["supervisor"]).get(f"/desk/map?case={case.pk}")
    assert answer.status_code == 302
    assert answer["Location"] == f"/desk/map?place={world.community.id}&grid={world.grid.id}"


def test_a_county_sees_its_streets_and_goes_down_by_pressing(world):
    client = signed_in(world.people["county"])
    page = client.get("/desk/map")
    assert [(grid["name"], grid["url"]) for grid in page.context["grids"]] == [
        ("试点街道", f"/desk/map?place={world.street.id}")
    ]
    below = client.get(f"/desk/map?place={world.street.id}")
    assert [view["label"] for view in below.context["views"]] == ["万山区", "试点街道"]
    assert [grid["name"] for grid in below.context["grids"]] == ["试点社区"]


def test_the_counts_of_the_table_come_from_the_rollups(world):
    world.raise_case()
    assert signed_in(world.people["supervisor"]).get("/desk/map").context["grids"][0]["open"] == 0
    follow()
    rows = signed_in(world.people["supervisor"]).get("/desk/map").context["grids"]
    assert [(row["name"], row["open"]) for row in rows] == [("第一网格", 1), ("第二网格", 0)]


def counts(world, who, address="/desk/map"):
    page = signed_in(world.people[who]).get(address)
    return [(row["name"], row["open"], row["over"]) for row in page.context["grids"]]


def test_who_does_not_supervise_is_shown_counts_of_what_they_may_see_alone(world):
    drawn(world)
    held = world.raise_case()
    world.take(held, "sort", "community", sort="shared", reason="common_part")
    world.take(held, "dispatch", "community", desk=str(world.desks["grid"].pk))
    for _number in range(3):
        world.raise_case(now=timezone.now())
    follow()

    assert counts(world, "supervisor") == [("第一网格", 4, 0), ("第二网格", 0, 0)]
    assert counts(world, "grid") == [("第一网格", 1, 1)]
    assert counts(world, "grid2") == [("第二网格", 0, 0)]
    assert counts(world, "property") == [("第一网格", 0, 0), ("第二网格", 0, 0)]
    (feature,) = signed_in(world.people["grid"]).get("/desk/map/outlines").json()["features"]
    assert feature["properties"]["hint"] == "在办 1"
    for who, title in (
        ("grid", "第一网格，您能看到的在办 1 件"),
        ("supervisor", "试点社区，2 个网格，在办 4 件"),
    ):
        assert signed_in(world.people[who]).get("/desk/map").context["title"] == title


def test_a_grid_that_was_pressed_leaves_the_counts_of_the_others(world):
    world.raise_case(now=timezone.now())
    pressed = f"/desk/map?grid={world.grid2.id}"
    assert counts(world, "community", pressed) == [("第一网格", 1, 0), ("第二网格", 0, 0)]


def test_households_are_shown_where_they_are_known(world):
    world.grid.facts = {"households": {"value": 498, "source": "测试"}}
    world.grid.save(update_fields=["facts"])
    rows = signed_in(world.people["community"]).get("/desk/map").context["grids"]
    assert [row["households"] for row in rows] == [498, None]


def test_no_more_is_drawn_than_the_cap_and_the_page_says_so(world, monkeypatch):
    monkeypatch.setattr(ground, "MOST", 2)
    for _number in range(3):
        world.raise_case()
    client = signed_in(world.people["supervisor"])
    page, points = client.get("/desk/map"), client.get("/desk/map/cases").json()
    assert len(page.context["rows"]) == 2
    assert page.context["counts"]["over"] == "2+"
    assert "只画最急的 2 件。" in page.context["map"]["note"]
    assert (points["most"], points["is_cut"]) == (2, True)


@pytest.mark.parametrize("cases", [1, 3])
@pytest.mark.parametrize(
    ("who", "address", "queries"),
    [("supervisor", "/desk/map", 7), ("supervisor", "/desk/map/outlines", 7), ("supervisor", "/desk/map/cases", 5),
     ("community", "/desk/map", 7), ("community", "/desk/map/outlines", 7), ("community", "/desk/map/cases", 5)],
)  # fmt: skip
def test_a_map_costs_the_same_with_one_case_and_with_three(world, cases, who, address, queries):
    drawn(world)
    for _number in range(cases):
        world.raise_case()
    follow()
    assert len(queries_of(signed_in(world.people[who]), address)) == queries


def test_a_drawing_keeps_north_up_and_shortens_a_degree_of_longitude():
    sheet = drawing.Sheet((109.0, 27.0, 110.0, 28.0))
    assert sheet.at(109.0, 28.0) == (20, 20)
    east, south = sheet.at(110.0, 27.0)
    assert (east - 20) / (south - 20) == pytest.approx(0.8870, abs=0.001)
