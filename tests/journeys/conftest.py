"""Browsers that listen: every page reports violations of its policy and errors of its scripts, and there are none."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django import DjangoDbBlocker

from linli.kernel.people.models import Account
from tests.kernel.people.builders import signed_in

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
    "--use-gl=swiftshader",  # the map draws with WebGL, also where there is no graphics card
    "--enable-unsafe-swiftshader",
]
PATIENCE = 20_000  # milliseconds: two cores may be busy with other things
LISTEN = "document.addEventListener('securitypolicyviolation', e => console.error('CSP ' + e.violatedDirective + ' ' + e.blockedURI))"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@pytest.fixture(scope="session")
def chromium(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Browser]:
    # Beside Playwright's loop this thread gets connections of its own; those it had would stay open on the template.
    with django_db_blocker.unblock():
        connections.close_all()
    # Playwright's loop runs in this thread to the end of the session; Django would refuse every query beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """What the pages of the test complained of: nothing, or the test fails."""
    complaints: list[str] = []
    yield complaints
    assert complaints == []


@pytest.fixture
def open_as(chromium: Browser, live_site: str, heard: list[str]) -> Iterator[Callable[..., Page]]:
    """``open_as(account, js=…, phone=…)`` gives a page of somebody signed in; None is a stranger."""
    contexts: list[BrowserContext] = []

    def open_(account: Account | None = None, *, js: bool = True, phone: bool = False) -> Page:
        shape: dict[str, Any] = PHONE if phone else {"viewport": {"width": 1280, "height": 900}}
        context = chromium.new_context(base_url=live_site, java_script_enabled=js, locale="zh-CN", **shape)
        contexts.append(context)
        if account:
            session = signed_in(account).cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": live_site}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.add_init_script(LISTEN)
        page.on(
            "console", lambda said: heard.append(f"{page.url}: {said.text}") if said.type == "error" else None
        )
        page.on("pageerror", lambda error: heard.append(f"{page.url}: {error}"))
        page.on(
            "request",
            lambda sent: (
                heard.append(f"left the site: {sent.url}") if not _is_ours(sent.url, live_site) else None
            ),
        )
        return page

    yield open_
    for context in contexts:
        context.close()


def _is_ours(url: str, live_site: str) -> bool:
    return url.startswith((live_site, "data:", "blob:"))
