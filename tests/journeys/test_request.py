"""One request from the stairwell to the supervisor's figure, in a browser, with scripts and without."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from linli.kernel.cases.models import Case
from linli.kernel.files.choices import State
from linli.kernel.files.models import Attachment
from linli.kernel.files.services import process
from linli.kernel.journal import jobs, services
from tests.kernel.files.corpus import photo, saved
from tests.world import a_world, full_practice

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PICTURE = {"name": "photo.jpg", "mimeType": "image/jpeg"}


@pytest.fixture
def world(live_site):
    world = a_world("wanshan", timezone.now())
    full_practice(world, timezone.now())
    return world


@pytest.mark.parametrize("js", [True, False], ids=["with-scripts", "without-scripts"])
def test_a_resident_reports_and_judges_and_the_supervisor_sees_it(world, open_as, js):
    resident = open_as(js=js, phone=True)
    code = report(resident, world)
    case = Case.objects.get()
    work()

    clerk, worker = open_as(world.people["community"], js=js), open_as(world.people["property"], js=js)
    clerk.goto("/desk/")
    clerk.get_by_role("link", name=re.compile("楼道照明")).first.click()
    expect(clerk.locator("h1")).to_contain_text("楼道照明")
    expect(clerk.get_by_text("三栋二单元楼道灯不亮")).to_be_visible()
    press(clerk, "sort", sort="shared", reason="common_part")
    press(clerk, "dispatch")

    worker.goto(f"/desk/cases/{case.pk}")
    press(worker, "accept")
    press(worker, "resolve", words="换了灯泡，亮了。", photos=saved(photo(640, 480, seed=2)))
    work()
    clerk.goto(f"/desk/cases/{case.pk}")
    press(clerk, "check")
    press(clerk, "reply", words="灯换好了，请您看看。")

    judge(resident, code)
    work()
    drill_down(open_as(world.people["supervisor"], js=js), case)


def report(page: Page, world) -> str:
    page.goto(f"/p/{world.building.pk}")
    page.goto(f"/report?place={world.building.pk}&channel=qr")
    page.locator('input[type="file"]').first.set_input_files(
        [{**PICTURE, "buffer": saved(photo(800, 600, seed=1))}]
    )
    page.locator('textarea[name="text"]').fill("三栋二单元楼道灯不亮")
    page.get_by_role("button", name="发送").click()
    page.wait_for_url("**/report/sent/*")
    code = page.locator("#code").inner_text().strip()
    page.get_by_role("link", name="看看办到哪").click()
    page.wait_for_url(f"**/t/{code}")
    return code


def press(page: Page, step: str, *, photos: bytes = b"", **entries: str) -> None:
    """Fill in the form of a step and press its button; wait for the answer to have been shown."""
    form = page.locator(f'form[action$="/{step}"]').first
    box = page.locator(f'details:has(form[action$="/{step}"])')
    if box.count():
        box.first.locator("summary").first.click()
    for name, value in entries.items():
        field = form.locator(f'[name$="{name}"]')
        kind = field.first.get_attribute("type")
        if kind == "radio":
            form.locator(f'[name$="{name}"][value="{value}"]').check()
        elif field.first.evaluate("e => e.tagName") == "SELECT":
            field.first.select_option(value)
        else:
            field.first.fill(value)
    if photos:
        form.locator('input[type="file"]').first.set_input_files([{**PICTURE, "buffer": photos}])
    sent = lambda response: response.request.method == "POST" and response.url.endswith(f"/{step}")
    with page.expect_response(sent) as answered:
        form.locator('button[type="submit"]').first.click()
    assert answered.value.status in {200, 302}, f"{step}: {answered.value.status}"
    expect(page.locator(f'form[action$="/{step}"]')).to_have_count(0)
    page.wait_for_load_state("load")


def judge(page: Page, code: str) -> None:
    page.goto(f"/t/{code}")
    expect(page.get_by_text("灯换好了，请您看看。").first).to_be_visible()
    form = page.locator("#rate")
    form.get_by_text("解决了", exact=True).click()
    form.get_by_text("满意", exact=True).click()
    form.get_by_role("button", name="提交评价").click()
    expect(page.locator("#rate")).to_have_count(0)
    expect(page.get_by_text("已经办结").first).to_be_visible()
    assert page.locator(".photos img, img").count() >= 2  # before and after


def drill_down(page: Page, case: Case) -> None:
    page.goto("/desk/figures")
    card = page.locator(".figs a, .figs .fig").filter(has_text="办结").first
    expect(card).to_contain_text("1")
    page.goto("/desk/figures")
    page.locator('a[href*="/desk/figures/requests.closed"]').first.click()
    page.wait_for_url("**/desk/figures/requests.closed*")
    page.locator(f'a[href="/desk/cases/{case.pk}"]').first.click()
    page.wait_for_url(f"**/desk/cases/{case.pk}")
    expect(page.locator("h1")).to_contain_text("楼道照明")


def work() -> None:
    """What the worker would do by now: positions, figures, notices, pictures."""
    now = timezone.now()
    jobs.run_due(now)
    services.sequence(now)
    while services.consume("figures", now=now):
        continue
    process(now)
    assert not Attachment.objects.filter(state=State.QUARANTINED).exists()
