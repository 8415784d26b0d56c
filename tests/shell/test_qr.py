"""From the plate on the wall to the form with the place filled in."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from linli.foundation.rules import IMPORT
from linli.kernel.cases.models import Case
from linli.kernel.files.services import qr_svg
from linli.kernel.places import services as places
from tests.kernel.people.builders import signed_in
from tests.shell.costs import queries_of
from tests.world import START, TEN, a_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return a_world("wanshan")


def plates(page):
    return [plate for sheet in page.context["pages"] for plate in sheet]


def buildings(world, count: int) -> None:
    for number in range(count):
        places.add_place(level="building", name=f"{number + 10}栋", parent_id=world.grid.id, now=TEN, actor=IMPORT, valid_from=START)  # fmt: skip


def test_a_community_prints_its_grids_and_buildings_six_to_a_page(world):
    buildings(world, 5)
    page = signed_in(world.people["community"]).get("/desk/qr")

    assert page.status_code == 200
    assert [len(sheet) for sheet in page.context["pages"]] == [6, 2]
    assert {plate["place_name"] for plate in plates(page)} >= {
        "第一网格",
        "第二网格",
        "第一网格三栋",
        "第一网格10栋",
    }
    assert plates(page)[0]["community"] == "试点社区"
    assert plates(page)[0]["phone"] == "0856-1234567"


def test_the_code_says_the_absolute_address_of_the_places_page(world):
    page = signed_in(world.people["community"]).get("/desk/qr?level=building")
    (plate,) = plates(page)

    assert plate["address"] == f"http://testserver/p/{world.building.id}"
    assert plate["qr"] == qr_svg(f"http://testserver/p/{world.building.id}")
    assert plate["qr"] in page.content.decode()


def test_a_scan_leads_to_the_place_and_from_there_to_the_form_with_the_place_and_the_channel(world):
    (plate,) = plates(signed_in(world.people["community"]).get("/desk/qr?level=building"))
    resident = Client()

    landing = resident.get(plate["address"].removeprefix("http://testserver"))
    (report,) = set(re.findall(r'href="(/report[?][^"]*)"', landing.content.decode()))
    form = resident.get(report.replace("&amp;", "&"))

    assert "三栋" in landing.content.decode()
    assert report == f"/report?place={world.building.id}&amp;channel=qr"
    assert form.context["form"]["place"].value() == str(world.building.id)
    sent = resident.post(
        reverse("requests:report"),
        {"text": "楼道灯不亮", "place": str(world.building.id), "channel": "qr", "key": "k" * 20},
    )
    assert sent.status_code == 302
    assert (Case.objects.get().channel, Case.objects.get().place_id) == ("qr", world.building.id)


def test_in_large_type_the_scan_keeps_the_place_too(world):
    resident = Client()
    resident.cookies["elder"] = "1"
    page = resident.get(f"/p/{world.building.id}").content.decode()
    assert f"/report?place={world.building.id}&amp;channel=qr" in page


def test_from_the_front_door_the_form_knows_no_place(world):
    assert 'href="/report"' in Client().get("/").content.decode()


def test_a_grid_worker_prints_the_own_grid_only(world):
    names = {plate["place_name"] for plate in plates(signed_in(world.people["grid"]).get("/desk/qr"))}
    assert names == {"第一网格", "第一网格三栋"}


def test_plates_go_on_from_page_to_page_and_none_is_missed(world):
    buildings(world, 62)
    client, seen = signed_in(world.people["community"]), []
    address = "/desk/qr?level=building"
    while address:
        page = client.get(address)
        seen += [plate["address"] for plate in plates(page)]
        address = page.context["next_url"]
    assert len(seen) == len(set(seen)) == 63


def test_who_does_not_raise_for_others_prints_no_plates(world):
    page = signed_in(world.people["property"]).get("/desk/qr")
    assert page.status_code == 403
    assert "打印扫码牌，不在您的岗位职责里。" in page.content.decode()


def test_a_page_mark_that_cannot_be_read_is_absent(world):
    assert signed_in(world.people["community"]).get("/desk/qr?after=nonsense").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_a_sheet_costs_the_same_with_one_building_and_with_three(world, count):
    buildings(world, count)
    assert len(queries_of(signed_in(world.people["community"]), "/desk/qr?level=building")) == 4
