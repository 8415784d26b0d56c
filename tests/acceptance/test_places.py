"""The register of places as its people use it: estates, chains of organisations, households, sites."""

from __future__ import annotations

from itertools import count as numbers

import pytest
from django.utils import timezone

from linli.foundation import paths
from linli.kernel.people.choices import SECURITY_ADMIN, SYSTEM_ADMIN
from linli.kernel.places.models import Place, Zone
from linli.kernel.places.services import add_alias
from linli.kernel.rulebook.models import Proposal
from tests.kernel.people.builders import an_administrator
from tests.world import IMPORT, START, TEN, _place, a_person, a_world

pytestmark = pytest.mark.django_db
_shorts = numbers(10_000_000)


@pytest.fixture
def world():
    world = a_world("wanshan")
    world.people["system"] = an_administrator(SYSTEM_ADMIN, TEN)
    world.people["security"] = an_administrator(SECURITY_ADMIN, TEN)
    world.people["over"] = a_person(world, "over", "supervisor", world.county)
    return world


def url(place, act=""):
    return f"/desk/places/{place.pk}{'/' if act else ''}{act}"


def put_down(hands, place, act, *, who="system", status=302, **data):
    response = hands.of(who).post(url(place, act), data)
    assert response.status_code == status
    return response


def section(page, heading):
    """The text between one heading of the page and the next."""
    return page.split(f"{heading}</h2>")[1].split("<h2")[0]


@pytest.mark.entry("A-01")
def test_an_estate_in_two_communities_is_listed_under_both_and_counted_once(world, hands):
    hands = hands(world)
    second = _place("community", "御翠岭社区", world.street, TEN)
    put_down(
        hands, world.street, "zones", kind="estate", name="中天花园", places=[world.community.pk, second.pk],
        households=3000, people=9000, source="街道台账",
    )  # fmt: skip
    put_down(
        hands,
        world.street,
        "zones",
        kind="estate",
        name="国投阳光",
        places=[second.pk],
        households=500,
        source="街道台账",
    )

    assert Zone.objects.count() == 2
    for community in (world.community, second):
        assert "中天花园" in section(hands.page(url(community), "over"), "小区和安置点")
    street = section(hands.page(url(world.street), "over"), "小区和安置点")
    assert street.count("中天花园") == 1
    assert "试点社区、御翠岭社区" in street
    assert "3,500" in street.split("合计")[1]
    assert "9,000" in street.split("合计")[1]


@pytest.mark.entry("A-01")
def test_another_name_finds_the_same_place(world, hands):
    hands = hands(world)
    add_alias(place_id=world.street.pk, name="老城街道", source="旧称", now=TEN, actor=IMPORT)

    by_name = section(hands.page("/desk/places?q=试点街道", "over"), "找到的地方")
    by_alias = section(hands.page("/desk/places?q=老城街道", "over"), "找到的地方")
    assert url(world.street) in by_name
    assert url(world.street) in by_alias
    assert str(world.street.pk) in hands.page("/report/places?q=老城街道", "stranger")


@pytest.mark.entry("A-02")
def test_each_locality_has_its_own_words_for_the_chain_and_changes_them_by_two_people(world, hands):
    here = hands(world)
    world.people["editor"] = a_person(world, "editor", "rule_editor", world.county)
    world.people["approver"] = a_person(world, "approver", "rule_approver", world.county)
    before = section(here.page(url(world.grid), "over"), "党组织链条")
    assert ("街道党工委" in before, "网格党小组" in before, "楼栋" in before) == (True, True, False)

    words = '[[links]]\nlevel = "community"\nlabel = "社区大党委"\n[[links]]\nlevel = "grid"\nlabel = "网格党支部"\n'
    sent = {"data": words, "valid_from": timezone.localdate().isoformat(), "basis": "本地文件"}
    address = f"/desk/rules/party_chain/propose?place={world.county.pk}"
    assert here.of("editor").post(address, sent).status_code == 302
    assert "社区大党委" not in here.page(url(world.grid), "over")
    assert (
        here.of("approver").post(f"/desk/rules/proposals/{Proposal.objects.get().pk}/approve").status_code
        == 302
    )

    after = section(here.page(url(world.grid), "over"), "党组织链条")
    assert ("社区大党委" in after, "网格党支部" in after, "街道党工委" in after) == (True, True, False)


