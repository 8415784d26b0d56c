"""What a rule may not say. Each refusal is a sentence for the one who wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pydantic import create_model

from linli.foundation.errors import InvalidInput
from linli.foundation.flow import NEW, Flow, Step
from linli.foundation.rules import anyone
from linli.kernel.rulebook import registry, schemas
from linli.kernel.rulebook.schemas import words
from linli.kernel.vault.registry import WORDS
from linli.kernel.vault.rules import never_collected

ROW = {"clock": "accept", "amount": 1, "unit": "hours", "basis": "x"}
ALL = [{**ROW, "clock": clock} for clock in schemas.NEEDED_CLOCKS]
GROUP = {"code": "homes", "label": "房屋"}
LEAF = {"code": "homes.light", "label": "灯", "sort": "shared", "desk": "grid"}
ROLE = {"code": "clerk", "label": "办事员", "may": ["handle"], "desks": ["grid"]}


@pytest.mark.parametrize(
    ("key", "data", "sentence"),
    [
        ("limits", {"limits": [*ALL, ROW]}, "时限“accept  normal”写了不止一次"),
        ("limits", {"limits": ALL[1:]}, "时限“accept”缺少适用于全部事项的一行"),
        ("limits", {"limits": [*ALL, {**ROW, "clock": "x", "unit": "weeks"}]}, "没有“weeks”这种时限单位"),
        (
            "limits",
            {"limits": [*ALL, {**ROW, "clock": "x", "amount": 0}]},
            "规则的“limits.5.amount”这一项写得不对",
        ),
        ("limits", {"limits": [*ALL, {**ROW, "clock": "x", "amount": "3"}]}, "limits.5.amount.*写得不对"),
        (
            "limits",
            {"limits": [{"clock": "accept", "unit": "hours", "basis": "x"}]},
            "规则缺少“limits.0.amount”",
        ),
        ("limits", {"limits": [{**ROW, "colour": "red"}]}, "规则里不能有“limits.0.colour”"),
        ("roles", {"roles": [ROLE, ROLE]}, "角色“clerk”写了不止一次"),
        ("roles", {"roles": [{**ROLE, "may": ["administer_system"]}]}, "roles.0.may.0.*写得不对"),
        ("roles", {"roles": [{**ROLE, "may": ["everything"]}]}, "roles.0.may.0.*写得不对"),
        ("categories", {"categories": [LEAF, GROUP]}, "写在它的上级之前"),
        ("categories", {"categories": [GROUP, LEAF, LEAF]}, "事项“homes.light”重复"),
        ("categories", {"categories": [GROUP, {**LEAF, "desk": ""}]}, "缺少分流建议或承办岗"),
        (
            "categories",
            {"categories": [GROUP, {**LEAF, "protected": True, "sort": "own"}]},
            "受保护，不参加三事分流",
        ),
        ("categories", {"categories": [GROUP, {**LEAF, "words": ["灯"]}]}, "categories.1.words.0.*写得不对"),
        ("worktime", {"hours": [["13:00", "17:30"], ["09:00", "12:00"]]}, "从早到晚依次排列"),
        ("worktime", {"hours": [["9点", "12:00"]]}, "hours.0.0.*写得不对"),
        ("calendar.2027", {"off": {"2027-01-02": "元旦"}, "work": {}}, "放假日只写周一到周五"),
        ("calendar.2027", {"off": {}, "work": {"2027-01-04": "x"}}, "调休上班日应当是周六或周日"),
        ("calendar.2027", {"off": {"元旦": "2027-01-01"}, "work": {}}, "日期要写成"),
        ("calendar.2027", {"off": {"2027-13-01": "x"}, "work": {}}, "日期要写成"),
        ("calendar.2027", {"off": {}, "work": {}}, "不能为空"),
        (
            "notices",
            {"quiet": {"starts": "25:00", "ends": "07:00"}, "templates": {}},
            "quiet.starts.*写得不对",
        ),
        ("nothing", {}, "没有“nothing”这种规则"),
        ("profile.nothing", {"key": "a", "label": "a", "on": []}, "没有“nothing”这个流程"),
    ],
)
def test_a_rule_that_breaks_its_schema_is_refused_with_a_sentence(
    key: str, data: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        schemas.check(key, data)


def test_what_is_right_passes() -> None:
    schemas.check("limits", {"limits": ALL})
    schemas.check("categories", {"categories": [GROUP, LEAF]})
    schemas.check("roles", {"roles": [ROLE]})


@pytest.fixture
def toy() -> Iterator[Flow]:
    """a → b → c, with a way back from c and a second way to b."""
    flow = Flow(
        "toy", "玩具", states={"a": "甲", "b": "乙", "c": "丙", "d": "丁"}, final=["c"],
        steps=[
            Step("raise", "提出", [NEW], "a", anyone),
            Step("walk", "走", ["a"], "b", anyone, switch="walking", group="way"),
            Step("ride", "骑", ["a"], "b", anyone, group="way"),
            Step("end", "结束", ["b"], "c", anyone, switch="ending", detour=True),
            Step("back", "回", ["b"], "a", anyone, switch="backing"),
            Step("rest", "歇", ["d"], "c", anyone, switch="resting"),
        ],
    )  # fmt: skip
    registry.register_flow(flow)
    yield flow
    del registry.FLOWS["toy"]


def profile(*on: str, **choose: str) -> dict[str, Any]:
    return {"key": "here", "label": "本地", "on": list(on), "choose": choose}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (profile("walking", "ending", "flying", "diving"), "这个流程没有这些开关：diving、flying。"),
        (profile("ending", way="swim"), "“way”里没有“swim”这种办法。"),
        (profile("ending", road="walk"), "“road”里没有“walk”这种办法。"),
        (profile("walking", "backing"), "这样设置，到了“[甲乙]”就没有下一步了。"),
        (profile("walking", "ending", "resting"), "这样设置，“歇”这一步永远走不到。"),
        (profile("ending"), "这样设置，关掉的步骤连成了一圈，流程走不通。"),
    ],
)
def test_a_profile_that_cannot_work_as_a_flow_is_refused_in_chinese(
    toy: Flow, data: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InvalidInput, match=sentence) as refusal:
        schemas.check("profile.toy", data)
    assert "Profile" not in str(refusal.value.message)
    assert "Step" not in str(refusal.value.message)


def test_a_profile_that_works_passes(toy: Flow) -> None:
    schemas.check("profile.toy", profile("walking", "ending", "backing"))


def test_a_schema_of_the_key_itself_comes_before_that_of_its_family(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setitem(registry.SCHEMAS, "calendar.2099", seen.append)
    schemas.check("calendar.2099", {"off": {}, "work": {}, "more": {}})
    assert seen == [{"off": {}, "work": {}, "more": {}}]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"categories": [GROUP, {**LEAF, "words": ["重点人员"]}]}, "categories.1.words.0”里写了“重点人员”"),
        ({"categories": [{**GROUP, "label": "上访户"}]}, "categories.0.label”里写了“上访户”"),
        ({"categories": [{**GROUP, "risk_score": 3}]}, "categories.0”里写了“risk_score”"),
    ],
)
def test_a_rule_that_names_what_is_never_collected_is_refused(data: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        schemas.check("categories", data)


@pytest.mark.parametrize("field", ["phone", "id_number", "risk_score", "blacklist"])
def test_a_schema_with_a_field_about_a_person_cannot_be_used(
    field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = create_model("Part", **{field: (str, ...)})
    monkeypatch.setitem(registry.SCHEMAS, "t.person", create_model("Whole", rows=(list[part], ...)))  # type: ignore[valid-type]
    with pytest.raises(ImproperlyConfigured, match=f"field '{field}'"):
        schemas.check("t.person", {"rows": []})


def test_the_system_check_reads_the_schemas_and_the_shipped_files() -> None:
    assert ("limits LimitRow", "amount") in set(words.schema_words())
    assert ("categories.toml data.categories.1.words.0", "楼道灯") in set(words.catalog_words())
    assert {"rule schema", "catalogue"} <= set(WORDS)
    wrong = [(where, text) for source in WORDS.values() for where, text in source() if never_collected(text)]
    assert wrong == []
