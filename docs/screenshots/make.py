"""Lay out the demonstration as of a fixed day, open it in a browser, and take the pictures beside this file.

``make screenshots``; ``make.py <folder>`` keeps the demonstration in that folder for the
next time. The clock of the site stands at the demonstration's last morning, so that the pictures
come out the same on any day.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ANCHOR = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 3, 41, tzinfo=UTC)  # 11:41 in Shanghai, a minute after the last thing happened
REQUESTS = 160
MOST_BYTES = 250_000
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "device_scale_factor": 2,
}
DESK = {"viewport": {"width": 1440, "height": 900}}
BROWSER = [
    "--no-sandbox",
    "--disable-background-networking",
    "--use-gl=swiftshader",
    "--enable-unsafe-swiftshader",
]
SAID = "三栋前面那一排路灯三天没亮了，放学的孩子走夜路。"


def main() -> None:
    """Work in the folder that is named, which stays, or in one that is thrown away."""
    if len(sys.argv) > 1:
        make(sys.argv[1])
        return
    with tempfile.TemporaryDirectory(prefix="linli-screenshots-") as folder:
        make(folder)


def make(folder: str) -> None:
    os.environ |= {
        "LINLI_DATA": folder, "LINLI_DEMONSTRATION": "1", "LINLI_LOG_LEVEL": "WARNING", "DJANGO_SETTINGS_MODULE": "config.settings.embedded",
        "DJANGO_ALLOW_ASYNC_UNSAFE": "1",  # Playwright keeps a loop in this thread
    }  # fmt: skip
    sys.path.insert(0, str(ROOT))
    import django  # noqa: PLC0415 -- the settings stand in the environment only now

    django.setup()
    lay_out()
    with served() as address:
        take(address)


def lay_out() -> None:
    from django.core.management import call_command  # noqa: PLC0415 -- after django.setup

    call_command("prepare", verbosity=0)
    call_command("demo", anchor=ANCHOR, requests=REQUESTS)


@contextmanager
def served() -> Iterator[str]:
    """Serve the site from threads of this process, whose clock stands at NOW and goes on from there."""
    import time_machine  # noqa: PLC0415 -- after the demonstration has been laid out
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler  # noqa: PLC0415

    from config.wsgi import application  # noqa: PLC0415 -- after django.setup

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_args: Any) -> None:
            """Say nothing: the pictures are what this is for."""

    with time_machine.travel(NOW, tick=True):
        server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
        server.set_app(application)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def take(address: str) -> None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 -- beside time_machine

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=BROWSER)
        resident(Camera(browser, address, "phone", PHONE))
        worker(browser, address)
        desk(browser, address)
        browser.close()


class Camera:
    """One browser window, signed in as one person or nobody."""

    def __init__(
        self, browser: Any, address: str, size: str, options: dict[str, Any], login: str = ""
    ) -> None:
        context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", **options)
        self.page = context.new_page()
        self.page.on("pageerror", lambda error: sys.exit(f"A page failed: {error}"))
        self.address, self.size = address, size
        if login:
            self.sign_in(login)

    def sign_in(self, login: str) -> None:
        from linli.demo.staffing import PASSWORD  # noqa: PLC0415 -- after django.setup
        from linli.demo.views import code_now  # noqa: PLC0415

        self.open("/desk/sign-in")
        self.page.fill("input[name=login]", login)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("form:has(input[name=password]) button[type=submit]")
        self.page.fill("input[name=code]", code_now())
        self.page.click("form:has(input[name=code]) button[type=submit]")
        self.page.wait_for_url(f"{self.address}/desk/")

    def open(self, path: str, wait_for: str = "") -> None:
        response = self.page.goto(self.address + path)
        if response is None or response.status != 200:
            sys.exit(f"{path} answered {response.status if response else 'nothing'}.")
        if wait_for:
            self.page.wait_for_selector(wait_for)

    def shoot(self, name: str) -> None:
        """Take what the window shows: at most 256 colours, at most MOST_BYTES."""
        from PIL import Image  # noqa: PLC0415 -- after django.setup

        self.page.wait_for_timeout(500)
        self.page.evaluate("document.activeElement && document.activeElement.blur()")
        image = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        file = HERE / f"{name}-{self.size}.png"
        for colours in (256, 128, 64):
            image.quantize(colours, dither=Image.Dither.NONE).save(file, optimize=True)
            if file.stat().st_size <= MOST_BYTES:
                break
        print(f"{file.name} {file.stat().st_size // 1000} kB")


def resident(camera: Camera) -> None:
    """Home, the form filled in, what comes back, the tracking page, the rating."""
    from linli.demo.pictures import picture  # noqa: PLC0415 -- after django.setup

    page = camera.page
    camera.open("/")
    camera.shoot("home")
    camera.open(f"/report?place={a_building()}&channel=qr")
    image = picture("lamp", is_mended=False, random=Random(1))  # noqa: S311 -- a picture, not a secret
    upload = {"name": "lamp.jpg", "mimeType": "image/jpeg", "buffer": image.getvalue()}
    page.set_input_files("input[type=file]", upload)
    page.locator("textarea[name=text]").press_sequentially(SAID, delay=5)
    page.wait_for_timeout(1500)
    page.evaluate("scrollTo(0, 0)")
    camera.shoot("report")
    page.click("button[form=report]")
    page.wait_for_url("**/report/sent/**")
    camera.shoot("sent")
    camera.open(f"/t/{code_of('handling', 'whistle')}")
    camera.shoot("track")
    camera.open(f"/t/{code_of('replied')}#rate", "#rate")
    page.locator("#rate").scroll_into_view_if_needed()
    camera.shoot("rate")


def worker(browser: Any, address: str) -> None:
    camera = Camera(browser, address, "phone", PHONE, "wangge")
    camera.open("/desk/")
    camera.shoot("inbox")
    camera.page.locator("a[href^='/desk/cases/']").first.click()
    camera.page.wait_for_url("**/desk/cases/**")
    camera.shoot("case")


def desk(browser: Any, address: str) -> None:
    camera = Camera(browser, address, "desktop", DESK, "shequ")
    camera.open("/desk/")
    camera.shoot("inbox")
    camera = Camera(browser, address, "desktop", DESK, "bumen")
    camera.open(f"/desk/cases/{case_of('handling', 'whistle').pk}")
    camera.shoot("case")
    camera = Camera(browser, address, "desktop", DESK, "shuji")
    camera.open("/desk/map", "[data-drawn]")
    camera.shoot("map")
    camera = Camera(browser, address, "desktop", DESK, "quxian")
    camera.open("/desk/figures")
    camera.page.wait_for_timeout(1500)
    camera.shoot("overview")
    camera = Camera(browser, address, "desktop", DESK, "guize1")
    camera.open("/desk/rules/profile.request")
    camera.shoot("rules")


def a_building() -> Any:
    from linli.demo.staffing import COMMUNITY  # noqa: PLC0415 -- after django.setup
    from linli.kernel.places.models import Place  # noqa: PLC0415

    return Place.objects.filter(codes__code=f"{COMMUNITY}B003").values_list("pk", flat=True).get()


def case_of(state: str, called: str = "") -> Any:
    """Return the latest case that stands so, one with units called if asked."""
    from linli.kernel.cases.models import Case  # noqa: PLC0415 -- after django.setup

    found = Case.objects.filter(state=state, confidential=False)
    found = found.filter(assignments__done_at=None, assignments__isnull=False) if called else found
    return found.order_by("-opened_at").first()


def code_of(state: str, called: str = "") -> str:
    from linli.kernel.cases.queries.codes import tracking_code  # noqa: PLC0415 -- after django.setup

    return str(tracking_code(case_of(state, called).pk))


if __name__ == "__main__":
    main()
