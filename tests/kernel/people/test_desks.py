from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from linli.foundation.errors import InvalidInput, NotAllowed, WrongState
from linli.foundation.ids import new_id
from linli.foundation.rules import IMPORT
from linli.kernel.journal.verify import run
from linli.kernel.people import queries, services
from linli.kernel.people.models import Desk
from linli.kernel.places import queries as places
from linli.kernel.places import services as place_services
from tests.kernel.people.builders import World, a_desk, a_holder, a_world, person, post_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    return a_world(NOW)


def chain(world: World, level: str) -> list[places.PlaceRef]:
    return places.chain(world.places[level].id, NOW.date())


def test_the_nearest_desk_of_a_kind_is_the_one_furthest_down(world: World) -> None:
    registry = queries.desks()
    for kind in ("grid", "community", "street", "county"):
        assert registry.nearest(kind, chain(world, "grid")).id == world.desks[kind].id
    assert registry.nearest("grid", chain(world, "other")).id == world.desks["other"].id


def test_what_no_place_on_the_way_has_is_nowhere(world: World) -> None:
    assert queries.desks().nearest("department:water", chain(world, "grid")) is None
    assert queries.desks().nearest("grid", chain(world, "community")) is None


def test_matters_climb_from_grid_to_county_and_no_further(world: World) -> None:
    registry, way = queries.desks(), chain(world, "grid")
    climbed = []
    desk = registry.get(world.desks["grid"].id)
    while desk:
        climbed.append(desk.kind)
        desk = registry.parent_of(desk.id, way)
    assert climbed == ["grid", "community", "street", "county"]


def test_a_level_without_a_desk_is_passed_over(world: World) -> None:
    services.close_desk(desk_id=world.desks["community"].id, by=IMPORT, now=NOW)
    up = queries.desks().parent_of(world.desks["grid"].id, chain(world, "grid"))
    assert up.id == world.desks["street"].id


def test_above_a_department_stands_the_general_desk_of_its_own_level(world: World) -> None:
    housing = a_desk(world.places["county"], "department:housing", NOW)
    wires = a_desk(world.places["street"], "property", NOW)
    registry, way = queries.desks(), chain(world, "grid")
    assert registry.parent_of(housing.id, way).id == world.desks["county"].id
    assert registry.parent_of(wires.id, way).id == world.desks["street"].id


def test_there_is_nothing_above_a_desk_that_is_none(world: World) -> None:
    assert queries.desks().parent_of(new_id(), chain(world, "grid")) is None


def test_the_desks_of_a_place(world: World) -> None:
    housing = a_desk(world.places["county"], "department:housing", NOW)
    found = queries.desks().at(world.places["county"].id)
    assert [desk.id for desk in found] == [world.desks["county"].id, housing.id]
    assert queries.desks().at(world.places["city"].id) == ()


def test_the_registry_answers_from_memory_until_a_desk_changes(world: World, settings) -> None:
    settings.STAMP_SECONDS = 60
    before = queries.desks()
    assert queries.desks() is before
    a_desk(world.places["county"], "department:housing", NOW)
    assert queries.desks() is not before


def test_there_is_one_desk_of_a_kind_at_a_place(world: World) -> None:
    with pytest.raises(WrongState):
        a_desk(world.places["grid"], "grid", NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Desk.objects.filter(id=world.desks["grid"].id).update(
            place=world.places["community"], kind="community"
        )


def test_a_closed_desk_makes_room_for_another(world: World) -> None:
    services.close_desk(desk_id=world.desks["grid"].id, by=IMPORT, now=NOW)
    new = a_desk(world.places["grid"], "grid", NOW)
    assert queries.desks().nearest("grid", chain(world, "grid")).id == new.id


def test_a_desk_at_which_somebody_sits_is_not_closed(world: World) -> None:
    a_holder(world.desks["grid"], "grid_worker", NOW)
    with pytest.raises(WrongState, match="还有人"):
        services.close_desk(desk_id=world.desks["grid"].id, by=IMPORT, now=NOW)


def test_nobody_sits_down_at_a_closed_desk(world: World) -> None:
    services.close_desk(desk_id=world.desks["grid"].id, by=IMPORT, now=NOW)
    with pytest.raises(Exception, match="已经撤销"):
        a_holder(world.desks["grid"], "grid_worker", NOW)


def test_desks_are_opened_by_who_may_appoint_there(world: World) -> None:
    head = a_holder(world.desks["community"], "community_head", NOW)
    organisation = world.desks["community"].organisation_id
    wanted = {
        "organisation_id": organisation,
        "kind": "property",
        "name": "物业",
        "by": person(head),
        "now": NOW,
    }
    assert services.add_desk(place_id=world.places["grid"].id, **wanted).path == world.places["grid"].path
    with pytest.raises(NotAllowed):
        services.add_desk(place_id=world.places["street"].id, **wanted)
    with pytest.raises(InvalidInput):
        services.add_desk(place_id=new_id(), **wanted)


def test_desks_and_posts_follow_a_place_that_moves(world: World) -> None:
    account = a_holder(world.desks["grid"], "grid_worker", NOW)
    other = place_services.add_place(
        level="community", name="并入社区", parent_id=world.places["street"].id, now=NOW, actor=IMPORT
    )
    place_services.merge(
        place_ids=[world.places["community"].id], into_id=other.id, on=NOW.date(), now=NOW, actor=IMPORT
    )
    moved = places.get(world.places["grid"].id)
    assert post_of(account).path != moved.path
    # Two desks astray with their organisations, and the post; the merged place itself stays.
    assert len(run(["people.posts"]).findings) == 5
    assert services.follow_places() > 0
    assert post_of(account).path == moved.path
    assert queries.desks().get(world.desks["grid"].id).path == moved.path
    assert run(["people.posts"]).findings == []
