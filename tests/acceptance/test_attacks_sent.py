"""The attacks of the reliability paper that concern what exists, each with its stated answer.

The number in a test's name is the attack's.
"""

from __future__ import annotations

import io
import json
import logging
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from config.logs import blank_long_digits
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries.codes import tracking_code
from linli.kernel.files.models import Attachment
from linli.kernel.people.models import Account
from tests.acceptance.conftest import api, clerk, count, searched
from tests.kernel.files.builders import a_ready_picture
from tests.kernel.files.corpus import photo, saved
from tests.kernel.people.builders import signed_in
from tests.world import TEN, a_world, tomorrow

pytestmark = pytest.mark.django_db
SCRIPTS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "<svg onload=alert(1)>",
)


@pytest.fixture
def world():
    cache.clear()
    return a_world("wanshan")


@pytest.fixture
def case(world):
    return world.raise_case(now=timezone.now())


def test_attack_37_one_key_is_one_case_and_another_text_is_refused(client, world):
    body, key = {"text": "楼道灯不亮", "place": str(world.building.pk)}, {"Idempotency-Key": "k" * 40}
    first = api(client, "requests", body, **key)
    with time_machine.travel(timezone.now() + timedelta(days=30)):
        later = api(client, "requests", body, **key)
        other = api(client, "requests", body | {"text": "井盖松动"}, **key)

    assert (first.status_code, later.status_code, other.status_code) == (201, 200, 422)
    assert first.json()["case"]["id"] == later.json()["case"]["id"]
    assert Case.objects.count() == 1


