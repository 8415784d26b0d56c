"""The door a matter is about: for who works on it, the same by a page and by the API; for nobody else."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tests.kernel.people.builders import signed_in
from tests.world import _place, a_world

pytestmark = pytest.mark.django_db
DOOR = "三栋一单元302室"


@pytest.fixture
def world():
    return a_world("wanshan")


@pytest.mark.parametrize(("who", "is_exact"), [("community", True), ("supervisor", False), ("county", False)])
def test_the_api_and_the_page_show_the_door_to_who_works_on_it_alone(world, who, is_exact):
    now = timezone.now()
    door = _place("household", "302室", _place("unit", "一单元", world.building, now), now)
    case = world.raise_case(now=now, place=str(door.pk))
    client = signed_in(world.people[who])

    detail = client.get(f"/api/v1/requests/{case.pk}").json()
    page = client.get(f"/desk/cases/{case.pk}").content.decode()
    assert (DOOR in detail["place_name"], DOOR in page) == (is_exact, is_exact)
    assert detail["place_name"].endswith("302室" if is_exact else "三栋")
    for item in client.get("/api/v1/requests").json()["items"]:
        assert item["place_name"].endswith("三栋")
