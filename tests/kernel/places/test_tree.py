from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from linli.foundation import paths
from linli.foundation.errors import Absent, InvalidInput, WrongState
from linli.kernel.journal.models import Event
from linli.kernel.places import queries, services
from linli.kernel.places.models import Alias, Housing, Place, Revision
from linli.kernel.places.queries import tree
from linli.kernel.places.services import register
from tests.kernel.places import ground

pytestmark = pytest.mark.django_db

BY = {"now": ground.NOW, "actor": ground.IMPORT}
JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)


@pytest.fixture
def grids():
    ground.a_county()
    return ground.three_grids()


def names(refs):
    return [ref.name for ref in refs]


def test_a_building_added_in_a_grid_has_the_full_name_people_say(grids):
    building = ground.add("building", "3栋", grids["第二网格"])

    assert queries.get(building.id).full_name == "万山区丹都街道旺家社区第二网格3栋"
    assert building.parent == ground.place(ground.WANGJIA)
    assert names(queries.chain(building, ground.DAY)) == [
        *("3栋", "第二网格", "旺家社区", "丹都街道", "万山区", "铜仁市", "贵州省"),
    ]


def test_units_and_households_have_the_chain_of_their_building(grids):
    building = ground.add("building", "3栋", grids["第二网格"])
    unit = ground.add("unit", "2单元", building)
    household = ground.add("household", "501", unit)

    assert queries.get(household.id).full_name == "万山区丹都街道旺家社区第二网格3栋2单元501"
    assert names(queries.chain(household.id, ground.DAY))[:4] == ["501", "2单元", "3栋", "第二网格"]
    assert names(queries.children(building)) == ["2单元"]
    assert names(queries.children(unit)) == ["501"]
    assert names(queries.children(grids["第二网格"])) == ["3栋"]


def test_a_chain_costs_no_query_once_the_tree_is_read(grids, django_assert_num_queries, settings):
    building = ground.add("building", "3栋", grids["第二网格"])
    settings.STAMP_SECONDS = 60
    with transaction.atomic():
        ref = queries.get(building.id)
    kept = tree.tree()

    with django_assert_num_queries(0):
        assert len(kept.lineage(ref.id, ground.DAY)) == 7


def test_the_grid_of_a_building_is_that_of_the_day(grids):
    building = ground.add("building", "3栋", grids["第一网格"], valid_from=date(2026, 1, 1))
    services.house(building_ids=[building.id], grid_id=grids["第二网格"].id, on=JULY, **BY)

    assert names(queries.chain(building, date(2026, 6, 30)))[1] == "第一网格"
    assert names(queries.chain(building, JULY))[1] == "第二网格"
    assert queries.path_on(building, date(2026, 6, 30)) == paths.child(grids["第一网格"].path, building.short)
    assert queries.path_on(building, JULY) == paths.child(grids["第二网格"].path, building.short)
    assert names(queries.children(grids["第一网格"], date(2026, 6, 30))) == ["3栋"]
    assert names(queries.children(grids["第一网格"], JULY)) == []


def test_a_building_cannot_be_put_into_two_grids_at_one_date(grids):
    building = ground.add("building", "3栋", grids["第一网格"], valid_from=JULY)

    with pytest.raises(InvalidInput, match="已经属于别的网格"):
        services.house(building_ids=[building.id], grid_id=grids["第二网格"].id, on=None, **BY)
    assert Housing.objects.count() == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((None, None), (None, None)),
        ((None, None), (JULY, None)),
        ((None, AUGUST), (JULY, None)),
        ((JULY, AUGUST), (date(2026, 7, 31), date(2026, 9, 1))),
        ((date(2026, 6, 1), date(2026, 9, 1)), (JULY, AUGUST)),
    ],
)
def test_the_database_itself_refuses_two_grids_at_one_date(grids, first, second):
    building = ground.add("building", "3栋", ground.place(ground.WANGJIA))
    one, two = grids["第一网格"], grids["第二网格"]
    Housing.objects.create(building=building, grid=one, valid_from=first[0], valid_to=first[1])

    with pytest.raises(IntegrityError), transaction.atomic():
        Housing.objects.create(building=building, grid=two, valid_from=second[0], valid_to=second[1])


