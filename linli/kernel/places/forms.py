"""What the pages of the register of places take in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.foundation.forms import LineField
from linli.kernel.places.choices import ZoneKind

SOURCE = _("数字从哪里来，写明文件或台账。")


class FactsForm(forms.Form):
    """What was counted at a place. What is left empty stays as it was."""

    households = forms.IntegerField(label=_("户数"), min_value=0, max_value=10**9, required=False)
    people = forms.IntegerField(label=_("人数"), min_value=0, max_value=10**10, required=False)
    source = LineField(label=_("来源"), limit=120, help_text=SOURCE)

    def facts(self, on: date) -> dict[str, dict[str, Any]]:
        """Return what was entered as the register keeps it: value, source, day."""
        entered = {key: self.cleaned_data[key] for key in ("households", "people")}
        about = {"source": self.cleaned_data["source"], "on": on.isoformat()}
        return {key: {"value": value, **about} for key, value in entered.items() if value is not None}


class ZoneForm(FactsForm):
    """An estate, a relocation site or other ground that may cross the tree."""

    field_order = ("kind", "name", "places", "households", "people", "source")
    kind = forms.ChoiceField(label=_("种类"), choices=ZoneKind.choices)
    name = LineField(label=_("名称"), limit=60)

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["places"] = forms.MultipleChoiceField(
            label=_("在哪些地方里"), choices=choices, widget=forms.CheckboxSelectMultiple,
            help_text=_("跨两个社区的，两个都选。"),
        )  # fmt: skip
        self.order_fields(self.field_order)


class HouseForm(forms.Form):
    """Buildings that belong to a grid from now on."""

    def __init__(
        self,
        *args: Any,
        buildings: Sequence[tuple[str, str]],
        grids: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["buildings"] = forms.MultipleChoiceField(
            label=_("哪些楼栋"), choices=buildings, widget=forms.CheckboxSelectMultiple
        )
        self.fields["grid"] = forms.ChoiceField(label=_("划进哪个网格"), choices=grids)
