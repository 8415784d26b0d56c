"""What asking and answering take. Pages show these forms, the API publishes them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.apps.privacy.choices import Hold, Why, Wish
from linli.apps.privacy.queries import about, ground_of, still_open
from linli.foundation.forms import DayField, LineField, PhoneField, StepForm, WordsField
from linli.foundation.worktime import SHANGHAI
from linli.kernel.cases import queries as cases
from linli.kernel.cases import registry
from linli.kernel.cases.choices import ON_BEHALF, Channel
from linli.kernel.people import queries as people
from linli.kernel.vault.registry import Whose

LONGEST_HOLD = timedelta(days=3 * 365)
NOT_OTHERS = gettext_lazy("申请人会看到这段话。不要写别人的姓名、电话，也不要写是谁反映的。")


class AskForm(StepForm):
    """What somebody wants done with their data, and whose it is: their account's, or what a tracking code stands for."""

    category = forms.ChoiceField(label=gettext_lazy("您要申请什么"), choices=Wish.choices)
    words = WordsField(label=gettext_lazy("补充说明"), limit=500, required=False)
    code = LineField(label=gettext_lazy("查询码"), limit=40, required=False)
    phone = PhoneField(label=gettext_lazy("账号的手机号"), required=False)
    channel = forms.ChoiceField(choices=Channel.choices, required=False, widget=forms.HiddenInput)

    def clean_channel(self) -> str:
        return self.cleaned_data["channel"] or Channel.WEB

    def clean(self) -> dict[str, Any]:
        entry = super().clean() or {}
        if self.errors:
            return entry
        whose = self._whose(entry)
        if whose is None:
            return entry
        place = ground_of(whose, self.moment.now.astimezone(SHANGHAI).date())
        if place is None:
            self.add_error(None, _("这里还没有人受理个人信息申请，请打电话。"))
        if entry["category"] in (Wish.CORRECT, Wish.OBJECT) and not entry["words"]:
            self.add_error("words", _("请写明哪里不对，或者不同意什么。"))
        return {**entry, "about": [whose.kind, str(whose.id)], "place": place}

    def _whose(self, entry: dict[str, Any]) -> Whose | None:
        """Return whose data is asked about. The code, or the account signed in to, is the proof."""
        actor = self.moment.actor
        if actor.kind == "code":
            return Whose("case", actor.id)
        if entry["channel"] in ON_BEHALF and (entry["code"] or entry["phone"]):
            return self._by_code(entry["code"]) if entry["code"] else self._by_phone(entry["phone"])
        if actor.kind == "person" and not self.moment.posts:
            return Whose("person", actor.id)
        self.add_error("code", _("请从查询页申请；有账号的居民，请先登录。岗位上替人登记的，请填写查询码。"))
        return None

    def _by_code(self, code: str) -> Whose | None:
        case = cases.by_code(code)
        if case is None or registry.get(case.flow).about_data:
            self.add_error("code", _("没有这个查询码，请对一对再输一次。"))
            return None
        return Whose("case", case.pk)

    def _by_phone(self, phone: str) -> Whose | None:
        account = people.resident_by_phone(phone)
        if account is None or not account.is_active:
            self.add_error("phone", _("没有用这个号码的账号。"))
            return None
        return Whose("person", account.pk)


class GrantForm(StepForm):
    words = WordsField(label=gettext_lazy("答复"), limit=500, required=False, help_text=NOT_OTHERS)

    def prepare(self) -> None:
        if self.case and self.case.category == Wish.ERASE:
            waiting = len(still_open(about(self.case)))
            said = _("同意后马上删除，删了不能恢复。")
            if waiting:
                said += _("还有 %(n)d 件事没办完，先限制使用，办完自动删除。") % {"n": waiting}
            self.fields["words"].help_text = f"{said}{NOT_OTHERS}"
        elif self.case:
            self.fields["words"].required = True


class HoldForm(StepForm):
    reason = forms.ChoiceField(label=gettext_lazy("为什么现在不能删除"), choices=Hold.choices)
    until = DayField(label=gettext_lazy("限制使用到哪一天"))
    words = WordsField(label=gettext_lazy("说明"), limit=500, help_text=NOT_OTHERS)

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        today = self.moment.now.astimezone(SHANGHAI).date()
        if not today < until <= today + LONGEST_HOLD:
            raise forms.ValidationError(_("请填明天以后、三年以内的日子；到那天自动删除。"))
        return until


class RefuseForm(StepForm):
    reason = forms.ChoiceField(label=gettext_lazy("依据哪条规定"), choices=Why.choices)
    words = WordsField(label=gettext_lazy("理由"), limit=500, help_text=NOT_OTHERS)


class SayForm(StepForm):
    words = WordsField(label=gettext_lazy("说明"), limit=500)


class MaybeSayForm(StepForm):
    words = WordsField(label=gettext_lazy("说明"), limit=500, required=False)