def test_the_database_allows_one_grid_after_another_and_refuses_a_later_overlap(grids):
    building = ground.add("building", "3栋", ground.place(ground.WANGJIA))
    Housing.objects.create(building=building, grid=grids["第一网格"], valid_to=JULY)
    later = Housing.objects.create(building=building, grid=grids["第二网格"], valid_from=JULY)

    with pytest.raises(IntegrityError), transaction.atomic():
        Housing.objects.filter(id=later.id).update(valid_from=date(2026, 6, 30))


def test_a_building_is_housed_in_a_grid_of_its_own_community_only(grids):
    building = ground.add("building", "3栋", ground.place(ground.LONGSHENG))

    with pytest.raises(InvalidInput, match="3栋和第一网格不在同一个社区"):
        services.house(building_ids=[building.id], grid_id=grids["第一网格"].id, on=None, **BY)


def test_paths_are_compared_byte_by_byte(grids):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT collation_name FROM information_schema.columns"
                " WHERE table_name = 'places_place' AND column_name = 'path'"
            )
            assert cursor.fetchone() == ("C",)
        else:
            cursor.execute("SELECT sql FROM sqlite_master WHERE name = 'places_place'")
            assert '"path" varchar(128) COLLATE BINARY' in cursor.fetchone()[0]


def test_what_lies_under_a_path_is_found_by_range(grids):
    street = ground.place(ground.STREET)

    found = set(Place.objects.filter(queries.under(street.path)).values_list("name", flat=True))
    assert found == {"丹都街道", "旺家社区", "龙生社区", "第一网格", "第二网格", "第三网格"}
    assert [ref.name for ref in queries.along(grids["第一网格"].path)][-2:] == ["旺家社区", "第一网格"]
    assert queries.by_path(street.path).name == "丹都街道"


def test_a_new_name_shows_everywhere_and_the_old_one_still_finds_the_place(grids):
    services.rename(place_id=ground.place(ground.WANGJIA).id, name="新家社区", **BY)

    assert queries.get(grids["第一网格"].id).full_name == "万山区丹都街道新家社区第一网格"
    assert names(queries.search("旺家社区")) == ["新家社区"]
    event = Event.objects.get(name="place.rename")
    assert Alias.objects.get(id=event.data["alias"]).name == "旺家社区"


def test_a_moved_place_takes_along_its_subtree_county_and_the_paths_of_others(grids, monkeypatch):
    monkeypatch.setattr(register, "_followers", [])
    services.follow(Place, "official")  # stands in for a path column of a higher module
    county = ground.add("county", "碧江区", ground.place("520600000000"), code="520602000000", scheme="stat")
    Place.objects.filter(id=county.id).update(official=grids["第一网格"].path)
    services.move(place_id=ground.place(ground.STREET).id, parent_id=county.id, **BY)

    moved = queries.get(grids["第一网格"].id)
    assert moved.path.startswith(county.path)
    assert (moved.county, moved.full_name) == ("520602", "碧江区丹都街道旺家社区第一网格")
    assert Place.objects.get(id=county.id).official == moved.path
    assert queries.get(ground.place(ground.WANGJIA).id).parent_id == ground.place(ground.STREET).id


def test_a_place_cannot_be_moved_below_itself(grids):
    with pytest.raises(InvalidInput, match="自己下面"):
        services.move(
            place_id=ground.place(ground.STREET).id, parent_id=ground.place(ground.WANGJIA).id, **BY
        )


def test_a_merged_grid_hands_over_its_buildings_and_its_name(grids):
    building = ground.add("building", "3栋", grids["第一网格"], valid_from=date(2026, 1, 1))
    services.merge(place_ids=[grids["第一网格"].id], into_id=grids["第二网格"].id, on=JULY, **BY)

    gone = Place.objects.get(id=grids["第一网格"].id)
    assert (gone.valid_to, gone.merged_into) == (JULY, grids["第二网格"])
    assert names(queries.chain(building, date(2026, 6, 30)))[1] == "第一网格"
    assert names(queries.chain(building, JULY))[1] == "第二网格"
    community = ground.place(ground.WANGJIA)
    assert names(queries.children(community, date(2026, 6, 30)))[:2] == ["第一网格", "第二网格"]
    assert names(queries.children(community, JULY))[:2] == ["第二网格", "第三网格"]
    # A code on a wall still leads somewhere: the old id is known for ever.
    assert queries.get(gone.id).name == "第一网格"


