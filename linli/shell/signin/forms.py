"""What people type in to get in."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django import forms
from django.utils.translation import gettext_lazy as _

from linli.foundation.errors import InvalidInput
from linli.kernel.people.choices import ADMINISTRATOR_LABELS
from linli.kernel.people.fields import normal_phone


class StaffSignIn(LoginForm):
    """allauth's form with our labels; its limits and its equal answers stay."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("用户名")
        self.fields["login"].widget.attrs = {"autocomplete": "username", "autocapitalize": "none"}
        self.fields["password"].label = _("密码")
        self.fields["password"].help_text = ""
        self.fields["password"].widget.attrs = {"autocomplete": "current-password"}


class _Code(forms.Form):
    """The six digits by the name that the page around them uses."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("验证码")
        self.fields["code"].widget.attrs |= {"placeholder": ""}


class SecondFactor(_Code, AuthenticateForm):
    """At sign-in."""


class SecondFactorAgain(_Code, ReauthenticateForm):
    """Before something weighty."""


class PhoneForm(forms.Form):
    phone = forms.CharField(
        label=_("手机号"),
        max_length=20,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel-national"}),
    )

    def clean_phone(self) -> str:
        try:
            return normal_phone(self.cleaned_data["phone"])
        except InvalidInput as error:
            raise forms.ValidationError(error.message) from error


class PhoneCodeForm(PhoneForm):
    phone = forms.CharField(max_length=20, widget=forms.HiddenInput)
    code = forms.RegexField(
        r"^[0-9]{6}\Z",
        label=_("验证码"),
        help_text=_("短信里的六位数字，五分钟内有效。"),
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": "6"}
        ),
        error_messages={"invalid": _("验证码是六位数字。")},
    )


class NewPassword(forms.Form):
    """Two equal passwords; whether they are good enough the service says."""

    password = forms.CharField(
        label=_("密码"),
        help_text=_("至少 12 位，不要用常见的，也不要只用数字。"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("再填一次密码"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        if cleaned.get("password") != cleaned.get("again"):
            self.add_error("again", _("两次填的密码不一样。"))
        return cleaned


class JoinForm(NewPassword):
    username = forms.CharField(label=_("用户名"), max_length=60)
    code = forms.CharField(label=_("开通码"), max_length=40, help_text=_("任命您的人给您的一串字母和数字。"))
    field_order = ("username", "code", "password", "again")


class SetUpForm(NewPassword):
    token = forms.CharField(
        label=_("设置口令"), max_length=40, help_text=_("在服务器上运行 linli setup_token 得到。")
    )
    role = forms.ChoiceField(label=_("您担任哪一员"), choices=tuple(ADMINISTRATOR_LABELS.items()))
    name = forms.CharField(label=_("您的姓名"), max_length=60)
    username = forms.CharField(label=_("用户名"), max_length=60)
    field_order = ("token", "role", "name", "username", "password", "again")
