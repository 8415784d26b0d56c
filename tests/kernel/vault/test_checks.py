from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.apps.registry import Apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import models

from linli.kernel.vault import checks, fields, registry
from linli.kernel.vault.choices import Purpose
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


@pytest.mark.parametrize(
    "text", ["surface", "civil_service", "民族路", "轨道交通", "place", "party_group", "inspection"]
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
