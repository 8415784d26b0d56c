"""What each step asks for. Pages show these forms, the API publishes them, both validate through them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from linli.apps.requests.choices import Refusal, ReturnReason, Satisfied, Solved, Sort, SortReason
from linli.apps.requests.queries import catalogue_at, last_day_of_suspension, likely_desk, place_told
from linli.foundation.forms import (
    DayField,
    DegreesField,
    IdsField,
    LineField,
    PhoneField,
    StepForm,
    WordsField,
    offer,
)
from linli.foundation.templatetags.ui import on_day
from linli.foundation.worktime import SHANGHAI
from linli.kernel.cases.choices import Channel, Part, WhyCalledOff
from linli.kernel.cases.queries import routing
from linli.kernel.people import queries as people
from linli.kernel.rulebook import queries as rulebook

OTHER = "other"
TO_RESIDENT = _("反映人会看到这段话。请不要写姓名、电话和门牌。")


class RaiseForm(StepForm):
    """Photo, words, place: the rest is filled in. At least words or a photo."""

    photos = IdsField(label=_("照片"), required=False)
    text = WordsField(label=_("出了什么事"), limit=1000, required=False)
    place = forms.UUIDField(label=_("地点"), required=False, widget=forms.HiddenInput)
    lon = DegreesField(label=_("经度"), bound=180)
    lat = DegreesField(label=_("纬度"), bound=90)
    category = forms.ChoiceField(label=_("类别"), required=False)
    contact_phone = PhoneField(label=_("联系电话"), required=False)
    contact_name = LineField(label=_("怎么称呼您"), limit=20, required=False)
    channel = forms.ChoiceField(choices=Channel.choices, required=False, widget=forms.HiddenInput)

    def prepare(self) -> None:
        offer(self, "category", lambda: _categories(self._catalogue))  # listed only if somebody looks

    def clean_channel(self) -> str:
        return self.cleaned_data["channel"] or Channel.WEB

    def clean(self) -> dict[str, Any]:
        entry = super().clean() or {}
        if not entry.get("text") and not entry.get("photos"):
            self.add_error("text", _("请说一句出了什么事，或者拍一张照片。"))
        if not entry.get("place") and (entry.get("lon") is None or entry.get("lat") is None):
            self.add_error("place", _("请选一个地点。"))
        self._settle_category(entry)
        return entry

    def _settle_category(self, entry: dict[str, Any]) -> None:
        """Take the category that was chosen, else the one the words point to, else 其他."""
        catalogue = self._catalogue
        suggested = catalogue.suggest(entry.get("text") or "", 1)
        if suggested and catalogue[suggested[0]].protected:
            entry["category"] = suggested[0]  # a person in danger comes first, whatever was ticked
        elif not entry.get("category"):
            entry["category"] = suggested[0] if suggested else OTHER

    @cached_property
    def _catalogue(self) -> rulebook.Catalogue:
        """The tree of matters at the place or point that was sent, or everywhere's.

        Asked for while ``category`` is cleaned: place and point stand before it and have been.
        """
        sent = getattr(self, "cleaned_data", {})
        on = self.moment.now.astimezone(SHANGHAI).date()
        return catalogue_at(place_told(sent.get("place"), sent.get("lon"), sent.get("lat"), on), on)


class SortForm(StepForm):
    sort = forms.ChoiceField(label=_("这是谁的事"), choices=Sort.choices, widget=forms.RadioSelect)
    reason = forms.ChoiceField(label=_("理由"), choices=SortReason.choices)
    words = WordsField(label=_("说明（反映人会看到）"), limit=300, required=False, help_text=TO_RESIDENT)

    def clean(self) -> dict[str, Any]:
        entry = super().clean() or {}
        own, other = entry.get("sort") == Sort.OWN, entry.get("reason") == SortReason.OTHER
        if (own or other) and not entry.get("words"):
            self.add_error("words", _("请写明理由，以及反映人可以怎么办。"))
        return entry


class DeskForm(StepForm):
    """To which desk on the way up from the place; the likely one stands first."""

    desk = forms.ChoiceField(label=_("交给"), required=False)
    words = WordsField(label=_("说明"), limit=300, required=False)

    def prepare(self) -> None:
        desks = _desks(self.case)
        offer(self, "desk", desks)
        if desks:
            self.initial.setdefault("desk", likely_desk(self.case))


class RedirectForm(DeskForm):
    def prepare(self) -> None:
        super().prepare()
        self.fields["desk"].required = True


class ReturnForm(StepForm):
    reason = forms.ChoiceField(label=_("为什么退回"), choices=ReturnReason.choices)
    desk = forms.ChoiceField(label=_("建议交给"))
    words = WordsField(label=_("说明"), limit=300)

    def prepare(self) -> None:
        offer(self, "desk", _desks(self.case))


class WhistleForm(StepForm):
    lead = forms.ChoiceField(label=_("请谁牵头"), required=False)
    co = forms.MultipleChoiceField(label=_("请谁配合"), required=False, widget=forms.CheckboxSelectMultiple)
    words = WordsField(label=_("请他们做什么"), limit=300)

    def prepare(self) -> None:
        desks = _desks(self.case)
        offer(self, "lead", desks)
        self.fields["lead"].required = not self._is_led()
        offer(self, "co", desks)

    def clean(self) -> dict[str, Any]:
        entry = super().clean() or {}
        entry["co"] = [desk for desk in dict.fromkeys(entry.get("co", [])) if desk != entry.get("lead")]
        already = {str(call.desk_id) for call in self.case.open_assignments} if self.case else set()
        if already & {entry.get("lead"), *entry["co"]}:
            self.add_error("lead", _("这家单位已经在场了，不用再吹一次。"))
        elif self._is_led() and entry.get("lead"):
            self.add_error("lead", _("牵头的单位还没办完；再请的单位请选在“请谁配合”里。"))
        elif self._is_led() and not entry["co"]:
            self.add_error("co", _("请选要请来的单位。"))
        return entry

    def _is_led(self) -> bool:
        """Is the lead of this round still at it? A round has one."""
        calls = self.case.open_assignments if self.case else []
        return any(call.part == Part.LEAD and call.round == self.case.round for call in calls)


class CallOffForm(StepForm):
    """Which of the units that are not done need not come any more, and why."""

    desk = forms.ChoiceField(label=_("撤回对谁的吹哨"))
    reason = forms.ChoiceField(label=_("为什么撤回（被撤回的单位会看到）"), choices=WhyCalledOff.choices)
    words = WordsField(label=_("说明"), limit=300)

    def prepare(self) -> None:
        offer(self, "desk", _called(self.case))


class SuspendForm(StepForm):
    """Until which day a matter rests: after today, and no longer than the rulebook allows."""

    until = DayField(label=_("从哪一天起接着办"))

    def prepare(self) -> None:
        if self.case is not None and self.moment is not None:
            last = last_day_of_suspension(self.case, self.moment.now)
            self.fields["until"].help_text = _("到了这一天期限自动接着走，最晚%(day)s。") % {
                "day": on_day(last)
            }

    def clean_until(self) -> date | None:
        day: date | None = self.cleaned_data["until"]
        if day is not None:
            self._judge(day)
        return day

    def _judge(self, day: date) -> None:
        now = self.moment.now
        if day <= now.astimezone(SHANGHAI).date():
            raise forms.ValidationError(_("接着办的日子要在今天以后。"))
        last = last_day_of_suspension(self.case, now)
        if day > last:
            raise forms.ValidationError(_("停得太久，最晚到%(day)s。"), params={"day": on_day(last)})


class AskSuspensionForm(SuspendForm):
    words = WordsField(label=_("为什么现在办不了"), limit=500)


class ApproveSuspensionForm(SuspendForm):
    """The day that was asked for, or another one."""

    words = WordsField(label=_("为什么要停（反映人会看到）"), limit=500, help_text=TO_RESIDENT)

    def prepare(self) -> None:
        super().prepare()
        self.fields["until"].required = False
        self.initial["until"] = self._asked

    def clean_until(self) -> date | None:
        day = super().clean_until()
        if day is None and self._asked is not None:
            day = self._asked
            self._judge(day)
        return day

    @property
    def _asked(self) -> date | None:
        asked = self.case.facts.get("until") if self.case else None
        return date.fromisoformat(asked) if asked else None


class WordsForm(StepForm):
    """One thing said, required."""

    words = WordsField(label=_("说明"), limit=500)


class NoteForm(StepForm):
    """One thing said, if there is something to say."""

    words = WordsField(label=_("说明"), limit=500, required=False)


class ProgressForm(StepForm):
    words = WordsField(label=_("进展（反映人会看到）"), limit=300, help_text=TO_RESIDENT)
    photos = IdsField(label=_("照片"), required=False)


class SupplementForm(StepForm):
    words = WordsField(label=_("补充的话"), limit=500, required=False)
    photos = IdsField(label=_("照片"), required=False)

    def clean(self) -> dict[str, Any]:
        entry = super().clean() or {}
        if not entry.get("words") and not entry.get("photos"):
            self.add_error("words", _("请补充一句话，或者一张照片。"))
        return entry


class ResolveForm(StepForm):
    words = WordsField(label=_("怎么办好的（反映人会看到）"), limit=500, help_text=TO_RESIDENT)
    photos = IdsField(label=_("办好后的照片"), required=False)


class ReplyForm(StepForm):
    words = WordsField(label=_("答复（反映人会看到）"), limit=500, help_text=TO_RESIDENT)


class RateForm(StepForm):
    """Two questions, apart. Nothing is chosen beforehand."""

    solved = forms.ChoiceField(label=_("修好了没有？"), choices=Solved.choices, widget=forms.RadioSelect)
    satisfied = forms.ChoiceField(
        label=_("对办的人满意吗？"), choices=Satisfied.choices, widget=forms.RadioSelect
    )
    words = WordsField(label=_("还想说的话"), limit=300, required=False)


class RefuseForm(StepForm):
    reason = forms.ChoiceField(label=_("不受理的原因"), choices=Refusal.choices)
    words = WordsField(label=_("请告诉反映人可以找谁"), limit=300, help_text=TO_RESIDENT)


def _categories(catalogue: rulebook.Catalogue) -> list[tuple[Any, Any]]:
    """List what can be chosen, by group; none leaves it to the desk."""
    groups = [(group.label, _leaves(catalogue, group.code)) for group in catalogue.children()]
    return [("", _("由服务台来归")), *groups]


def _leaves(catalogue: rulebook.Catalogue, code: str) -> list[tuple[str, Any]]:
    """List what can be chosen under a group, or the group itself if it has nothing under it."""
    under = [leaf for leaf in catalogue.leaves() if leaf.code == code or leaf.code.startswith(f"{code}.")]
    return [(leaf.code, leaf.label) for leaf in under]


def _desks(case: Any) -> list[tuple[str, Any]]:
    return routing.choices(case) if case is not None and case.place_id else []


def _called(case: Any) -> list[tuple[str, Any]]:
    """List the units that were called and are not done."""
    calls = case.open_assignments if case is not None else []
    found = {call.desk_id: people.desks().get(call.desk_id) for call in calls}
    return [(str(desk_id), desk.name if desk else "") for desk_id, desk in found.items()]
