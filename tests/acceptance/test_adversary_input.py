"""What a hostile client sends: each is answered with a refusal, never with an error of ours, never in silence."""

from __future__ import annotations

import json
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from linli.foundation.rules import IMPORT
from linli.kernel.cases.models import Case
from linli.kernel.files import services as files
from linli.kernel.journal import services as journal
from linli.kernel.places.services import add_place
from tests.kernel.people.builders import signed_in
from tests.world import TEN, a_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return a_world("wanshan")


def photo(colour: str = "red") -> SimpleUploadedFile:
    content = BytesIO()
    Image.new("RGB", (20, 20), colour).save(content, "JPEG")
    return SimpleUploadedFile("a.jpg", content.getvalue(), "image/jpeg")


@pytest.mark.parametrize("query", ["%00", "a%00b", "%ff", "%ED%A0%80", "%25", "_", "%5C"])
def test_a_search_for_places_takes_any_text(world, query):
    assert Client().get(f"/report/places?q={query}").status_code == 200


@pytest.mark.parametrize(
    "point", ["lon=nan&lat=nan", "lon=inf&lat=1", "lon=1e400&lat=-1e400", "lon=1e300&lat=0", "lon=&lat="]
)
def test_a_point_that_is_none_finds_nothing(world, point):
    assert Client().get(f"/report/places?{point}").status_code == 200


@pytest.mark.parametrize(
    "at",
    [
        "0001-01-01T00:00:00",
        "0001-01-01T00:00:00+08:00",
        "9999-12-31T23:59:59-12:00",
        "2026-03-11",
        "2026-03-11T10:00:00",
    ],
)
def test_a_page_mark_at_the_ends_of_time_is_no_error(world, at):
    desk = signed_in(world.people["community"])
    mark = f"{at}_{uuid4()}".replace("+", "%2B")
    assert desk.get(f"/desk/?after={mark}").status_code == 200
    assert desk.get(f"/api/v1/requests?after={mark}").status_code in (200, 422)


@pytest.mark.parametrize("state", ["%00", "nowhere", "%25"])
def test_a_state_that_is_none_filters_to_nothing(world, state):
    world.raise_case()
    assert signed_in(world.people["community"]).get(f"/desk/cases?state={state}").status_code == 200


def test_what_is_searched_for_stays_whole_on_the_next_page(world):
    for _n in range(51):
        world.raise_case()
    journal.sequence(TEN)
    while journal.consume("search", now=TEN):
        continue
    page = signed_in(world.people["supervisor"]).get("/desk/cases", {"q": "三栋#&"}).content.decode()
    assert "q=%E4%B8%89%E6%A0%8B%23%26&amp;state=&amp;after=" in page


def test_a_wide_formula_sign_stays_text_in_the_table(world):
    add_place(level="grid", name="＝1+1", parent_id=world.community.pk, now=TEN, actor=IMPORT)
    table = signed_in(world.people["supervisor"]).get("/desk/figures?format=csv").content.decode("utf-8-sig")
    assert "\n'＝1+1," in table.replace("\r", "")


def test_words_that_grow_when_composed_are_refused_on_the_page(world):
    entry = {"text": "\ufb2c" * 1000, "place": str(world.building.id), "key": "k" * 20}
    assert Client().post("/report", entry).status_code == 422


def test_a_resend_with_the_same_photo_is_the_same_case(world):
    entry = {"text": "楼道灯不亮", "place": str(world.building.id), "key": "k" * 24}
    first = Client().post("/report", {**entry, "photos": photo()})
    again = Client().post("/report", {**entry, "photos": photo()})

    assert (first.status_code, again.status_code) == (302, 302)
    assert again.url == f"{first.url}?again=1"
    assert Case.objects.count() == 1


def test_a_resend_with_another_photo_is_refused(world):
    entry = {"text": "楼道灯不亮", "place": str(world.building.id), "key": "k" * 24}
    Client().post("/report", {**entry, "photos": photo()})
    assert Client().post("/report", {**entry, "photos": photo("blue")}).status_code == 422


def test_nobody_attaches_a_photo_that_somebody_else_sent(world):
    theirs = files.receive(photo(), actor=world.moment("grid").actor, now=TEN)
    body = {"text": "楼道灯不亮", "place": str(world.building.id), "photos": [str(theirs.pk)]}
    response = Client().post("/api/v1/requests", json.dumps(body), content_type="application/json")

    assert response.status_code in (404, 422)
    theirs.refresh_from_db()
    assert theirs.subject_id is None


def test_a_step_attaches_no_photo_that_somebody_else_sent(world):
    theirs = files.receive(photo(), actor=world.moment("street").actor, now=TEN)
    case = world.raise_case(who="grid")
    body = {"words": "补", "photos": [str(theirs.pk)], "version": case.version}
    response = signed_in(world.people["grid"]).post(
        f"/api/v1/requests/{case.pk}/supplement", json.dumps(body), content_type="application/json"
    )
    assert response.status_code in (404, 422), response.content
    theirs.refresh_from_db()
    assert theirs.subject_id is None


@pytest.mark.parametrize("channel", ["counter", "phone", "patrol", "import"])
def test_a_stranger_writes_nothing_down_for_others(world, channel):
    body = {"text": "楼道灯不亮", "place": str(world.building.id), "channel": channel}
    response = Client().post("/api/v1/requests", json.dumps(body), content_type="application/json")
    assert response.status_code == 422
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        '{"text":"\\ud800","place":"x"}',
        '{"lon":1e999,"lat":1,"text":"a"}',
        '{"text":{"a":1},"photos":{"b":[]}}',
        "[1]",
        '{"a":1,"a":2}',
        '{"\\ud800":1}',
        '{"text":"a","place":"' + "9" * 5000 + '"}',
        '{"text":"a","category":"\\ud800"}',
        '{"text":"a","contact_phone":"\\u0000"}',
        "[" * 100000,
    ],
)
def test_json_that_makes_no_sense_is_refused(world, body):
    response = Client().post("/api/v1/requests", body, content_type="application/json")
    assert response.status_code in (400, 422), response.content


@pytest.mark.parametrize("version", ["null", "true", '"1"', "1.0", "-1", "9" * 400])
def test_a_version_that_is_none_is_refused(world, version):
    case = world.raise_case()
    response = signed_in(world.people["community"]).post(
        f"/api/v1/requests/{case.pk}/refuse", f'{{"version":{version}}}', content_type="application/json"
    )
    assert response.status_code in (409, 422)
