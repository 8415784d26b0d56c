"""What the API promises beside its schema: pages by keyset, versions, switches, idempotent intake."""

from __future__ import annotations

import json

import pytest

from linli.kernel.cases.models import Case
from linli.kernel.vault.models import ReadEntry
from tests.kernel.people.builders import signed_in
from tests.world import TEN, a_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return a_world("wanshan")


def post(client, url, body=None, **headers):
    return client.post(
        f"/api/v1/{url}", json.dumps(body or {}), content_type="application/json", headers=headers
    )


def test_pages_hang_together_whatever_arrives_in_between(world):
    client = signed_in(world.people["community"])
    cases = [world.raise_case(now=TEN) for _n in range(5)]
    first = client.get("/api/v1/requests?limit=2").json()
    world.raise_case(now=TEN)
    second = client.get("/api/v1/requests", {"limit": 2, "after": first["next"]}).json()
    third = client.get("/api/v1/requests", {"limit": 2, "after": second["next"]}).json()

    seen = [item["number"] for page in (first, second, third) for item in page["items"]]
    assert len(seen) == len(set(seen)) == 6
    assert set(seen) >= {case.number for case in cases}
    assert third["next"] is None


def test_a_page_mark_that_is_none_is_refused_by_name(world):
    response = signed_in(world.people["community"]).get("/api/v1/requests?after=yesterday")

    assert (response.status_code, response.json()["field"]) == (422, "after")


def test_a_step_without_the_version_is_refused_by_name(world):
    case = world.raise_case(now=TEN)
    response = post(
        signed_in(world.people["community"]), f"requests/{case.pk}/sort", {"sort": "shared", "reason": "law"}
    )

    assert (response.status_code, response.json()["field"]) == (422, "version")
    assert Case.objects.get().state == "submitted"


def test_an_old_version_is_a_conflict(world):
    case = world.raise_case(now=TEN)
    client = signed_in(world.people["community"])
    body = {"sort": "shared", "reason": "law", "version": case.version}

    assert post(client, f"requests/{case.pk}/sort", body).status_code == 200
    again = post(client, f"requests/{case.pk}/resort", body)
    assert (again.status_code, again["Content-Type"]) == (409, "application/problem+json")


def test_a_step_that_is_switched_off_here_is_a_conflict(world):
    case = world.raise_case(now=TEN)
    response = post(
        signed_in(world.people["community"]), f"requests/{case.pk}/accept_unit", {"version": case.version}
    )

    assert response.status_code == 409
    assert response.json()["detail"] == "这一步在本地没有启用。"


def test_a_stranger_raises_once_with_one_key(client, world):
    body = {"text": "楼道灯不亮", "place": str(world.building.pk)}
    key = {"Idempotency-Key": "4f0c6f0e-a-secret"}
    first, again = post(client, "requests", body, **key), post(client, "requests", body, **key)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["code"] == again.json()["code"]
    assert (first.json()["again"], again.json()["again"]) == (False, True)
    assert post(client, "requests", body | {"text": "别的事"}, **key).status_code == 422
    assert Case.objects.count() == 1


def test_a_stranger_is_refused_what_needs_a_sign_in(client, world):
    case = world.raise_case(now=TEN)
    response = client.get(f"/api/v1/requests/{case.pk}")

    assert (response.status_code, response["Content-Type"]) == (401, "application/problem+json")
    assert response.json()["detail"] == "请先登录。"


def test_who_works_on_it_reads_the_words_and_leaves_an_entry(world):

    case = world.raise_case(text="三栋灯不亮", now=TEN)
    entries = ReadEntry.objects.count()
    detail = signed_in(world.people["community"]).get(f"/api/v1/requests/{case.pk}").json()
    above = signed_in(world.people["supervisor"]).get(f"/api/v1/requests/{case.pk}").json()

    assert (detail["text"], above["text"]) == ("三栋灯不亮", "")
    assert ReadEntry.objects.count() == entries + 1
