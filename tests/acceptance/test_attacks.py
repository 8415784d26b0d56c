"""The attacks of the reliability paper that concern what exists, each with its stated answer.

The number in a test's name is the attack's.
"""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from linli.kernel.cases.models import Case
from linli.kernel.cases.queries.codes import tracking_code
from linli.kernel.people.models import Account, Post
from linli.kernel.places.services import add_place
from linli.kernel.vault.models import ReadEntry
from tests.acceptance.conftest import api, clerk, searched
from tests.kernel.files.builders import a_ready_picture
from tests.kernel.people.builders import signed_in
from tests.world import IMPORT, TEN, a_world

pytestmark = pytest.mark.django_db
SCRIPTS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "<svg onload=alert(1)>",
)


LISTS = (
    "/desk/",
    "/desk/cases",
    "/desk/map",
    "/desk/map/cases",
    "/desk/notices",
    "/desk/figures",
    "/desk/places",
    "/api/v1/requests",
)


@pytest.fixture
def world():
    cache.clear()
    return a_world("wanshan")


@pytest.fixture
def case(world):
    return world.raise_case(now=timezone.now())


def test_attack_01_another_grids_case_is_absent_like_one_that_is_not_there(world, case):
    client = signed_in(world.people["grid2"])
    for address in ("/desk/cases/{}", "/desk/cases/{}/reads", "/api/v1/requests/{}"):
        foreign, none = client.get(address.format(case.pk)), client.get(address.format(uuid4()))
        assert (foreign.status_code, len(foreign.content)) == (404, len(none.content))
        assert foreign.status_code == none.status_code


def test_attack_02_columns_that_are_nobodys_to_set_are_refused_by_name(world, case):
    body = {
        "version": case.version,
        "sort": "shared",
        "reason": "law",
        "status": "closed",
        "holder_id": "x",
        "created_by": "y",
    }
    response = api(clerk(world), f"requests/{case.pk}/sort", body)

    case.refresh_from_db()
    assert response.status_code == 422
    assert all(name in response.json()["detail"] for name in ("status", "holder_id", "created_by"))
    assert case.state == "submitted"
    patched = clerk(world).patch(f"/api/v1/requests/{case.pk}", "{}", content_type="application/json")
    assert (patched.status_code, patched["Content-Type"]) == (405, "application/problem+json")
    assert patched["Allow"] == "GET"


def test_attack_04_what_hangs_on_a_foreign_case_is_absent(world, case):
    picture = a_ready_picture(subject_id=case.pk)
    client = signed_in(world.people["grid2"])
    assert client.get(f"/files/{picture.pk}/page").status_code == 404
    assert client.get(f"/desk/cases/{case.pk}/reads").status_code == 404
    said = client.post(f"/desk/cases/{case.pk}/progress", {"version": case.version, "words": "x"})
    assert said.status_code == 404


@pytest.mark.parametrize(
    "query",
    ["phone__startswith=138", "ordering=id_number", "_connector=OR 1=1--", "__class__=1", "a__b__c__d=1"],
)
def test_attack_06_07_names_in_the_address_that_nobody_reads_are_refused(world, case, query):
    client = clerk(world)
    for page in LISTS:
        odd = client.get(f"{page}?{query}")
        assert (page, odd.status_code) == (page, 400)
        assert case.number not in odd.content.decode()
        assert query.partition("=")[0] not in odd.content.decode()
    told = client.get(f"/api/v1/requests?{query}").json()
    assert (told["status"], told["detail"][:15]) == (400, "地址里有这里不认识的项目。请从")


def test_attack_06_a_known_name_beside_an_unknown_one_does_not_help(world, case):
    client = clerk(world)
    assert client.get("/api/v1/requests?limit=5&phone=1").status_code == 400
    assert client.get(f"/api/v1/requests/{case.pk}?phone=1").status_code == 400
    assert client.get(f"/api/v1/requests/{case.pk}").status_code == 200
    body = {"version": case.version, "sort": "shared", "reason": "law"}
    assert api(client, f"requests/{case.pk}/sort?dry=1", body).status_code == 400
    assert Client().get("/api/v1/openapi.json").status_code == 200


@pytest.mark.parametrize("sort", ["CASE WHEN (1=1) LIKE 0x61 THEN id END", "-id", "phone"])
def test_attack_08_the_order_of_a_list_is_not_the_senders(world, case, sort):
    client = clerk(world)
    for name in ("ordering", "sort", "order_by", "isAsc"):
        for page in LISTS:
            assert client.get(page, {name: sort}).status_code == 400


@pytest.mark.parametrize("text", ["' OR 1=1--", "%", "_", "\\", '"', "*", "NEAR(", "OR"])
def test_attack_09_what_is_searched_for_is_taken_as_it_stands(world, case, text):
    searched(case)
    client = clerk(world)

    assert case.number not in client.get("/desk/cases", {"q": text}).content.decode()
    assert client.get("/report/places", {"q": text}).status_code == 200
    assert (
        case.number in client.get("/desk/cases", {"q": "楼道灯"}).content.decode()
        or case.number in client.get("/desk/cases", {"q": case.number}).content.decode()
    )