@pytest.mark.entry("A-02")
def test_another_county_keeps_the_words_of_everywhere(hands):
    world = a_world("dejiang")
    world.people["over"] = a_person(world, "over", "supervisor", world.county)
    page = section(hands(world).page(url(world.building), "over"), "党组织链条")

    assert "网格党支部或党小组" in page
    assert "楼栋党小组" in page


@pytest.mark.entry("A-02")
def test_the_report_lists_exactly_the_grids_without_a_party_group(world, hands):
    hands = hands(world)
    third = _place("grid", "第三网格", world.community, TEN)
    put_down(hands, world.community, "organisations", who="security", kind="party", name="试点社区党支部")
    put_down(hands, world.grid, "organisations", who="security", kind="party", name="第一网格党小组")
    put_down(hands, third, "organisations", who="security", kind="service", name="第三网格服务队")

    report = section(hands.page(url(world.county), "over"), "没有党组织的网格")
    lacking = [name for name in ("第一网格", "第二网格", "第三网格") if f">{name}</a>" in report]
    assert lacking == ["第二网格", "第三网格"]
    assert "33.33%" in report
    assert "第一网格党小组" in section(hands.page(url(world.grid), "over"), "党组织链条")


@pytest.mark.entry("A-05")
def test_no_household_is_without_a_grid_when_all_4029_have_been_put_into_grids(world, hands):
    hands = hands(world)
    buildings = [_place("building", f"{number}号楼", world.community, TEN) for number in (11, 12)]
    households_in(buildings[0], 2000)
    households_in(buildings[1], 2029)
    assert "4,029 户没有划进网格" in hands.page(url(world.community), "over")

    put_down(hands, world.community, "buildings", buildings=[buildings[0].pk], grid=str(world.grid.pk))
    assert "2,029 户没有划进网格" in hands.page(url(world.community), "over")
    put_down(hands, world.community, "buildings", buildings=[buildings[1].pk], grid=str(world.grid2.pk))

    page = hands.page(url(world.community), "over")
    assert "没有划进网格" not in page
    assert "楼栋和住户都已划进网格" in page


def households_in(building, number):
    """Write ``number`` households of one unit, as an import leaves them."""
    unit = _place("unit", "一单元", building, TEN)
    rows = []
    for name in range(number):
        short = next(_shorts)
        rows.append(
            Place(
                short=short, level="household", name=f"{name}", parent=unit, path=paths.child(unit.path, short),
                county=unit.county, valid_from=START,
            )
        )  # fmt: skip
    Place.objects.bulk_create(rows)


@pytest.mark.entry("J-07")
@pytest.mark.parametrize(
    ("households", "people", "warned"),
    [
        (4029, 170_000, True),
        (4029, 17_000, False),
        (694, 3382, False),
        (100, 149, True),
        (100, 150, False),
        (100, 800, False),
        (100, 801, True),
    ],
)
def test_people_to_a_household_outside_one_and_a_half_to_eight_raises_a_warning(
    world, hands, households, people, warned
):
    hands = hands(world)
    put_down(hands, world.community, "facts", households=households, people=people, source="安置点台账")

    page = hands.page(url(world.community), "over")
    assert ("平均每户不在1.5到8人之间" in page) is warned
    assert f"{households:,}" in page


@pytest.mark.entry("J-07")
def test_a_relocation_site_is_entered_with_its_households_and_warns_too(world, hands):
    hands = hands(world)
    put_down(
        hands, world.street, "zones", kind="relocation", name="旺家安置点", places=[world.community.pk], households=4029,
        people=170_000, source="报道",
    )  # fmt: skip

    page = hands.page(url(world.community), "over")
    assert "旺家安置点有4029户、170000人" in page
    assert "易地搬迁安置点" in section(page, "小区和安置点")


def test_somebody_else_than_the_administrator_keeps_no_register(world, hands):
    hands = hands(world)
    put_down(hands, world.community, "facts", who="over", status=403, households=1, people=1, source="x")

    assert Place.objects.get(pk=world.community.pk).facts == {}
