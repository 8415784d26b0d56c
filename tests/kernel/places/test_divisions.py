from __future__ import annotations

import csv
import time
from datetime import date

import pytest

from linli.kernel.journal.models import Event
from linli.kernel.places import queries, services
from linli.kernel.places.models import Alias, Code, Place
from linli.kernel.places.services.divisions import is_local, short_name
from linli.kernel.places.services.shipped import rows_of
from tests.kernel.places import ground
from tests.shared import SHARED

pytestmark = pytest.mark.django_db


def imported(rows, **more):
    return services.import_divisions(rows=rows, source="test", now=ground.NOW, **more)


def test_an_import_says_of_each_row_what_became_of_it():
    report = imported(ground.ROWS)

    assert report.is_saved
    assert [(line.number, line.outcome) for line in report.lines] == [(n, "added") for n in range(1, 7)]


def test_a_place_gets_its_level_kind_names_county_and_path():
    imported(ground.ROWS)
    community = ground.place(ground.WANGJIA)

    assert (community.level, community.kind) == ("community", "社区")
    assert (community.name, community.official) == ("旺家社区", "旺家社区居民委员会")
    assert (community.county, community.initials) == ("520603", "wjsq")
    assert community.path == f"{community.parent.path}{community.path.split('/')[-2]}/"
    assert ground.place("520600000000").county == ""


def test_the_same_rows_again_change_nothing():
    imported(ground.ROWS)
    before = list(Place.objects.order_by("short").values())
    report = imported(ground.ROWS)

    assert report.counts == {"unchanged": 6}
    assert list(Place.objects.order_by("short").values()) == before
    assert Event.objects.filter(name="place.import_divisions").count() == 1


def test_a_row_may_stand_before_its_parent():
    report = imported(list(reversed(ground.ROWS)))

    assert report.counts == {"added": 6}
    assert ground.place(ground.WANGJIA).parent == ground.place(ground.STREET)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"code": "5206030040", "level": "4", "name": "甲", "parent": "520603000000"}, "12 位"),
        ({"code": "520603005000", "level": "6", "name": "甲", "parent": "520603000000"}, "1 到 5"),
        ({"code": "520603005000", "level": "5", "name": "甲", "parent": "520603004000"}, "对不上"),
        ({"code": "520603005000", "level": "4", "name": " ", "parent": "520603000000"}, "名称"),
        ({"code": "520603005000", "level": "4", "name": "a\x00", "parent": "520603000000"}, "无法识别"),
        ({"code": "520603005000", "level": "4", "name": "甲" * 61, "parent": "520603000000"}, "太长"),
        ({"code": "520603005000", "level": "4", "name": "甲", "parent": "520604000000"}, "都没有"),
        ({"code": "520603005000", "level": "4", "name": "甲", "parent": "520603004000"}, "不比它高"),
        ({"code": "520603005000", "level": "4", "name": "甲", "parent": ""}, "没有写上级"),
        ({"code": "520603004000", "level": "4", "name": "甲", "parent": "520603000000"}, "两次"),
        ({}, "12 位"),
    ],
)
def test_one_refused_row_is_named_and_nothing_is_saved(row, why):
    report = imported([*ground.ROWS, row])

    assert not report.is_saved
    [line] = report.refused
    assert (line.number, why in str(line.why)) == (7, True)
    assert not Place.objects.exists()
    assert not Code.objects.exists()


def test_a_new_name_is_taken_over_and_the_old_one_still_finds_the_place():
    imported(ground.ROWS)
    before = ground.place(ground.STREET)
    report = imported([{**row, "name": row["name"].replace("丹都", "新都")} for row in ground.ROWS])

    assert report.counts == {"changed": 1, "unchanged": 5}
    [found] = [ref for ref in queries.search("丹都街道") if ref.level == "street"]
    assert (found.id, found.name) == (before.id, "新都街道")


def test_a_new_parent_moves_the_place_with_all_that_lies_under_it():
    imported(ground.ROWS)
    other = {"code": "520602000000", "level": "3", "name": "碧江区", "parent": "520600000000"}
    rows = [{**row, "parent": other["code"]} if row["code"] == ground.STREET else row for row in ground.ROWS]
    report = imported([*rows, other])

    assert report.counts == {"added": 1, "changed": 1, "unchanged": 5}
    community, county = ground.place(ground.WANGJIA), ground.place("520602000000")
    assert community.path.startswith(county.path)
    assert community.county == "520602"
    assert [ref.name for ref in queries.chain(community, ground.DAY)][:3] == [
        "旺家社区",
        "丹都街道",
        "碧江区",
    ]


def test_a_place_governed_elsewhere_stays_there_when_the_statistical_rows_come_again():
    imported(ground.ROWS)
    new_area = {"code": "529100000000", "level": "2", "name": "贵安新区", "parent": "520000000000"}
    moved = {**ground.ROWS[3], "parent": "529100000000"}
    settled = imported([new_area, moved], settling=True)
    again = imported(ground.ROWS)

    assert settled.counts == {"added": 1, "changed": 1}
    assert again.counts == {"kept": 1, "unchanged": 5}
    [code] = ground.place("529100000000").codes.all()
    assert code.scheme == "local"
    community = queries.by_code(ground.WANGJIA, ground.DAY)
    assert (community.county, community.full_name) == ("529100", "贵安新区丹都街道旺家社区")


