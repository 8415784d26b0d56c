"""A desk at which nobody sits: who sits above it is told what lies there, once a day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from linli.kernel.cases.models import Case
from linli.kernel.notices import queries as notices
from linli.kernel.notices.models import Notice
from linli.kernel.people import queries as people
from linli.kernel.people.models import Post
from linli.shell import reactions
from tests.kernel.people.builders import a_holder, signed_in
from tests.kernel.people.builders import a_world as a_world_of_people
from tests.world import TEN, a_person, a_world

pytestmark = pytest.mark.django_db
LATER = TEN + timedelta(hours=1)
TOMORROW = TEN + timedelta(days=1)
DAY = timedelta(days=1)


@pytest.fixture
def world():
    return a_world("wanshan")


def leave(world, *keys, on=TEN):
    """Let the terms of these desks' posts have run out the day before."""
    last = (on - DAY).date()
    Post.objects.filter(desk__in=[world.desks[key] for key in keys]).update(ends_on=last)


def told():
    return [
        (one.template, one.to_kind, one.to_id, one.params)
        for one in Notice.objects.filter(template__startswith="desk.vacant", channel="inbox").order_by("id")
    ]


def vacant(world, key, count, to):
    params = {"desk": str(world.desks[key].pk), "count": str(count)}
    return ("desk.vacant", "desk", world.desks[to].pk, params)


def test_who_sits_above_is_told_how_many_matters_lie_there(world):
    for _number in range(2):
        world.raise_case()
    assert reactions.tell_vacant(LATER) == 0
    leave(world, "community")

    assert reactions.tell_vacant(LATER) == 1

    assert told() == [vacant(world, "community", 2, "street")]
    [notice] = notices.inbox_of("desk", world.desks["street"].pk)
    assert (
        notices.reading(notice, LATER).said
        == "试点社区community台现在没有人在岗，有 2 件事还在这个岗台上，请尽快安排人接手。"
    )


def test_it_is_told_once_a_day_and_again_the_next(world):
    world.raise_case()
    leave(world, "community")
    for minutes in range(0, 60, 10):
        reactions.tell_vacant(LATER + timedelta(minutes=minutes))
    assert len(told()) == 1
    reactions.tell_vacant(TOMORROW)
    assert told() == [vacant(world, "community", 1, "street")] * 2


def test_a_term_that_ends_today_still_has_somebody_there(world):
    world.raise_case()
    leave(world, "community", on=TEN + DAY)
    assert reactions.tell_vacant(LATER) == 0
    assert reactions.tell_vacant(TOMORROW) == 1


@pytest.mark.parametrize(
    "gone",
    [
        {"ends_at": TEN},
        {"starts_on": TOMORROW.date()},
        {"needs_confirming": True},
    ],
)
def test_a_post_that_gives_no_right_now_leaves_the_desk_empty(world, gone):
    world.raise_case()
    Post.objects.filter(desk=world.desks["community"]).update(**gone)
    assert reactions.tell_vacant(LATER) == 1


def test_an_account_that_was_closed_leaves_the_desk_empty(world):
    world.raise_case()
    account = world.people["community"]
    account.is_active = False
    account.save(update_fields=["is_active"])
    assert reactions.tell_vacant(LATER) == 1


def test_an_empty_desk_above_is_climbed_over(world):
    world.raise_case()
    leave(world, "community", "street")
    assert reactions.tell_vacant(LATER) == 1
    assert told() == [vacant(world, "community", 1, "county")]


def test_where_nobody_sits_above_the_system_administrators_are_told(world):
    world.people["admin"] = a_person(world, "admin", "system_admin", world.county)
    world.raise_case()
    leave(world, "community", "street", "county")
    assert reactions.tell_vacant(LATER) == 1
    params = {"desk": str(world.desks["community"].pk), "count": "1"}
    assert told() == [("desk.vacant", "person", world.people["admin"].pk, params)]


def test_an_empty_desk_on_which_nothing_lies_bothers_nobody(world):
    case = world.raise_case()
    leave(world, "property", "grid")
    assert reactions.tell_vacant(LATER) == 0
    world.take(case, "refuse", "community", reason="elsewhere", words="请到窗口办理。")
    leave(world, "community")
    assert reactions.tell_vacant(LATER) == 0
    assert told() == []


def test_of_protected_matters_no_number_is_told(world):
    world.raise_case(category="protected.violence", text="有人受伤害")
    leave(world, "protected")
    assert reactions.tell_vacant(LATER) == 1
    desk = str(world.desks["protected"].pk)
    assert told() == [("desk.vacant_protected", "desk", world.desks["county"].pk, {"desk": desk})]


def test_many_empty_desks_cost_as_many_statements_as_one(world):
    world.raise_case()
    leave(world, "community")
    reactions.tell_vacant(LATER)
    one = statements(LATER)
    for key in ("grid", "grid2", "property"):
        Case.objects.filter(pk=world.raise_case().pk).update(holder_id=world.desks[key].pk)
        leave(world, key)
    many = statements(LATER)
    assert len(many) == len(one) == 3
    assert len(told()) == 4


def statements(now):
    """Return the SQL of one run, without the stamps that a test asks for every time."""
    with CaptureQueriesContext(connection) as captured:
        reactions.tell_vacant(now)
    return [query["sql"] for query in captured if "journal_stamp" not in query["sql"]]


def test_the_page_of_posts_says_beside_the_desk_that_nobody_sits_there():
    now = timezone.now()
    world = a_world_of_people(now)
    head = a_holder(world.desks["community"], "community_head", now)
    worker = a_holder(world.desks["grid"], "grid_worker", now)
    page = signed_in(head).get("/desk/people")
    assert [desk.pk for desk in page.context["vacant"]] == [world.desks["other"].pk]  # not the street's
    assert page.content.decode().count("这个岗台现在没有人") == 1

    worker.posts.update(ends_at=now - DAY)
    page = signed_in(head).get("/desk/people")
    assert {desk.pk for desk in page.context["vacant"]} == {world.desks["other"].pk, world.desks["grid"].pk}


def test_a_desk_that_was_closed_is_not_called_empty():
    now = timezone.now()
    world = a_world_of_people(now)
    desk = world.desks["other"]
    assert desk in people.vacant_desks(now)
    desk.closed_at = now
    desk.save(update_fields=["closed_at"])
    assert desk not in people.vacant_desks(now)
