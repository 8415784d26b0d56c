"""A desk is not closed over what lies on it: nothing may come to lie with nobody."""

from __future__ import annotations

import pytest

from linli.foundation.errors import WrongState
from linli.foundation.rules import IMPORT
from linli.kernel.people import services
from linli.kernel.people.models import Post
from tests.world import TEN, a_world, full_practice

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return a_world("wanshan")


def close(world, key):
    Post.objects.filter(account=world.people[key]).update(ends_at=TEN)
    return services.close_desk(desk_id=world.desks[key].pk, by=IMPORT, now=TEN)


def at_work(world):
    case = world.raise_case()
    world.take(case, "sort", "community", sort="shared", reason="common_part")
    world.take(case, "dispatch", "community")
    return world.take(case, "accept", "property")


def test_a_desk_that_holds_something_open_is_not_closed(world):
    world.raise_case()

    with pytest.raises(WrongState, match="没办结的事"):
        close(world, "community")


def test_a_desk_to_which_it_comes_back_is_not_closed(world):
    full_practice(world)
    case = at_work(world)
    assert world.take(case, "resolve", "property", words="好了。").holder_id != world.desks["property"].pk

    with pytest.raises(WrongState, match="没办结的事"):
        close(world, "property")


def test_a_desk_that_was_called_is_not_closed_before_it_is_done(world):
    case, water = at_work(world), world.desks["department:water"]
    world.take(case, "whistle", "property", lead=str(water.pk), words="请来。")
    with pytest.raises(WrongState, match="没办结的事"):
        close(world, "department:water")

    Post.objects.filter(account=world.people["department:water"]).update(ends_at=None)
    world.take(case, "finish", "department:water")
    assert close(world, "department:water").closed_at == TEN


def test_a_desk_whose_matters_have_all_ended_is_closed(world):
    case = world.raise_case()
    world.take(case, "refuse", "community", reason="in_court", words="请等法院。")

    assert close(world, "community").closed_at == TEN