def test_attack_10_sql_in_a_cookie_or_a_header_does_nothing(client, case):
    for name in ("sessionid", "csrftoken", "elder", "messages"):
        client.cookies[name] = "' OR 1=1--"
    response = client.get(
        "/", headers={"Accept-Language": "' OR 1=1--", "X-Forwarded-For": "'; DROP TABLE cases_case--"}
    )

    assert response.status_code == 200
    assert client.get("/me").status_code == 302
    assert Case.objects.count() == 1


@pytest.mark.parametrize("purpose", ["test", "", "🙂", "query", "handle_case", "security"])
def test_attack_13_a_purpose_that_is_none_opens_nothing(world, case, purpose):
    entries = ReadEntry.objects.count()
    response = clerk(world).post(f"/desk/cases/{case.pk}/open", {"purpose": purpose})

    assert response.status_code == 422
    opened = ReadEntry.objects.exclude(purpose="handle_case").count()
    assert (opened, entries) == (0, 0)


def test_attack_14_the_session_of_somebody_moved_on_ends_what_it_could_see(world, case):
    client = clerk(world)
    assert client.get(f"/desk/cases/{case.pk}").status_code == 200
    Post.objects.filter(account=world.people["community"]).update(
        ends_at=timezone.now() - timedelta(seconds=1)
    )

    assert client.get(f"/desk/cases/{case.pk}").status_code == 404
    assert client.get("/desk/").status_code == 404
    assert (
        api(
            client, f"requests/{case.pk}/sort", {"version": case.version, "sort": "shared", "reason": "law"}
        ).status_code
        == 404
    )


def test_attack_14_somebody_locked_out_is_signed_out_at_once(world):
    client = clerk(world)
    Account.objects.filter(pk=world.people["community"].pk).update(is_active=False, epoch=1)

    assert client.get("/desk/").status_code == 302
    assert client.get("/api/v1/requests").status_code == 401


def test_attack_18_a_forged_address_gives_no_more_tries(world):
    client = Client()
    answers = [
        client.post(
            "/desk/sign-in",
            {"login": "nobody.here", "password": f"guess-{n}"},
            headers={"X-Forwarded-For": f"10.0.{n}.7"},
        )
        for n in range(12)
    ]

    assert said_wrong(answers[0]) != said_wrong(answers[-1])
    assert "多" in said_wrong(answers[-1])
    assert not client.session.get("_auth_user_id")


def said_wrong(response):
    """The sentence of a refused sign-in."""
    return str(response.context["form"].non_field_errors())


def test_attack_23_a_request_from_another_site_is_refused(world, case):
    client = clerk(world)
    client.handler.enforce_csrf_checks = True
    sent = {"version": case.version, "sort": "shared", "reason": "law"}

    assert client.post(f"/desk/cases/{case.pk}/sort", sent).status_code == 403
    assert api(client, f"requests/{case.pk}/sort", sent).status_code == 403
    plain = client.post(f"/api/v1/requests/{case.pk}/sort", json.dumps(sent), content_type="text/plain")
    assert plain.status_code == 403
    case.refresh_from_db()
    assert case.state == "submitted"


def test_attack_24_a_host_that_is_not_ours_is_refused(client, case):
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
    page = client.get(f"/report/sent/{tracking_code(case.pk)}", headers={"X-Forwarded-Host": "evil.example"})
    assert (page.status_code, "evil.example" in page.content.decode()) == (200, False)


@pytest.mark.parametrize(
    "back",
    ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/\t/evil.example"],
)
def test_attack_25_the_way_back_never_leaves_the_site(client, world, back):
    to = client.post("/mode", {"elder": "1", "back": back})["Location"]
    assert "evil" not in to
    assert "javascript" not in to
    staff = clerk(world)
    post = Post.objects.get(account=world.people["community"]).pk
    assert staff.post("/desk/post", {"post": post, "back": back})["Location"] == "/desk/"
    assert "evil" not in Client().get("/sign-in", {"next": back}).content.decode().replace(escape(back), "")
    assert staff.get("/sign-in", {"next": back})["Location"] == "/"


@pytest.mark.parametrize(
    "text", [*SCRIPTS, "{{ settings.SECRET_KEY }}", "{% load static %}", "{0.__class__}"]
)
def test_attack_26_27_what_people_write_is_shown_as_they_wrote_it(world, text):
    case = world.raise_case(text=f"楼道灯不亮 {text}", contact_name="张三", now=timezone.now())
    world.take(case, "sort", "community", timezone.now(), sort="shared", reason="law", words=text)
    client = clerk(world)
    page = client.get(f"/desk/cases/{case.pk}")

    assert escape(text) in page.content.decode()
    if text in SCRIPTS and "<" in text:
        assert text not in page.content.decode()
    assert "unsafe" not in page["Content-Security-Policy"]
    opened = client.post(f"/desk/cases/{case.pk}/open", {"purpose": "reporter_name"})
    assert "张三" in opened.content.decode()


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x","点我")', "+cmd|' /C calc'!A0", "-1+1", "@SUM(1)"])
def test_attack_28_a_formula_for_a_name_stays_text_in_the_table(world, name):
    add_place(level="grid", name=name, parent_id=world.community.pk, now=TEN, actor=IMPORT)
    table = signed_in(world.people["supervisor"]).get("/desk/figures?format=csv").content.decode("utf-8-sig")
    cells = [line.split(",")[0].strip('"') for line in table.splitlines()]

    assert not [cell for cell in cells if cell[:1] in "=+-@\t"]
    assert any(cell.startswith("'") for cell in cells)
