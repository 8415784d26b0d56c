"""What may leave the desk's screen: cards without personal data, one field at a time, and who looked stays on it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from linli.kernel.cases.models import Case
from linli.kernel.vault.models import ReadEntry
from tests.kernel.people.builders import signed_in
from tests.world import TEN, World, _place, a_world

pytestmark = pytest.mark.django_db
SAID, NAME, PHONE = "二单元三零一漏水到楼下", "李四", "13800138000"
DOOR = "三单元五零二"


@pytest.fixture
def world() -> World:
    return a_world("wanshan")


@pytest.fixture
def case(world: World) -> Case:
    door = _place("unit", DOOR, world.building, TEN)
    left = {"contact_name": NAME, "contact_phone": PHONE}
    return world.raise_case(now=timezone.now(), text=SAID, place=str(door.id), **left)


@pytest.fixture
def clerk(world: World) -> Client:
    return signed_in(world.people["community"])


def opened(client: Client, case: Case, what: str, **more: Any) -> Any:
    return client.post(f"/desk/cases/{case.pk}/open", {"purpose": what}, **more)


def test_a_card_to_pass_on_says_what_and_where_and_nothing_about_anybody(clerk, case, world):
    page = clerk.get(f"/desk/cases/{case.pk}/card")
    html = page.content.decode()
    personal = [SAID, "漏水到楼下", NAME, "李*", PHONE, "138****8000", DOOR, world.people["community"].name]
    assert page.status_code == 200
    assert [word for word in personal if word in html] == []
    assert [word in html for word in (case.number, world.building.name, "http://testserver/find")] == [
        True
    ] * 3
    assert f"/t/{case.track}" not in html
    assert not ReadEntry.objects.filter(actor_kind="person").exists()


def test_of_a_protected_matter_there_is_no_card(world):
    secret = world.raise_case(now=timezone.now(), text="隔壁一直家暴，打老婆")
    client = signed_in(world.people["protected"])
    assert client.get(f"/desk/cases/{secret.pk}").status_code == 200
    assert client.get(f"/desk/cases/{secret.pk}/card").status_code == 404
    assert "分享卡" not in client.get(f"/desk/cases/{secret.pk}").content.decode()


@pytest.mark.parametrize(
    ("what", "shown", "code"),
    [("contact_reporter", PHONE, "requests.contact_phone"), ("reporter_name", NAME, "requests.contact_name")],
)
def test_one_click_opens_one_field_with_one_entry(clerk, case, what, shown, code):
    html = opened(clerk, case, what).content.decode()
    assert [value in html for value in (PHONE, NAME)] == [value == shown for value in (PHONE, NAME)]
    assert ReadEntry.objects.get(purpose="contact_reporter").codes == [code]


def test_a_page_masks_itself_again_after_ten_minutes(clerk, case):
    plain = opened(clerk, case, "contact_reporter")
    assert plain["Refresh"] == f"600;url=/desk/cases/{case.pk}"
    card = opened(clerk, case, "contact_reporter", headers={"HX-Request": "true"})
    html = card.content.decode()
    assert ("Refresh" in card, f'hx-get="/desk/cases/{case.pk}"' in html, "load delay:600s" in html) == (
        False, True, True,
    )  # fmt: skip
    again = clerk.get(f"/desk/cases/{case.pk}", headers={"HX-Request": "true"}).content.decode()
    assert (PHONE in again, "138****8000" in again) == (False, True)


@pytest.mark.parametrize(
    "page", ["/desk/", "/desk/cases", "/desk/cases/{}", "/desk/cases/{}/reads", "/desk/new", "/desk/reading"]
)
def test_who_looks_and_when_stands_across_every_page_of_the_desk(world, case, page):
    now = timezone.now() + timedelta(minutes=3)
    with time_machine.travel(now, tick=False):
        html = signed_in(world.people["community"]).get(page.format(case.pk)).content.decode()
    across = re.search(r'<div class="marks" aria-hidden="true">(.*?)</div>', html, re.DOTALL)
    assert across is not None
    mark = f"测试员 试点社区community_clerk {timezone.localtime(now):%Y-%m-%d %H:%M}"
    assert re.findall(r"<span>(.*?)</span>", across[1]) == [mark] * 12


def test_no_mark_stands_on_what_residents_see(world, case):
    for page in ("/", "/report", "/find"):
        assert 'class="marks"' not in Client().get(page).content.decode()