@pytest.mark.parametrize(
    ("code", "local"),
    [
        ("520603004003", False),
        ("469001000000", False),
        ("529100000000", True),
        ("520603901000", True),
        ("520603004901", True),
    ],
)
def test_the_local_range_is_apart_from_the_statistical_codes(code, local):
    assert is_local(code) is local


@pytest.mark.parametrize(
    ("official", "code", "name"),
    [
        ("旺家社区居民委员会", "520603004003", "旺家社区"),
        ("腊洞村村民委员会", "522631114204", "腊洞村"),
        ("小箐村委会", "520115001200", "小箐村"),
        ("煤炭沟村民委员会", "520201100200", "煤炭沟村"),
        ("五一村村委员会", "520525114222", "五一村"),
        ("中和村和民委员会", "522627108222", "中和村"),
        ("602库居民委员会", "520402001008", "602库居委会"),
        ("御翠岭社区", "520103019022", "御翠岭社区"),
    ],
)
def test_a_community_is_called_what_people_call_it(official, code, name):
    assert short_name("community", official, code) == name


@pytest.mark.shared
@pytest.mark.slow  # twenty thousand rows
def test_all_divisions_of_guizhou_come_in_within_20_seconds_and_again_change_nothing(record_property):
    rows = list(rows_of(SHARED / "divisions" / "guizhou_divisions_2023.csv"))
    started = time.perf_counter()
    first = imported(rows)
    took = time.perf_counter() - started
    again = imported(rows)
    record_property("seconds", round(took, 1))

    assert first.counts == {"added": 19_572}
    assert again.counts == {"unchanged": 19_572}
    assert took < 20
    levels = ("province", "city", "county", "street", "community")
    assert [Place.objects.filter(level=level).count() for level in levels] == [1, 9, 88, 1510, 17_964]


@pytest.mark.slow  # some three thousand rows
def test_what_is_shipped_loads_and_the_places_of_the_texts_are_found_by_name():
    for report in services.load_shipped(now=ground.NOW, within=["5206", "520111", "529100"]):
        assert report.is_saved, report.refused[:3]

    assert queries.by_code("520603004003", ground.DAY).full_name == "万山区丹都街道旺家社区"
    chain = [ref.name for ref in queries.chain(queries.by_code("520111204215", ground.DAY), ground.DAY)]
    assert chain == ["车田村", "湖潮苗族布依族乡", "贵安新区", "贵州省"]
    assert not Place.objects.filter(county="520103").exists()


@pytest.mark.shared
@pytest.mark.slow  # twenty thousand rows
@pytest.mark.once  # what is asked is the data, not the database
def test_every_named_place_of_the_texts_is_found_in_what_is_shipped():
    for report in services.load_shipped(now=ground.NOW):
        assert report.is_saved, report.refused[:3]
    with (SHARED / "divisions" / "named_places_check.csv").open(encoding="utf-8-sig") as file:
        named = [row for row in csv.DictReader(file) if row["code"]]

    missed = [
        row["place"]
        for row in named
        if [ref.id for ref in queries.search(row["place"])[:1]]
        != [queries.by_code(row["code"], ground.DAY).id]
    ]
    assert (len(named), missed) == (44, [])


@pytest.mark.parametrize("name", ["黔东南州", "黔东南苗族侗族自治州"])
def test_an_alias_finds_the_same_node(name):
    services.load_shipped(now=ground.NOW, within=["522631"])

    assert queries.search(name)[0].id == queries.by_code("522600000000", ground.DAY).id


def test_aliases_of_unknown_places_are_refused_and_none_is_saved():
    ground.a_county()
    report = services.import_aliases(
        rows=[
            {"code": ground.STREET, "name": "丹都", "source": "test"},
            {"code": "520199000000", "name": "无", "source": "test"},
        ],
        now=ground.NOW,
    )

    assert [(line.number, line.place) for line in report.refused] == [(2, "520199000000 无")]
    assert not Alias.objects.exists()


def test_a_code_that_has_ended_finds_the_place_only_in_its_time():
    ground.a_county()
    community = ground.place(ground.WANGJIA)
    services.add_code(
        place_id=community.id,
        scheme="stat",
        code="520603004013",
        on=date(2027, 1, 1),
        now=ground.NOW,
        actor=ground.IMPORT,
    )

    assert queries.by_code(ground.WANGJIA, date(2026, 12, 31)).id == community.id
    assert queries.by_code(ground.WANGJIA, date(2027, 1, 1)) is None
    assert queries.by_code("520603004013", date(2026, 12, 31)) is None
    assert queries.by_code("520603004013", date(2027, 1, 1)).id == community.id
