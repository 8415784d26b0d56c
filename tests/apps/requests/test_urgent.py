"""What cannot wait: the way for it, and what the mark does."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from linli.kernel.cases.models import Case
from tests.world import a_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return a_world("default")


def test_the_report_page_offers_the_way_for_what_cannot_wait_with_what_was_typed(client, world):
    page = client.get("/report").text
    urgent = client.get("/report/urgent").text

    assert page.count('formaction="/report/urgent"') == 1  # a button of the same form: no script is needed
    assert 'action="/report/urgent"' in urgent
    assert "formaction" not in urgent
    assert [number for number in ("110", "119", "120") if f'"tel:{number}"' not in urgent] == []


def test_a_page_sent_the_urgent_way_bears_an_urgent_case_and_what_is_wrong_is_told_there(client, world):
    wrong = client.post("/report/urgent", {"text": "", "place": ""})
    sent = client.post(
        "/report/urgent", {"text": "楼道灯不亮", "place": str(world.building.pk), "key": str(uuid4())}
    )

    assert (wrong.status_code, 'action="/report/urgent"' in wrong.text) == (422, True)
    assert (sent.status_code, sent["Location"].startswith("/report/sent/")) == (302, True)
    assert list(Case.objects.values_list("urgency", flat=True)) == [1]


def test_a_report_marked_urgent_is_urgent_at_least_and_the_same_case_when_sent_again_unmarked(client, world):
    place = str(world.building.pk)
    key = str(uuid4())

    def send(path, text="楼道灯不亮"):
        body = json.dumps({"text": text, "place": place})
        return client.post(
            path, body, content_type="application/json", headers={"Idempotency-Key": key}
        ).json()

    born, again = send("/api/v1/requests/urgent"), send("/api/v1/requests")
    key = str(uuid4())
    plain = send("/api/v1/requests")
    key = str(uuid4())
    gas = send("/api/v1/requests/urgent", "楼道里有煤气味")

    assert (born["case"]["urgency"], born["again"]) == (1, False)
    assert (again["case"]["id"], again["again"]) == (born["case"]["id"], True)
    assert plain["case"]["urgency"] == 0
    assert gas["case"]["urgency"] == 2  # the catalogue knows better
    assert born["case"]["due_at"] < plain["case"]["due_at"]
