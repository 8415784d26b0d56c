"""What is typed in to correct what is held about me, and to close the account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.foundation.forms import LineField, PhoneField
from linli.shell.signin.forms import PhoneCodeForm, PhoneForm


class NewPhoneForm(PhoneForm):
    """The number that is to be used from now on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].label = _("新手机号")


class NewPhoneCodeForm(PhoneCodeForm):
    """The code that came to it."""


class ContactForm(forms.Form):
    """How I am called and reached in one matter."""

    contact_name = LineField(label=_("怎么称呼您"), limit=20, required=False)
    contact_phone = PhoneField(label=_("联系电话"), required=False)


class CloseForm(forms.Form):
    """Closing is not undone, so it is said twice."""

    sure = forms.BooleanField(label=_("我已经记下查询码，确定注销账号"))
