"""Who wrote a matter down for somebody, or had it on their desk, has the code in hand too: it gives them no say."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.utils import timezone

from linli.kernel.cases.models import Case
from linli.kernel.cases.queries.codes import tracking_code
from linli.kernel.people.models import Account, Post
from tests.kernel.people.builders import signed_in
from tests.world import a_person, a_world

pytestmark = pytest.mark.django_db
RATED = {"solved": "yes", "satisfied": "good"}
SENTENCE = "您登记过或者办过这件事"


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def world():
    return a_world("default")


def registered(world, now):
    """Written down at the counter by the community's clerk, escalated by nobody."""
    data = {"text": "三栋楼道灯不亮", "place": str(world.building.id), "channel": "counter"}
    answer = signed_in(world.people["community"]).post("/desk/new", data)
    assert answer.status_code == 302
    return Case.objects.get()


def answered(world, case, now):
    world.take(case, "sort", "community", now, sort="shared", reason="common_part")
    world.take(case, "dispatch", "community", now, desk=str(world.desks["grid"].pk))
    world.take(case, "escalate", "grid", now, words="修不了")
    world.take(case, "accept", "community", now)
    world.take(case, "escalate", "community", now, words="请街道办")
    world.take(case, "accept", "street", now)
    world.take(case, "whistle", "street", now, lead=str(world.desks["department:water"].pk), words="请来")
    world.take(case, "finish", "department:water", now)
    world.take(case, "resolve", "street", now, words="换好了")
    world.take(case, "check", "county", now)
    return world.take(case, "reply", "county", now, words="灯亮了")


def rate(client, case, **more):
    return client.post(f"/t/{tracking_code(case.pk)}/rate", {"version": case.version, **RATED, **more})


@pytest.mark.parametrize("who", ["community", "grid", "street", "department:water", "county"])
def test_who_registered_held_handled_or_was_called_does_not_rate_with_the_code(world, now, who):
    case = answered(world, registered(world, now), now)
    client = signed_in(world.people[who])

    refused = rate(client, case)
    case.refresh_from_db()
    assert (refused.status_code, case.state) == (403, "replied")
    assert SENTENCE in refused.content.decode()
    page = client.get(f"/t/{tracking_code(case.pk)}").content.decode()
    assert 'id="rate"' not in page
    by_account = client.post(
        f"/api/v1/requests/{case.pk}/rate",
        json.dumps({"version": case.version, **RATED}),
        content_type="application/json",
    )
    assert by_account.status_code in (403, 404)


def test_who_wrote_it_down_does_not_rate_from_another_desk_either(world, now):
    case = answered(world, registered(world, now), now)
    Post.objects.filter(account=world.people["community"]).update(
        desk=world.desks["property"], path=world.community.path
    )
    assert rate(signed_in(world.people["community"]), case).status_code == 403


@pytest.mark.parametrize("who", ["stranger", "resident", "property", "grid2"])
def test_who_had_no_hand_in_it_rates_with_the_code_they_were_given(world, now, who):
    case = answered(world, registered(world, now), now)
    if who == "resident":
        world.people[who] = Account.objects.create(username=None, name="", kind="resident", made_at=now)
    client = Client() if who == "stranger" else signed_in(world.people[who])
    assert 'id="rate"' in client.get(f"/t/{tracking_code(case.pk)}").content.decode()

    assert rate(client, case).status_code == 302
    case.refresh_from_db()
    assert (case.state, case.closed_how) == ("closed", "solved")


def test_the_desk_does_not_take_a_matter_back_in_the_reporters_name(world, now):
    case = registered(world, now)
    clerk, address = signed_in(world.people["community"]), f"/t/{tracking_code(case.pk)}/withdraw"
    assert clerk.post(address, {"version": case.version}).status_code == 403
    assert Client().post(address, {"version": case.version}).status_code == 302


def test_the_desk_may_write_down_what_the_resident_adds(world, now):
    case = registered(world, now)
    address = f"/t/{tracking_code(case.pk)}/supplement"
    said = signed_in(world.people["community"]).post(address, {"version": case.version, "words": "在二楼"})
    assert said.status_code == 302


def test_staff_whose_desk_handled_their_own_report_do_not_rate_it(world, now):
    clerk = a_person(world, "neighbour", "grid_worker", world.grid, world.desks["grid"])
    world.people["neighbour"] = clerk
    signed_in(clerk).post("/report", {"text": "楼道灯不亮", "place": str(world.building.id), "key": "k" * 24})
    case = Case.objects.get()
    world.take(case, "sort", "community", now, sort="shared", reason="common_part")
    world.take(case, "dispatch", "community", now, desk=str(world.desks["grid"].pk))
    world.take(case, "accept", "grid", now)
    world.take(case, "resolve", "grid", now, words="好了")
    world.take(case, "check", "community", now)
    case = world.take(case, "reply", "community", now, words="好了")

    assert case.done_by_id != clerk.pk
    refused = signed_in(clerk).post(f"/desk/cases/{case.pk}/rate", {"version": case.version, **RATED})
    assert refused.status_code == 403
    assert "请反映人来评" in refused.content.decode()


def test_the_slip_says_whom_the_code_is_for(world, now):
    case = registered(world, now)
    slip = f"/report/sent/{tracking_code(case.pk)}"
    page = Client().get(slip).content.decode()
    assert "请把这张条交给反映人" in page
    own = world.raise_case(now=now)
    assert (
        "请把这张条交给反映人" not in Client().get(f"/report/sent/{tracking_code(own.pk)}").content.decode()
    )
