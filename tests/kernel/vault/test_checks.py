from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps.registry import Apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import models

from linli.kernel.vault import checks, fields, registry
from linli.kernel.vault.choices import Purpose, Who
from linli.kernel.vault.rules import never_collected


def a_model(kind: str = "Repair", /, **columns: models.Field[Any, Any]) -> type[models.Model]:
    meta = type("Meta", (), {"apps": Apps(), "app_label": "lint_tests"})
    return type(kind, (models.Model,), {"__module__": "linli.lint_tests", "Meta": meta, **columns})


def codes(model: type[models.Model]) -> list[str | None]:
    return [found.id for found in [*checks.undeclared([model]), *checks.never([model])]]


@pytest.mark.parametrize(
    ("column", "label"),
    [
        ("phone", ""),
        ("owner_phone", ""),
        ("id_number", ""),
        ("remark", "业主姓名"),
        ("x", "联系电话"),
        ("born_on", ""),
    ],
)
def test_a_column_that_looks_personal_must_be_declared(column: str, label: str) -> None:
    assert codes(a_model(**{column: models.CharField(label or None)})) == ["vault.E001"]


def test_a_name_is_personal_where_the_model_is_about_people() -> None:
    assert codes(a_model("Resident", name=models.CharField())) == ["vault.E001"]
    assert codes(a_model("Place", name=models.CharField())) == []


def test_a_declared_or_explained_column_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "COLUMNS", {("lint_tests.repair", "phone"): None})
    monkeypatch.setattr(checks, "PLAIN", {("lint_tests.repair", "fax_tel"): "of an office"})
    assert codes(a_model(phone=models.CharField(), fax_tel=models.CharField())) == []


@pytest.mark.parametrize(
    ("column", "label"),
    [
        ("face_template", ""),
        ("religion", ""),
        ("is_party_member", ""),
        ("risk_score", ""),
        ("note", "重点人员标注"),
        ("note", "政治面貌"),
        ("note", "民族"),
    ],
)
def test_what_is_never_collected_has_no_column(column: str, label: str) -> None:
    assert codes(a_model(**{column: models.CharField(label or None)})) == ["vault.E002"] * (1 if label else 2)


# Each thing that is never collected, as somebody might spell it: a column, a heading, a label.
FORBIDDEN = {
    "templates of bodies": ["face_template", "FingerprintHash", "voice_template", "gait", "人脸照片", "声纹", "步态特征", "指纹采集"],
    "trails": ["door_log", "camera_trail", "plate_log", "phone_location", "trajectory", "车牌识别记录", "门禁记录", "手机定位", "行动轨迹"],
    "faith and descent": ["religion", "ethnicity", "belief", "宗教信仰", "民族"],
    "politics": ["political_status", "is_party_member", "政治面貌", "是否党员", "政治观点"],
    "petitions as a trait": ["petition_history", "petitioner", "上访史", "信访次数", "缠访闹访"],
    "intimate and health labels": ["sexual_orientation", "hiv_status", "psychiatric", "性取向", "艾滋病", "精神障碍患者"],
    "crime and credit": ["criminal_record", "credit_score", "犯罪记录", "前科人员", "征信情况"],
    "whom somebody knows": ["address_book", "chat_log", "friends", "visited_by", "通讯录", "聊天记录", "来往人员"],
    "cards and copies": ["bank_card", "card_number", "id_photo", "银行卡号", "身份证照片", "身份证复印件"],
    "scores and colours of people": ["risk_score", "stability_score", "obedience", "color_label", "black_list", "watch_list", "社会信用分", "重点人员", "黑名单", "红黄绿标识", "风险评分"],
    "relatives": ["relatives_background", "亲属政治情况", "政审材料"],
    "suspicion": ["suspicious_note", "可疑人员", "可疑"],
}  # fmt: skip


@pytest.mark.parametrize("kind", FORBIDDEN)
def test_there_is_no_word_for_what_is_never_collected(kind: str, figure: Callable[..., None]) -> None:
    passed = [word for word in FORBIDDEN[kind] if not never_collected(word)]
    figure(
        "L1",
        f"never collected, {kind}: spellings that pass",
        target="0",
        n=len(FORBIDDEN[kind]),
        floor=3,
        got=len(passed),
    )
    assert passed == []


def test_a_declaration_says_who_sees_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "COLUMNS", {})
    _declare()
    assert [(found.id, found.msg.split()[0]) for found in checks.for_nobody()] == [
        ("vault.E006", "tests.other")
    ]
    fields.FIELDS.clear()
    _declare(who=(Who.SELF,))
    assert list(checks.for_nobody()) == []


@pytest.mark.parametrize(
    "text",
    [
        "surface",
        "civil_service",
        "民族路",
        "轨道交通",
        "place",
        "party_group",
        "inspection",
        "统一社会信用代码",
        "车牌号",
        "房屋危险等级",
    ],
)
def test_words_that_only_sound_alike_pass(text: str) -> None:
    assert never_collected(text) == ""


def test_words_of_schemas_and_headers_are_read_and_the_check_command_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    call_command("check")
    monkeypatch.setattr(registry, "WORDS", {})
    monkeypatch.setattr(checks, "WORDS", registry.WORDS)
    registry.register_words("import", lambda: [("households.xlsx", "户主"), ("households.xlsx", "宗教信仰")])
    with pytest.raises(SystemCheckError, match=r"vault\.E002.*宗教|宗教.*never collected"):
        call_command("check")


def test_the_installation_as_it_stands_has_nothing_undeclared() -> None:
    assert checks.check_declarations(None) == []


def _declare(**changed: Any) -> None:
    complete = {
        "code": "tests.other",
        "label": "其他",
        "klass": fields.GENERAL,
        "purposes": (Purpose.HANDLE_CASE,),
        "mask": str,
        "retention": timedelta(days=1),
        "basis": "个人信息保护法 第十三条",
    }
    fields.personal(**complete | changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"label": ""},
        {"purposes": ()},
        {"purposes": ("query",)},
        {"basis": ""},
        {"retention": timedelta(0)},
        {"klass": "secret"},
    ],
)
def test_a_declaration_that_lacks_something_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"tests\.other"):
        _declare(**changed)
    _declare()
