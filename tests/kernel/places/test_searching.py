from __future__ import annotations

import pytest

from linli.kernel.places import queries, services
from linli.kernel.places.queries.searching import initials
from tests.kernel.places import ground

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _county():
    ground.a_county()


def found(text, **more):
    return [ref.name for ref in queries.search(text, **more)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("旺家", ["旺家社区"]),
        ("旺家社区居民委员会", ["旺家社区"]),
        (" 旺 家 ", ["旺家社区"]),
        ("wjsq", ["旺家社区"]),
        ("WJ", ["旺家社区"]),
        ("社区", ["旺家社区", "龙生社区"]),
        ("万山区丹都街道旺家社区", ["旺家社区"]),
        ("铜仁市旺家", ["旺家社区"]),
        ("万山区（新址）龙生社区", ["龙生社区"]),
        ("碧江区旺家社区", []),
        ("%", []),
        ("_", []),
        ("", []),
    ],
)
def test_a_place_is_found_by_name_committee_initials_or_a_line_of_names(text, names):
    assert found(text) == names


def test_an_exact_name_comes_before_a_beginning_and_that_before_the_rest():
    street = ground.place(ground.STREET)
    for name in ("新龙生社区", "龙生", "龙生社区二区"):
        ground.add("community", name, street)

    assert found("龙生") == ["龙生", "龙生社区", "龙生社区二区", "新龙生社区"]


def test_an_alias_finds_the_place_and_a_search_stays_under_its_path():
    services.add_alias(
        place_id=ground.place(ground.LONGSHENG).id,
        name="老街",
        source="test",
        now=ground.NOW,
        actor=ground.IMPORT,
    )

    assert found("老街") == ["龙生社区"]
    assert found("lj") == ["龙生社区"]
    assert found("老街", under=ground.place(ground.WANGJIA).path) == []
    assert found("社区", under=ground.place(ground.WANGJIA).path) == ["旺家社区"]
    assert found("社区", limit=1) == ["旺家社区"]


def test_households_are_not_found_by_a_search():
    building = ground.add("building", "3栋", ground.place(ground.WANGJIA))
    ground.add("household", "某某家", building)

    assert found("某某家") == []
    assert found("3栋") == ["3栋"]


def test_an_ended_place_is_not_found_by_a_search():
    services.end_place(
        place_id=ground.place(ground.LONGSHENG).id, on=ground.DAY, now=ground.NOW, actor=ground.IMPORT
    )

    assert found("龙生") == []


def test_initials_are_those_of_the_name_as_it_is_read():
    assert initials("602库居委会") == "602kjwh"
    assert initials("重庆路") == "cql"
