"""The map in a browser: under the policy, and when its outlines do not come."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.shell.test_map import drawn
from tests.world import a_world

pytestmark = pytest.mark.browser


def test_the_map_is_drawn_with_names_and_open_matters(open_as):
    world = drawn(a_world("wanshan"))
    world.raise_case(now=timezone.now() - timedelta(days=30))
    page = open_as(world.people["supervisor"])

    page.goto("/desk/map")
    page.wait_for_selector("[data-drawn]")

    assert sorted(page.locator(".map-label b").all_text_contents()) == ["第一网格", "第二网格"]
    assert page.locator(".map-spot-over").all_text_contents() == ["1"]


def test_where_the_outlines_do_not_come_the_drawing_stays(open_as, heard):
    world = drawn(a_world("wanshan"))
    page = open_as(world.people["supervisor"])
    page.route("**/map/outlines*", lambda route: route.fulfill(status=503))

    with page.expect_response("**/map/outlines*"):
        page.goto("/desk/map")
    page.wait_for_timeout(500)  # what would replace the drawing has had its chance

    assert page.locator("[data-drawn]").count() == 0
    assert page.locator("svg.map path.cell").count() == 2
    heard[:] = [
        said for said in heard if "503" not in said
    ]  # the browser tells of the answer that was made up
