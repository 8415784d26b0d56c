"""Somebody on a phone sees what is held about them and asks for it to be erased; a desk answers; without a script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Page

from linli.kernel.people.services.accounts import resident_for
from tests.world import a_world


@pytest.mark.parametrize("js", [False, True], ids=["plain", "with htmx"])
def test_an_erasure_is_asked_for_on_a_phone_and_refused_with_its_reason(
    js: bool, live_site: str, open_as: Callable[..., Page]
) -> None:
    world = a_world()
    with transaction.atomic():
        me = world.people["me"] = resident_for("+8613812340001", timezone.now())
    world.raise_case(who="me", now=timezone.now(), contact_name="雀某甲", contact_phone="13812349876")
    page = open_as(me, js=js, phone=True)
    page.goto("/me")
    page.get_by_role("link", name="看我的信息").click()
    assert "雀某甲" in page.locator("main").inner_text()
    page.get_by_role("link", name="申请删除").click()
    assert page.get_by_label("您要申请什么").input_value() == "erase"
    page.get_by_role("button", name="提交申请").click()
    code = page.locator(".code").inner_text()
    page.get_by_role("link", name="查进度").last.click()
    assert "待答复" in page.locator("main").inner_text() or "答复" in page.locator("main").inner_text()

    desk = open_as(world.people["county"], js=js)
    desk.goto("/desk/")
    desk.get_by_text("删除我的个人信息").first.click()
    desk.get_by_text("不同意", exact=True).first.click()
    desk.get_by_label("理由").last.fill("没有这项记录")
    desk.get_by_role("button", name="不同意", exact=True).click()
    desk.get_by_text("没有同意").first.wait_for()
    page.goto(f"/t/{code}")
    told = page.locator("main").inner_text()
    assert [one for one in ("没有这项记录", "12377", "不同意这个答复") if one not in told] == []
