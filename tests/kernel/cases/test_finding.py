"""Finding one case asks what ``visible_to`` says, whoever looks: the kept text is no rule of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from linli.foundation.ids import new_id
from linli.foundation.rules import Actor
from linli.kernel.cases import queries as cases
from linli.kernel.people.queries import NOBODY_LOOKING, Viewer
from tests import world as worlds

pytestmark = pytest.mark.django_db


def test_one_case_is_found_by_exactly_those_who_see_it_in_a_list():
    world = worlds.a_world("wanshan")
    open_cases = [
        world.raise_case(),
        world.raise_case(category="roads.lamp"),
        world.raise_case(text="隔壁有人打孩子，孩子一直哭"),
        world.raise_case(who="grid"),
    ]
    viewers = [world.viewer(who) for who in world.people]
    viewers += [NOBODY_LOOKING, Viewer(Actor("code", open_cases[0].pk)), Viewer(Actor("person", new_id()))]
    both = world.viewer("grid")
    viewers.append(replace(both, posts=(*both.posts, *world.viewer("supervisor").posts)))
    seen = {
        (number, case.pk): cases.visible_to(viewer).filter(pk=case.pk).first()
        for number, viewer in enumerate(viewers)
        for case in open_cases
    }
    found = {(number, pk): cases.find(viewers[number], pk) for number, pk in seen}
    assert found == seen
    assert {bool(one) for one in seen.values()} == {True, False}
    assert cases.find(viewers[0], new_id()) is None
