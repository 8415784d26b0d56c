"""The map in a browser: under the policy, and when its outlines do not come."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import sync_playwright

from tests.kernel.people.builders import signed_in
from tests.shell.test_map import drawn
from tests.world import a_world


@pytest.mark.browser
def test_a_browser_draws_the_map_without_breaking_the_policy_and_keeps_the_drawing_when_refused(live_site):
    world = drawn(a_world("wanshan"))
    world.raise_case(now=timezone.now() - timedelta(days=30))
    cookie = signed_in(world.people["supervisor"]).cookies["sessionid"].value
    said: list[str] = []
    with sync_playwright() as play:
        options = [
            "--no-sandbox",
            "--disable-background-networking",
            "--use-gl=swiftshader",
            "--enable-unsafe-swiftshader",
        ]
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=options)
        context = browser.new_context()
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_site}])
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.add_init_script(
            "addEventListener('securitypolicyviolation', (e) => console.log('VIOLATION ' + e.violatedDirective + e.blockedURI))"
        )
        page.goto(f"{live_site}/desk/map")
        page.wait_for_selector("[data-drawn]")
        names = page.locator(".map-label b").all_text_contents()
        spots = page.locator(".map-spot-over").all_text_contents()
        page.route("**/map/outlines*", lambda route: route.fulfill(status=503))
        page.goto(f"{live_site}/desk/map")
        page.wait_for_timeout(500)
        refused = page.locator("[data-drawn]").count(), page.locator("svg.map path.cell").count()
        browser.close()
    assert [text for text in said if text.startswith("VIOLATION")] == []
    assert sorted(names) == ["第一网格", "第二网格"]
    assert spots == ["1"]
    assert refused == (0, 2)
