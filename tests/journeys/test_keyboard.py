"""The desk without a mouse: from the inbox to a step taken, by keys alone."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from linli.kernel.cases.models import Case
from tests.world import a_world, full_practice

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MANY = 80  # presses; further away than that nobody would go


@pytest.mark.parametrize("js", [True, False], ids=["with-scripts", "without-scripts"])
def test_a_case_is_found_opened_and_sorted_by_keys_alone(live_site, open_as, js):
    world = a_world("wanshan", timezone.now())
    full_practice(world, timezone.now())
    case = world.raise_case(now=timezone.now())
    page = open_as(world.people["community"], js=js)

    page.goto("/desk/")
    go_to(page, f'a[href="/desk/cases/{case.pk}"]')
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/desk/cases/{case.pk}")
    go_to(page, 'details:has(form[action$="/sort"]) > summary')
    page.keyboard.press("Enter")
    go_to(page, 'form[action$="/sort"] input[type="radio"]')
    page.keyboard.press("Space")
    go_to(page, 'form[action$="/sort"] select')
    page.keyboard.press("ArrowDown")
    go_to(page, 'form[action$="/sort"] button[type="submit"]')
    page.keyboard.press("Enter")

    expect(page.locator('form[action$="/dispatch"]').first).to_be_attached()
    assert Case.objects.get(pk=case.pk).state == "sorted"


def go_to(page: Page, what: str) -> None:
    """Press Tab until the focus is there and can be seen."""
    for _press in range(MANY):
        page.keyboard.press("Tab")
        here = page.locator(":focus")
        if here.count() and here.evaluate("(e, what) => e.matches(what)", what):
            seen = here.evaluate(
                "e => { const s = getComputedStyle(e); return s.outlineStyle !== 'none' || s.boxShadow !== 'none' }"
            )
            assert here.is_visible()
            assert seen, f"{what} has the focus, and nobody sees it"
            return
    pytest.fail(f"{what} cannot be reached with the Tab key")
