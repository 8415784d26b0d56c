"""What a rating does: when it is a bad one, until when it is taken, and what the page says of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import transaction
from django.test import Client

from linli.foundation.errors import NotAllowed
from linli.kernel.cases.queries.codes import tracking_code
from linli.kernel.journal import services as journal
from linli.kernel.people.models import Account
from linli.kernel.rulebook.models import RuleSet
from linli.shell.desk.queries import wording
from tests.catalog.shipped import shipped
from tests.world import START, TEN, a_world, full_practice

pytestmark = pytest.mark.django_db
BOTH, ALONE = "选“没解决”或“不满意”，会另派人重新办。", "选“没解决”，会另派人重新办。"


def set_in(world, **settings):
    """Give the county the full practice with other settings."""
    full_practice(world)
    rule = RuleSet.objects.get(version=99)
    data = {**rule.data, "settings": {**rule.data["settings"], **settings}}
    RuleSet.objects.create(
        key="profile.request", place_id=rule.place_id, path=rule.path, county=rule.county, valid_from=START, version=100,
        data=data, basis="测试", made_by=rule.made_by, approved_by=rule.approved_by, made_at=TEN, origin="local",
    )  # fmt: skip
    with transaction.atomic():
        journal.bump("rulebook")
    return world


def replied(world):
    case = world.raise_case(contact_name="", text="三栋二单元楼道灯不亮")
    world.take(case, "sort", "community", sort="shared", reason="common_part")
    world.take(case, "dispatch", "community")
    world.take(case, "accept", "property")
    world.take(case, "resolve", "property", words="换好了。")
    world.take(case, "check", "community")
    return world.take(case, "reply", "community", words="灯亮了。")


@pytest.mark.parametrize(
    ("bad_rating", "solved", "satisfied", "state"),
    [("either", "yes", "bad", "returned"), ("either", "no", "good", "returned"), ("either", "yes", "fair", "closed"),
     ("unsolved", "yes", "bad", "closed"), ("unsolved", "no", "good", "returned")],
)  # fmt: skip
def test_which_answer_begins_another_round_is_a_setting(bad_rating, solved, satisfied, state):
    world = set_in(a_world("wanshan"), bad_rating=bad_rating)
    case = world.take(replied(world), "rate", "reporter", solved=solved, satisfied=satisfied)
    assert case.state == state


@pytest.mark.parametrize("name", ["default", "leishan", "jianhe"])
def test_every_shipped_practice_that_asks_for_a_rating_says_which_answer_is_a_bad_one(name):
    data = shipped(f"profiles/request/{name}.toml")["data"]
    assert "rating" in data["on"]
    assert data["settings"]["bad_rating"] == "either"


@pytest.mark.parametrize(
    ("bad_rating", "said", "unsaid"), [("either", BOTH, ALONE), ("unsolved", ALONE, BOTH)]
)
def test_the_page_says_what_a_bad_answer_does_here(bad_rating, said, unsaid):
    world = set_in(a_world("wanshan"), bad_rating=bad_rating)
    with time_machine.travel(TEN):
        page = Client().get(f"/t/{tracking_code(replied(world).pk)}").content.decode()
    assert (said in page, unsaid in page) == (True, False)


def test_a_rating_is_taken_until_its_limit_has_run_out_and_not_after_though_the_clock_has_not_come_by():
    world = set_in(a_world("wanshan"))
    case = replied(world)
    rated = {"solved": "yes", "satisfied": "good"}
    assert case.due_at == datetime(2026, 3, 18, 16, tzinfo=UTC)  # the end of the seventh day in Shanghai

    with pytest.raises(NotAllowed, match="评价的日子已经过了"):
        world.take(case, "rate", "reporter", now=case.due_at + timedelta(seconds=1), **rated)
    assert world.take(case, "rate", "reporter", now=case.due_at, **rated).closed_how == "solved"


def test_the_tracking_page_names_the_desk_and_nobody():
    world = set_in(a_world("wanshan"))
    Account.objects.filter(pk=world.people["property"].pk).update(name="王测试")
    case = replied(world)
    page = Client().get(f"/t/{tracking_code(case.pk)}").content.decode()
    assert (world.desks["community"].name in page, "王测试" in page) == (True, False)


def test_no_shipped_setting_is_without_a_reader_and_a_name():
    for name in ("default", "wanshan", "leishan", "dejiang", "jianhe"):
        data = shipped(f"profiles/request/{name}.toml")["data"]
        assert set(data["settings"]) <= set(wording.SETTINGS)
