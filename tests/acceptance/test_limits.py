"""Who is not signed in may ask for much, not for everything; and is told whom to ring."""

from __future__ import annotations

import io
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import time_machine
from django.core.cache import caches
from django.test import Client

from config.settings import base
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries.codes import tracking_code
from linli.kernel.files.models import Attachment
from tests.acceptance.conftest import api
from tests.kernel.files.builders import a_ready_picture
from tests.kernel.files.corpus import photo, saved
from tests.kernel.people.builders import signed_in
from tests.world import World, a_world

HERE, THERE = "198.51.100.7", "203.0.113.9"
LAMP = {"text": "三栋二单元楼道灯不亮"}
PHONE = "12345"


@pytest.fixture(autouse=True)
def _shipped(settings):
    """The limits as they are shipped, and nothing counted yet."""
    settings.LIMITS = base.LIMITS
    settings.SERVICE_PHONE = PHONE
    for alias in ("default", "local"):
        caches[alias].clear()
    yield
    for alias in ("default", "local"):
        caches[alias].clear()


@pytest.fixture
def world(db: None) -> World:
    return a_world()


def few(settings: Any, **rates: str) -> None:
    """Make some limits small, so that a test need not send hundreds."""
    settings.LIMITS = base.LIMITS | rates


def report(client: Client, world: World, address: str = HERE, **more: Any) -> Any:
    entry = {**LAMP, "place": str(world.building.id), **more}
    return client.post("/report", entry, REMOTE_ADDR=address)


def picture(name: str = "a.jpg") -> io.BytesIO:
    file = io.BytesIO(saved(photo(32, 32)))
    file.name = name
    return file


def words(response: Any) -> str:
    return re.sub(r"<[^>]+>|\s+", " ", response.content.decode())


def test_a_neighbourhood_behind_one_address_reports_120_times_a_minute(world):
    client = Client()

    answers = [report(client, world).status_code for _n in range(121)]

    assert answers == [302] * 120 + [429]
    assert Case.objects.count() == 120


def test_who_reports_too_fast_keeps_the_words_and_is_told_when_and_whom_to_ring(world, settings):
    few(settings, report="1/m")
    client = Client()
    report(client, world)

    refused = report(client, world, text="七栋电梯有人困住了")

    assert refused.status_code == 429
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert "七栋电梯有人困住了</textarea>" in refused.content.decode()
    said = re.search(r'role="alert"[^>]*>(.*?)</section>', refused.content.decode(), re.DOTALL)[1]
    assert all(number in said for number in (PHONE, "110", "119", "120"))
    assert Case.objects.count() == 1


def test_a_photo_alone_too_fast_is_told_the_same(world, settings):
    few(settings, report="1/m")
    client = Client()
    report(client, world)

    refused = report(client, world, text="", photos=[picture()])

    assert refused.status_code == 429
    assert PHONE in re.search(r'role="alert"[^>]*>(.*?)</section>', refused.content.decode(), re.DOTALL)[1]
    assert Attachment.objects.count() == 0


@pytest.mark.parametrize("flow", ["requests", "protected"])
def test_the_api_counts_reports_together_with_the_page(world, settings, flow):
    few(settings, report="1/m")
    client = Client(REMOTE_ADDR=HERE)
    report(client, world)

    refused = api(client, flow, {**LAMP, "place": str(world.building.id)})

    assert refused.status_code == 429
    assert refused["Content-Type"] == "application/problem+json"
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert PHONE in refused.json()["detail"]
    assert "110" in refused.json()["detail"]


def test_photos_are_counted_one_by_one_and_the_report_goes_without(world):
    client = Client()
    answers = [report(client, world, photos=[picture() for _n in range(6)]).status_code for _n in range(6)]

    refused = report(client, world, photos=[picture()])

    assert answers == [302] * 5 + [429]
    assert Attachment.objects.count() == 30
    assert refused.status_code == 429
    assert refused.context["form"].errors["photos"] == [refused.context["form"].errors["photos"][0]]
    assert "不加照片" in refused.context["form"].errors["photos"][0]
    assert PHONE in refused.context["form"].errors["photos"][0]
    assert "Retry-After" in refused
    assert report(client, world).status_code == 302