def test_only_places_of_one_level_are_merged(grids):
    with pytest.raises(InvalidInput, match="同一层级"):
        services.merge(
            place_ids=[grids["第一网格"].id], into_id=ground.place(ground.LONGSHENG).id, on=JULY, **BY
        )


def test_a_place_with_something_in_it_cannot_end(grids):
    ground.add("building", "3栋", grids["第一网格"])

    for place in (grids["第一网格"], ground.place(ground.WANGJIA)):
        with pytest.raises(WrongState, match="还有在用的地方"):
            services.end_place(place_id=place.id, on=JULY, **BY)
    services.end_place(place_id=ground.place(ground.LONGSHENG).id, on=JULY, **BY)
    assert names(queries.children(ground.place(ground.STREET), JULY)) == ["旺家社区"]
    assert queries.by_code(ground.LONGSHENG, JULY) is None


def test_a_household_is_not_put_above_its_building(grids):
    household = ground.add("household", "501", ground.add("building", "3栋", grids["第一网格"]))

    with pytest.raises(InvalidInput, match="不比它高"):
        ground.add("building", "4栋", household)


def test_codes_of_the_local_range_and_statistical_ones_are_kept_apart(grids):
    street = ground.place(ground.STREET)

    with pytest.raises(InvalidInput, match="号段"):
        ground.add("community", "甲社区", street, code="520603004099", scheme="local")
    with pytest.raises(InvalidInput, match="号段"):
        ground.add("community", "甲社区", street, code="520603004901", scheme="stat")
    with pytest.raises(InvalidInput, match="已经有地方在用"):
        ground.add("community", "甲社区", street, code=ground.WANGJIA, scheme="stat")
    added = ground.add("community", "甲社区", street, code="520603004901", scheme="local")
    assert queries.by_code("520603004901", ground.DAY).id == added.id


def test_what_is_not_there_is_absent():
    with pytest.raises(Absent):
        services.rename(place_id=uuid4(), name="甲", **BY)
    assert queries.get(uuid4()) is None
    assert queries.children(None) == []


def test_the_tree_reads_only_what_is_new_and_is_the_same_as_read_whole(grids):
    loader = tree._Loader()
    first = loader()
    building = ground.add("building", "3栋", grids["第一网格"], valid_from=date(2026, 1, 1))
    services.house(building_ids=[building.id], grid_id=grids["第二网格"].id, on=JULY, **BY)
    services.rename(place_id=ground.place(ground.STREET).id, name="新都街道", **BY)
    services.end_place(place_id=ground.place(ground.LONGSHENG).id, on=JULY, **BY)
    renewed, whole = loader(), tree._Loader()()

    assert (renewed.rows, renewed.codes, renewed.housings) == (whole.rows, whole.codes, whole.housings)
    assert first.row(building.id) is None
    assert first.rows[grids["第一网格"].id] is renewed.rows[grids["第一网格"].id]


def test_a_process_that_knows_what_was_undone_reads_everything_anew(grids):
    loader = tree._Loader()
    with transaction.atomic():
        building = ground.add("building", "3栋", grids["第一网格"])
        assert loader().row(building.id) is not None
        transaction.set_rollback(True)
    ground.add("building", "4栋", grids["第一网格"])

    known = loader()
    assert building.id not in known.rows
    assert [row.name for row in known.rows.values() if row.level == "building"] == ["4栋"]


def test_a_housing_that_never_was_is_forgotten_by_every_process(grids):
    building = ground.add("building", "3栋", grids["第一网格"], valid_from=JULY)
    loader = tree._Loader()
    loader()
    services.house(building_ids=[building.id], grid_id=grids["第二网格"].id, on=JULY, **BY)

    assert [span.place_id for span in loader().housings[building.id]] == [grids["第二网格"].id]
    assert Revision.objects.count() == 1


def test_children_are_the_roots_where_no_place_is_named(grids):
    assert names(queries.children(None)) == ["贵州省"]
    assert queries.get_many([grids["第一网格"].id, uuid4()]).keys() == {grids["第一网格"].id}
