"""Somebody old, for the first time, on a phone 360 px wide: everything can be read and hit."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.cache import caches
from django.utils import timezone
from playwright.sync_api import Page

from linli.kernel.cases.queries.codes import tracking_code
from linli.kernel.people import services as people
from linli.kernel.people.models import Account
from linli.kernel.people.services import SIGN_IN
from tests.world import World, a_world

pytestmark = pytest.mark.browser

NARROW = {"width": 360, "height": 740}
HARD = """(smallest) => {
  const seen = (one) => {
    const box = one.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && getComputedStyle(one).visibility !== "hidden" && !one.closest(".sr, .skip, [hidden]");
  };
  const said = [];
  for (const one of document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea, summary")) {
    const hit = one.matches("[type=radio], [type=checkbox], [type=file]") ? one.closest("label") : one;
    if (!hit || !seen(hit)) continue;
    const box = hit.getBoundingClientRect();
    if (box.width < 43.5 || box.height < 43.5) said.push(`${box.width.toFixed()}x${box.height.toFixed()} ${hit.outerHTML.slice(0, 90)}`);
    if (one.matches("input:not([type=file]), .btn") && one.scrollWidth > one.clientWidth + 1) said.push(`cut off: ${hit.outerHTML.slice(0, 90)}`);
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const one = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !seen(one)) continue;
    const size = parseFloat(getComputedStyle(one).fontSize);
    if (size < smallest) said.push(`${size}px ${texts.currentNode.data.trim().slice(0, 30)}`);
  }
  if (document.documentElement.scrollWidth > innerWidth) said.push(`${document.documentElement.scrollWidth} wide`);
  return said;
}"""


@pytest.fixture
def world(live_site: str) -> World:
    return a_world()


def a_resident(world: World) -> Account:
    """Somebody signed in by phone, with a matter of their own."""
    now = timezone.now()
    code = people.new_phone_code(phone="13800000011", action=SIGN_IN, now=now)
    account = people.resident_by_code(phone="13800000011", code=code, now=now)
    world.people["resident"] = account
    world.raise_case(who="resident")
    return account


def hard(page: Page, path: str, *, elder: bool) -> list[str]:
    """What on this page is hard to read or to hit."""
    page.goto(path)
    page.evaluate("for (const box of document.querySelectorAll('details')) box.open = true")
    return [f"{path}: {said}" for said in page.evaluate(HARD, 18 if elder else 16)]


@pytest.mark.parametrize("elder", [False, True], ids=["standard", "large type"])
def test_everything_can_be_read_and_hit(
    elder: bool, world: World, open_as: Callable[..., Page], heard: list[str], live_site: str, settings
) -> None:
    case = world.raise_case()
    code = tracking_code(case.pk)
    resident = a_resident(world)
    caches["local"].clear()
    found = []
    for account, paths in {
        None: ["/", f"/p/{world.building.id}", "/report", f"/report?place={world.building.id}", "/find",
               "/sign-in", "/report/places", f"/report/sent/{code}", f"/t/{code}", f"/t/{code}/data",
               f"/t/{code}/data/ask"],
        resident: ["/", "/me", "/me/data", "/me/data/ask", "/me/data/phone", "/me/data/close"],
    }.items():  # fmt: skip
        page = open_as(account, phone=True)
        page.set_viewport_size(NARROW)
        page.context.add_cookies([{"name": "elder", "value": "1" if elder else "0", "url": live_site}])
        found += [said for path in paths for said in hard(page, path, elder=elder)]
    page = open_as(None, phone=True)
    page.set_viewport_size(NARROW)
    page.context.add_cookies([{"name": "elder", "value": "1" if elder else "0", "url": live_site}])
    settings.LIMITS = settings.LIMITS | {"track": "1/m"}
    for path in (
        "/find?code=7K3M-Q2FD-88TA",
        "/report/places?q=没有这个",
        "/nothing",
        f"/t/{code}",
        f"/t/{code}",
    ):
        found += hard(page, path, elder=elder)
    page.goto("/report")
    page.get_by_role("button", name="发送").click()
    page.wait_for_load_state()
    found += page.evaluate(HARD, 18 if elder else 16)
    heard[:] = [said for said in heard if "Failed to load resource" not in said]  # the refusals asked for

    assert found == []


def test_who_has_not_searched_yet_is_told_how_and_not_that_nothing_was_found(
    world: World, open_as: Callable[..., Page]
) -> None:
    page = open_as(None, phone=True)
    page.goto("/report")
    page.locator("#place").click()
    told = page.locator("#place-list")

    assert "没有找到" not in told.inner_text()
    assert "小区" in told.inner_text()
    page.locator("#place-q").fill("没有这个地方")
    told.get_by_text("没有找到").wait_for()
    assert "12345" in told.inner_text()
