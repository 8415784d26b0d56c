"""What residents say, and which matter it should be taken for. The expected codes were written by hand."""

from __future__ import annotations

import pytest

from linli.kernel.rulebook.queries import Catalogue
from tests.catalog.shipped import shipped

CATALOGUE = Catalogue(shipped("categories.toml")["data"])
PROTECTED = {"protected.violence", "protected.abuse", "protected.selfharm", "protected.child"}


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("三单元二楼的楼道灯坏了三天，老人上下楼看不见", "homes.light"),
        ("电梯停了，八楼的人下不来", "homes.lift.fault"),
        ("有人困在电梯里了", "homes.lift.trapped"),
        ("顶楼渗水，一下雨墙就湿", "homes.leak.roof"),
        ("楼上漏水，厨房天花板滴水", "homes.leak.upstairs"),
        ("小区门口的井盖松动，车过去有响声", "roads.cover"),
        ("化粪池满了，污水外溢到路上", "supply.sewer"),
        ("今天又停电", "supply.power"),
        ("楼道里有煤气味", "supply.gas"),
        ("垃圾桶满了两天没人清", "cleaning.waste"),
        ("隔壁工地吵到半夜，夜间施工", "quiet.works"),
        ("广场舞音响太大", "quiet.square"),
        ("楼上吵，半夜拖椅子", "quiet.home"),
        ("有车堵在消防通道上", "safety.fire.exit"),
        ("充电桩坏了一半", "vehicles.charger"),
        ("有人把电瓶车上楼，在楼道充电", "vehicles.flying"),
        ("楼上高空抛物，差点砸到人", "safety.throw"),
        ("物业不管事，保洁也不来", "property.service"),
        ("物业费涨了没有公示", "property.fees"),
        ("想问低保怎么申请", "welfare.allowance"),
        ("异地就医医保怎么报销", "welfare.medical"),
        ("独居老人没人做饭，能不能送餐", "care.elderly"),
        ("遛狗不牵绳，大型犬吓到孩子", "pets.leash"),
        ("占道经营，摆摊把人行道占满了", "trade.stalls"),
        ("和邻居因为晾衣服吵了一架", "neighbours.dispute"),
        ("健身器材的螺丝松了", "commons.facilities"),
        ("邻居家天天打孩子，哭得厉害", "protected.violence"),
        ("他说不想活了，要跳楼", "protected.selfharm"),
    ],
)
def test_plain_words_find_their_matter(said: str, code: str) -> None:
    assert CATALOGUE.suggest(said)[0] == code


@pytest.mark.parametrize(
    "said",
    [
        "楼道灯坏了，隔壁楼道里丈夫打我邻居，家暴",
        "电梯坏了，物业不管，垃圾没人清，我真的不想活了",
        "停车吵起来，小孩被打",
    ],
)
def test_protected_words_win_whatever_else_is_said(said: str) -> None:
    assert CATALOGUE.suggest(said)[0] in PROTECTED


def test_the_same_words_give_the_same_list_however_they_are_written() -> None:
    said = "井盖松动，路灯不亮"
    assert CATALOGUE.suggest(said) == CATALOGUE.suggest(" 井 盖松动, 路灯不亮 ") == CATALOGUE.suggest(said)


def test_words_that_mean_nothing_suggest_nothing() -> None:
    assert CATALOGUE.suggest("你好，今天天气不错") == []
    assert CATALOGUE.suggest("") == []


def test_no_more_is_suggested_than_asked_for() -> None:
    assert len(CATALOGUE.suggest("电梯 井盖 垃圾 停水 停电 路灯 噪音")) == 3
    assert len(CATALOGUE.suggest("电梯 井盖 垃圾 停水 停电 路灯 噪音", most=5)) == 5


def test_exactly_the_protected_matters_are_protected_and_none_of_them_is_anybodys_own_affair() -> None:
    found = {category.code for category in CATALOGUE if category.protected}
    assert found == PROTECTED
    assert {(CATALOGUE[code].sort, CATALOGUE[code].desk, CATALOGUE[code].urgency) for code in found} == {
        ("", "protected", 2)
    }


def test_every_matter_that_can_be_chosen_has_a_desk_a_sort_and_its_groups() -> None:
    leaves = CATALOGUE.leaves()
    assert len(leaves) == 77
    assert [leaf.code for leaf in leaves if not leaf.desk or not (leaf.sort or leaf.protected)] == []
    assert [
        leaf.code for leaf in leaves if any(up.code not in CATALOGUE for up in CATALOGUE.chain(leaf.code))
    ] == []
    assert CATALOGUE.full_label("homes.lift.trapped") == "房屋和楼栋 · 电梯 · 电梯困人"


def test_no_word_stands_for_two_matters() -> None:
    seen: dict[str, str] = {}
    twice = []
    for category in CATALOGUE.leaves():
        for word in category.words:
            if word in seen:
                twice.append((word, seen[word], category.code))
            seen[word] = category.code
    assert twice == []
