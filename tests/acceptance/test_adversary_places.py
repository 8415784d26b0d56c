"""Doors are for who goes there; plates outlive the places they were made for."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from linli.foundation.rules import IMPORT
from linli.kernel.cases.models import Case
from linli.kernel.notices.adapters import words
from linli.kernel.places import services as places
from linli.kernel.places.models import Place
from tests.kernel.people.builders import signed_in
from tests.world import START, TEN, a_world

pytestmark = pytest.mark.django_db
GONE = date(2026, 1, 1)


@pytest.fixture
def world():
    return a_world("wanshan")


@pytest.fixture
def door(world):
    unit = places.add_place(
        level="unit", name="一单元", parent_id=world.building.id, now=TEN, actor=IMPORT, valid_from=START
    )
    return places.add_place(
        level="household", name="3029号", parent_id=unit.id, now=TEN, actor=IMPORT, valid_from=START
    )


def report(place):
    assert Client().post("/report", {"text": "水管漏水", "place": str(place.pk)}).status_code == 302
    return Case.objects.latest("id")


def test_a_door_is_shown_to_who_works_on_it_and_stands_in_no_list(world, door):
    case = report(door)
    assert case.place_id == door.pk

    assert "3029号" in signed_in(world.people["community"]).get(f"/desk/cases/{case.pk}").content.decode()
    onlooker = signed_in(world.people["supervisor"])
    for page in ("/desk/cases", "/desk/map", "/desk/map/cases", f"/desk/cases/{case.pk}"):
        html = onlooker.get(page).content.decode()
        assert ("3029号" in html, case.number in html or "三栋" in html or page == "/desk/map/cases") == (
            False,
            True,
        ), page
    assert words.place(str(door.pk), "", timezone.now()) == "三栋"


def test_a_stranger_is_given_no_list_of_doors(door):
    assert "3029号" not in Client().get(f"/report?place={door.parent_id}").content.decode()


def test_the_plate_of_a_merged_grid_leads_to_the_one_that_took_it_over(world):
    places.merge(place_ids=[world.grid.id], into_id=world.grid2.id, on=GONE, now=TEN, actor=IMPORT)
    case = report(world.grid)
    assert (case.place_id, case.path) == (world.grid2.pk, world.grid2.path)


def test_the_plate_of_a_building_that_is_gone_leads_to_what_it_stood_in(world):
    places.end_place(place_id=world.building.id, on=GONE, now=TEN, actor=IMPORT)
    assert report(world.building).place_id == Place.objects.get(pk=world.building.pk).parent_id