def test_attack_38_half_a_body_makes_no_case_and_sending_it_again_makes_one(client, world):
    text = json.dumps({"text": "楼道灯不亮", "place": str(world.building.pk)})
    cut = api(client, "requests", text[: len(text) // 2], **{"Idempotency-Key": "h" * 40})
    assert (cut.status_code, Case.objects.count()) == (422, 0)

    assert api(client, "requests", text, **{"Idempotency-Key": "h" * 40}).status_code == 201
    assert api(client, "requests", text, **{"Idempotency-Key": "h" * 40}).status_code == 200
    assert Case.objects.count() == 1


def test_attack_39_the_same_photo_under_two_names_hangs_on_both_without_a_conflict(client, world):
    content = saved(photo(64, 48))
    for name in ("a.jpg", "b.jpg"):
        upload = io.BytesIO(content)
        upload.name = name
        sent = {"text": f"楼道灯不亮 {name}", "place": str(world.building.pk), "photos": [upload]}
        assert client.post("/report", sent).status_code == 302

    kept = list(Attachment.objects.all())
    assert len(kept) == 2
    assert kept[0].digest == kept[1].digest
    assert {one.subject_id for one in kept} == set(Case.objects.values_list("pk", flat=True))


@pytest.mark.parametrize(
    "path",
    [
        "media/../db.sqlite3",
        "static/../manage.py",
        "%2e%2e/%2e%2e/etc/passwd",
        "files/../health",
        "static/%2e%2e/%2e%2e/config/urls.py",
    ],
)
def test_attack_44_no_way_leads_out_of_what_is_served(client, path):
    response = client.get(f"/{path}")
    body = b"".join(response.streaming_content) if response.streaming else response.content

    assert response.status_code in {400, 404}
    assert b"urlpatterns" not in body
    assert b"root:" not in body


def test_attack_45_a_photos_address_is_nothing_without_the_right(client, case):
    picture = a_ready_picture(subject_id=case.pk)
    bare = client.get(f"/files/{picture.pk}/page")
    allowed = client.get(f"/files/{picture.pk}/page?code={tracking_code(case.pk)}")

    assert (bare.status_code, allowed.status_code) == (404, 200)
    assert "no-store" in allowed["Cache-Control"]
    assert b"".join(allowed.streaming_content)[8:12] == b"WEBP"


@pytest.mark.parametrize(
    "text",
    ["[" * 10_000, '{"text": 1e999}', '{"text": "a", "text": "b"}', '{"text": "\\ud800", "place": ""}', '{"text": NaN}', "", "[]", "null",
     '{"text": "' + "a" * 300_000 + '"}', '{"lon": 1e400}', '{"place": {"a": []}}', '{"photos": [[[]]]}'],
)  # fmt: skip
def test_attack_48_json_that_is_none_is_refused_without_a_stumble(client, world, text):
    response = api(client, "requests", text)

    assert response.status_code in {400, 413, 422}
    assert response["Content-Type"] == "application/problem+json"
    assert Case.objects.count() == 0


def test_attack_48_ten_megabytes_are_refused(client, world):
    assert api(client, "requests", '{"text": "' + "a" * 10_000_000 + '"}').status_code in {400, 413}


def test_attack_49_a_thousand_fields_and_a_hundred_files_are_refused(client, world):
    fields = {f"field{n}": "x" for n in range(1000)}
    assert client.post("/report", fields).status_code in {400, 413}
    uploads = []
    for n in range(100):
        uploads.append(io.BytesIO(b"x"))
        uploads[-1].name = f"{n}.jpg"
    assert client.post("/report", {"text": "x", "photos": uploads}).status_code in {400, 413}
    assert Case.objects.count() == 0


@pytest.mark.parametrize("field", ["text", "contact_phone", "contact_name", "place", "channel", "category"])
def test_attack_52_a_million_letters_in_any_field_are_refused_quickly(client, world, field):
    sent = {"text": "楼道灯不亮", "place": str(world.building.pk)} | {field: "a" * 900_000}
    began = timezone.now()
    response = client.post("/report", sent)

    assert response.status_code in {413, 422, 302 if field == "channel" else 422}
    assert timezone.now() - began < timedelta(seconds=3)


@pytest.mark.parametrize(
    "phone", ["138001380001380013", "52010319900101001X", "１３８００１３８０００", "13800138000<", "+86 1"]
)
def test_attack_52_what_is_no_phone_number_is_refused_or_read_rightly(client, world, phone):
    sent = {"text": "楼道灯不亮", "place": str(world.building.pk), "contact_phone": phone}
    response = client.post("/report", sent)

    assert response.status_code in {302, 422}
    if response.status_code == 302:
        code = response["Location"].rpartition("/")[2]
        opened = clerk(world).post(
            f"/desk/cases/{Case.objects.get().pk}/open", {"purpose": "contact_reporter"}
        )
        assert code
        assert "13800138000" in opened.content.decode()


def test_attack_54_a_note_for_the_desk_is_closed_to_superior_and_other_party(world):
    case = at_work(world)
    now = timezone.now()
    asked = {"words": "住户不在家，约了周五", "until": tomorrow(now)}
    world.take(case, "ask_suspension", "property", now, **asked)

    for who in ("supervisor", "party"):
        page = signed_in(world.people[who]).get(f"/desk/cases/{case.pk}")
        assert (page.status_code, "约了周五" in page.content.decode()) == (200, False)
    assert signed_in(world.people["grid2"]).get(f"/desk/cases/{case.pk}").status_code == 404
    assert "约了周五" not in Client().get(f"/t/{tracking_code(case.pk)}").content.decode()


def at_work(world):
    now = timezone.now()
    case = world.raise_case(now=now)
    world.take(case, "sort", "community", now, sort="shared", reason="common_part")
    world.take(case, "dispatch", "community", now)
    return world.take(case, "accept", "property", now)


def test_attack_53_who_is_complained_about_never_learns_who_complained(world):
    case = world.raise_case(
        text="四楼半夜吵，我是李四", contact_name="李四", contact_phone="13800138000", now=timezone.now()
    )
    neighbour = Account.objects.create(username=None, name="", kind="resident", made_at=TEN)

    for page in ("/me", "/me/data", "/me/data/copy.html", "/me/data/copy.json"):
        own = signed_in(neighbour).get(page).content.decode()
        assert ("李四" in own, case.number in own, "13800138000" in own) == (False, False, False), page
    tracked = Client().get(f"/t/{tracking_code(case.pk)}").content.decode()
    assert ("李四" in tracked, "13800138000" in tracked) == (False, False)


def test_attack_55_a_protected_matter_stands_in_no_list_map_search_or_figure(world):
    now = timezone.now()
    case = world.raise_case(text="隔壁一直家暴，打老婆", now=now)
    assert case.confidential
    searched(case)
    count(now)

    for who in ("community", "supervisor", "party", "street", "county", "grid"):
        client = signed_in(world.people[who])
        for page in (
            "/desk/",
            "/desk/cases",
            f"/desk/cases?q={case.number}",
            "/desk/cases?q=家暴",
            "/desk/map",
            "/desk/map/cases",
        ):
            html = client.get(page).content.decode().replace(f'value="{case.number}"', "")  # what was typed
            assert (case.number in html, str(case.pk) in html) == (False, False), (who, page)
    over = signed_in(world.people["supervisor"])
    assert case.number not in over.get("/desk/figures/requests.received").content.decode()
    assert ">0<" in over.get("/desk/figures").content.decode()
    handler = signed_in(world.people["protected"])
    assert case.number in handler.get("/desk/").content.decode()
    assert case.number not in handler.get("/desk/map/cases").content.decode()


def test_attack_65_a_line_break_in_a_name_makes_no_second_line_in_the_log(client, capsys):
    forged = "x\n2026-11-20 INFO login ok\r\nadmin"
    client.post("/desk/sign-in", {"login": forged, "password": "guess"})
    logging.getLogger("linli.request").warning("login %s", forged)

    lines = [line for line in capsys.readouterr().err.splitlines() if "login ok" in line]
    assert not [line for line in lines if line.startswith("2026-11-20 INFO")]
    assert blank_long_digits(None, "", {"event": "call 13800138000"})["event"] == "call …"