def test_the_api_receives_thirty_photos_a_minute(world):
    client = Client(REMOTE_ADDR=HERE)

    answers = [client.post("/api/v1/photos", {"photo": picture()}).status_code for _n in range(31)]

    assert answers == [201] * 30 + [429]


def test_looking_for_a_place_has_a_limit_of_its_own(world, settings):
    few(settings, look_up="3/m", report="1/m")
    client = Client(REMOTE_ADDR=HERE)

    answers = [client.get("/report/places?q=三栋").status_code for _n in range(2)]
    answers += [client.post("/report/suggest", {"text": "灯"}).status_code for _n in range(2)]

    assert answers == [200, 200, 200, 429]
    assert report(client, world).status_code == 302


def test_the_tracking_page_has_a_limit_and_says_whom_to_ring(world, settings):
    few(settings, track="3/m")
    client = Client(REMOTE_ADDR=HERE)
    page = f"/t/{tracking_code(world.raise_case().pk)}"

    answers = [client.get(page) for _n in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert PHONE in words(answers[-1])
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60


def test_judging_by_code_has_a_limit(world, settings):
    few(settings, act="2/m")
    client = Client(REMOTE_ADDR=HERE)
    case = world.raise_case()
    page = f"/t/{tracking_code(case.pk)}"

    said = [
        client.post(f"{page}/supplement", {"words": f"还有 {n}", "version": 1}).status_code for n in range(3)
    ]

    assert said[2] == 429
    assert 429 not in said[:2]


def test_a_limit_ends_with_its_minute(world, settings):
    few(settings, report="2/m", guess="2/10m")
    client = Client(REMOTE_ADDR=HERE)
    now = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)

    with time_machine.travel(now, tick=False) as clock:
        assert [report(client, world).status_code for _n in range(3)] == [302, 302, 429]
        clock.shift(timedelta(seconds=59))
        assert report(client, world).status_code == 429
        clock.shift(timedelta(seconds=1))
        assert report(client, world).status_code == 302

        assert [client.get(f"/t/{n:012}").status_code for n in range(3)] == [404, 404, 429]
        clock.shift(timedelta(minutes=10))
        assert client.get("/t/000000000000").status_code == 404


def test_people_with_a_post_are_not_counted_and_residents_each_for_themselves(world, settings):
    few(settings, report="1/m", photos="1/m", look_up="1/m")
    clerk, resident = signed_in(world.people["community"]), Client()
    report(resident, world)

    answers = [clerk.get("/report/places?q=三栋", REMOTE_ADDR=HERE).status_code for _n in range(3)]
    answers += [
        clerk.post("/api/v1/photos", {"photo": picture()}, REMOTE_ADDR=HERE).status_code for _n in range(3)
    ]

    assert answers == [200, 200, 200, 201, 201, 201]
    assert report(resident, world).status_code == 429


def test_an_ipv6_network_of_64_bits_is_one_address(world, settings):
    few(settings, report="2/m")
    client = Client()

    answers = [report(client, world, f"2001:db8:1:2::{n:x}").status_code for n in range(4)]

    assert answers == [302, 302, 429, 429]
    assert report(client, world, "2001:db8:1:3::1").status_code == 302


def test_without_a_proxy_of_ours_a_forged_address_is_not_looked_at(world, settings):
    few(settings, report="2/m")
    forging = [Client(headers={"X-Forwarded-For": f"10.0.{n}.7"}) for n in range(4)]

    assert [report(one, world).status_code for one in forging] == [302, 302, 429, 429]
    assert report(Client(), world, "10.0.0.7").status_code == 302


def test_an_address_that_cannot_be_told_does_not_keep_anybody_from_reporting(world, settings):
    few(settings, report="2/m")
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    client = Client(headers={"X-Forwarded-For": HERE})  # one proxy fewer than the setting says

    assert [report(client, world).status_code for _n in range(3)] == [302, 302, 429]


# --- guessing at tracking codes ---


