"""What the people page takes in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from linli.foundation.forms import LineField, PhoneField
from linli.kernel.people.choices import ADMINISTRATOR_LABELS, OrganisationKind
from linli.kernel.people.models import Account, Desk, Organisation
from linli.kernel.people.queries import RoleDef

TODAY = forms.DateInput(attrs={"type": "date"})


class AccountForm(forms.Form):
    """A new staff account."""

    name = LineField(label=_("姓名"))
    username = LineField(label=_("用户名"), help_text=_("小写字母、数字、点或横线，4 位以上。"))
    phone = PhoneField(label=_("手机号"), required=False)


class _HolderForm(forms.Form):
    """Names an account by its username, so that nobody can leaf through everybody."""

    account = LineField(label=_("用户名"), help_text=_("任命谁，填他的用户名。"))

    def clean_account(self) -> Account:
        username = self.cleaned_data["account"].strip().lower()
        found = Account.objects.filter(username=username, is_active=True).first()
        if found is None:
            raise forms.ValidationError(_("没有这个用户名。"))
        return found


class AppointForm(_HolderForm):
    """A post at a desk, or one of the administrators' posts."""

    field_order = ("account", "role", "desk", "title", "starts_on", "ends_on", "basis")
    title = LineField(label=_("岗位名称"), limit=100, required=False)
    starts_on = forms.DateField(label=_("开始日期"), required=False, widget=TODAY)
    ends_on = forms.DateField(label=_("结束日期"), required=False, widget=TODAY)
    basis = LineField(label=_("依据"), limit=200, help_text=_("任命文件的名称或文号。"))

    def __init__(
        self, *args: Any, roles: list[RoleDef], desks: QuerySet[Desk], everywhere: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        given = [(role.code, role.label) for role in roles]
        administrators = list(ADMINISTRATOR_LABELS.items()) if everywhere else []
        self.fields["role"] = forms.ChoiceField(label=_("角色"), choices=[*given, *administrators])
        self.fields["desk"] = forms.ModelChoiceField(desks, label=_("岗台"), required=False)
        self.order_fields(self.field_order)


class OrganisationForm(forms.Form):
    """A body at a place; what stands above it, if anything."""

    kind = forms.ChoiceField(
        label=_("种类"), choices=OrganisationKind.choices, initial=OrganisationKind.PARTY
    )
    name = LineField(label=_("名称"), limit=100)
    parent = forms.ModelChoiceField(Organisation.objects.none(), label=_("上级组织"), required=False)

    def __init__(self, *args: Any, parents: QuerySet[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].queryset = parents  # type: ignore[attr-defined]  # a ModelChoiceField


class ReplaceForm(_HolderForm):
    basis = LineField(label=_("依据"), limit=200, help_text=_("任命文件的名称或文号。"))
