"""The form of a rule: its text, or for a profile its switches."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

import tomli_w
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.foundation.errors import InvalidInput
from linli.foundation.forms import LineField, WordsField
from linli.kernel.rulebook import registry, schemas
from linli.shell.desk.queries import wording

LONGEST = 60_000  # characters of a rule's text
MOST_PARTS = 200  # dots in a line before its equals sign
_LINE = re.compile(r"line (\d+)")


class RuleForm(forms.Form):
    """What every change says beside the rule itself. ``rule_data`` is the rule after ``is_valid``."""

    def __init__(
        self, key: str, now_in_force: Mapping[str, Any], data: Any = None, *, may_inherit: bool = False
    ) -> None:
        self.key = key
        self.now_in_force = now_in_force
        self.rule_data: dict[str, Any] = {}
        super().__init__(data, auto_id="rule-%s", initial=self.initial_data())
        self.fields |= self.own_fields()
        self.fields["valid_from"] = forms.DateField(
            label=gettext_lazy("从哪天起"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            help_text=gettext_lazy("今天或以后；在办的事照开始时的版本走完。"),
        )  # fmt: skip
        self.fields["valid_to"] = forms.DateField(
            label=gettext_lazy("到哪天为止"), required=False, help_text=gettext_lazy("这一天起不再算；不填就是一直算。"),
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        )  # fmt: skip
        self.fields["basis"] = WordsField(
            label=gettext_lazy("依据"), limit=400, rows=2, help_text=gettext_lazy("写明文件名和文号。")
        )
        if may_inherit:
            self.fields["inherits"] = forms.BooleanField(
                label=gettext_lazy("这里不再另定，改用上一级的规则"), required=False
            )

    def initial_data(self) -> dict[str, Any]:
        return {"data": as_toml(self.now_in_force)}

    def own_fields(self) -> dict[str, forms.Field]:
        text = RuleText(
            label=gettext_lazy("规则内容"), help_text=gettext_lazy("一行一项，照现在的样子改。可以贴 JSON。")
        )
        return {"data": text}

    def read(self) -> dict[str, Any]:
        return parsed(self.cleaned_data["data"])

    def clean(self) -> dict[str, Any]:
        """Try the rule against its schema, so that what is wrong is said where it was written."""
        cleaned = super().clean() or {}
        if cleaned.get("inherits") or self.errors:
            return cleaned
        try:
            self.rule_data = self.read()
            schemas.check(self.key, self.rule_data)
        except InvalidInput as refusal:
            self.refuse(refusal)
        return cleaned

    def refuse(self, refusal: InvalidInput) -> None:
        """Put a refusal at the field it is about."""
        field = refusal.field if refusal.field in self.fields else "data" if "data" in self.fields else None
        self.add_error(field, str(refusal.message))


class ProfileForm(RuleForm):
    """The profile of a flow: each switch a tick, each group of alternatives a choice."""

    def initial_data(self) -> dict[str, Any]:
        data = self.now_in_force
        chosen = {f"choose_{group}": step for group, step in data.get("choose", {}).items()}
        return {
            "label": data.get("label", ""),
            "on": list(data.get("on", ())),
            **chosen,
            "data": as_toml(data.get("settings", {})),
        }

    def own_fields(self) -> dict[str, forms.Field]:
        flow = registry.FLOWS[self.flow_name]
        fields: dict[str, forms.Field] = {
            "label": LineField(label=gettext_lazy("叫法"), limit=40),
            "on": forms.MultipleChoiceField(
                label=gettext_lazy("用哪些步骤"), required=False, widget=forms.CheckboxSelectMultiple,
                choices=list(wording.switches_of(self.flow_name).items()),
            ),
        }  # fmt: skip
        for group in flow.groups:
            label, choices = wording.group_of(self.flow_name, group)
            fields[f"choose_{group}"] = forms.ChoiceField(label=label, choices=choices, required=False)
        fields["data"] = RuleText(label=gettext_lazy("天数和其他设置"), rows=6, required=False)
        return fields

    @property
    def flow_name(self) -> str:
        return self.key.partition(".")[2]

    def read(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        groups = registry.FLOWS[self.flow_name].groups
        return {
            "key": self.now_in_force["key"],
            "label": cleaned["label"],
            "on": cleaned["on"],
            "choose": {
                group: cleaned[f"choose_{group}"] for group in groups if cleaned.get(f"choose_{group}")
            },
            "settings": parsed(cleaned["data"]),
        }

    def refuse(self, refusal: InvalidInput) -> None:
        place = "on" if refusal.field in ("on", "choose") else refusal.field
        super().refuse(InvalidInput(refusal.message, field=place))


class RuleText(WordsField):
    """A rule's text: long, and every blank at the start of a line counts."""

    def __init__(self, *, rows: int = 16, **options: Any) -> None:
        super().__init__(limit=LONGEST, rows=rows, **options)
        self.widget.attrs |= {"class": "rule-text", "spellcheck": "false"}


class ReasonForm(forms.Form):
    """Why a proposal is turned down."""

    reason = WordsField(label=gettext_lazy("不同意的理由"), limit=400, rows=2)


def form_of(
    key: str, now_in_force: Mapping[str, Any], data: Any = None, *, may_inherit: bool = False
) -> RuleForm:
    """Return the form that a key is changed with."""
    family, _dot, name = key.partition(".")
    kind = ProfileForm if family == "profile" and name in registry.FLOWS else RuleForm
    return kind(key, now_in_force, data, may_inherit=may_inherit)


def parsed(text: str) -> dict[str, Any]:
    """Read TOML, or JSON where it begins with a brace; raise InvalidInput with the line that is wrong."""
    try:
        found = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(_of_few_parts(text))
    except json.JSONDecodeError as wrong:
        raise InvalidInput(
            _("第 %(n)d 行写得不对，看看引号和逗号。") % {"n": wrong.lineno}, field="data"
        ) from wrong
    except tomllib.TOMLDecodeError as wrong:
        line = _LINE.search(str(wrong))
        said = (
            _("第 %(n)s 行写得不对，看看引号和等号。") % {"n": line[1]}
            if line
            else _("最后没有写完，看看引号和括号。")
        )
        raise InvalidInput(said, field="data") from wrong
    except (RecursionError, ValueError) as wrong:  # a number of thousands of digits is a bare ValueError
        raise InvalidInput(_("层次太深，或者数字太长，请照现在的样子改。"), field="data") from wrong
    return dict(found)


def _of_few_parts(text: str) -> str:
    """Return the text; a name of thousands of parts, which takes the reader minutes, is refused by its line."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.partition("=")[0].count(".") > MOST_PARTS:
            raise InvalidInput(_("第 %(n)d 行写得不对，看看引号和等号。") % {"n": number}, field="data")
    return text


def as_toml(data: Mapping[str, Any]) -> str:
    """Write a rule's data as TOML."""
    return tomli_w.dumps(thawed(data))


def thawed(value: Any) -> Any:
    """Return plain dicts and lists of a version's frozen data."""
    if isinstance(value, Mapping):
        return {name: thawed(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [thawed(item) for item in value]
    return value