def test_sixty_wrong_codes_are_answered_then_right_ones_neither_for_this_address_only(world):
    client = Client(REMOTE_ADDR=HERE)
    page = f"/t/{tracking_code(world.raise_case().pk)}"
    doors = ["/t/{:012}", "/report/sent/{:012}", "/find?code={:012}"]

    wrong = [client.get(doors[n % 3].format(n)).status_code for n in range(60)]

    assert wrong == [404] * 60
    assert client.post("/t/000000000000/rate").status_code == 429
    refused = client.get(page)
    assert refused.status_code == 429
    assert 540 <= int(refused["Retry-After"]) <= 600
    assert PHONE in words(refused)
    assert Client(REMOTE_ADDR=THERE).get(page).status_code == 200


def test_a_code_tried_at_a_picture_is_a_guess_too_and_the_right_one_is_not(world, settings):
    few(settings, guess="3/10m")
    client = Client(REMOTE_ADDR=HERE)
    case = world.raise_case()
    code, picture_ = tracking_code(case.pk), a_ready_picture(subject_id=case.pk).pk
    page = f"/files/{picture_}/page"

    right = [client.get(page, {"code": code}) for _n in range(5)]
    assert [len(b"".join(answer.streaming_content)) > 0 for answer in right] == [True] * 5
    assert [client.get(page, {"code": f"{n:012}"}).status_code for n in range(4)] == [404, 404, 404, 429]
    assert client.get(page, {"code": code}).status_code == 429
    assert client.get(f"/t/{code}").status_code == 429
    assert client.get(page).status_code == 404


def test_while_many_addresses_guess_each_gets_one_and_right_codes_still_open(world, settings):
    few(settings, guess_all="5/10m")
    page = f"/t/{tracking_code(world.raise_case().pk)}"
    for n in range(5):
        Client(REMOTE_ADDR=f"192.0.2.{n}").get(f"/t/{n:012}")

    late = Client(REMOTE_ADDR="192.0.2.99")
    answers = [late.get(f"/t/{n:012}").status_code for n in range(100, 103)]

    assert answers == [404, 429, 429]
    assert Client(REMOTE_ADDR="192.0.2.100").get(page).status_code == 200


# --- over the real stack, behind a proxy of ours ---


def ask(url: str, *forwarded: str, body: dict[str, Any] | None = None) -> int:
    headers = {"X-Forwarded-For": ", ".join(forwarded)} if forwarded else {}
    data = json.dumps(body).encode() if body else None
    if data:
        headers["Content-Type"] = "application/json"
    try:
        with urlopen(Request(url, data, headers), timeout=30) as answer:  # noqa: S310 -- our own address
            return answer.status
    except HTTPError as refused:
        return refused.code


def test_behind_our_proxy_two_addresses_count_apart_and_forging_helps_nobody(live_site, settings):
    few(settings, report="3/m")
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    world = a_world()
    body = {**LAMP, "place": str(world.building.id)}
    url = f"{live_site}/api/v1/requests"

    evading = [ask(url, f"10.0.0.{n}", HERE, body=body) for n in range(5)]
    framing = [ask(url, THERE, HERE, body=body) for _n in range(3)]

    assert evading == [201, 201, 201, 429, 429]
    assert framing == [429] * 3
    assert [ask(url, THERE, body=body) for _n in range(4)] == [201, 201, 201, 429]


def test_at_once_over_the_real_stack_no_more_than_the_limit_goes_through(live_site, settings):
    few(settings, report="5/m")
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    world = a_world()
    body = {**LAMP, "place": str(world.building.id)}

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _n: ask(f"{live_site}/api/v1/requests", HERE, body=body), range(24)))

    assert (answers.count(201), answers.count(429)) == (5, 19)


def test_at_once_no_more_guesses_than_the_limit_are_answered(live_site, settings):
    few(settings, guess="20/10m")
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: ask(f"{live_site}/t/{n:012}", HERE), range(64)))

    assert 0 < answers.count(404) <= 20
    assert answers.count(404) + answers.count(429) == 64
    assert ask(f"{live_site}/t/000000000000", HERE) == 429
    assert ask(f"{live_site}/t/000000000000", THERE) == 404
