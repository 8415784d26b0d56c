"""The case page, its steps, and opening what is masked."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.errors import DomainError, NotAllowed
from linli.foundation.web import answer, when_again
from linli.kernel.cases import adapters
from linli.kernel.cases import queries as cases
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import showing
from linli.kernel.cases.services import words
from linli.kernel.people import queries as people
from linli.kernel.people.queries import Viewer
from linli.kernel.vault import queries as vault
from linli.kernel.vault.choices import Purpose
from linli.kernel.vault.fields import FIELDS
from linli.kernel.vault.services import Stopped, TooFast
from linli.shell.desk import cards

PAGE, CARD = "desk/case.html", "desk/_case.html"


# One click opens one field, for one purpose, with one entry. The last is which of the contact it is.
OPENS = {
    "contact_reporter": (Purpose.CONTACT_REPORTER, "phone"),
    "reporter_name": (Purpose.CONTACT_REPORTER, "name"),
    "check_result": (Purpose.CHECK_RESULT, ""),
}


class Reveal(forms.Form):
    """For what a masked field is opened; there is no "other"."""

    purpose = forms.ChoiceField(
        label=_("为了什么看"),
        choices=[
            ("contact_reporter", _("联系反映人：看电话")),
            ("reporter_name", _("联系反映人：看称呼")),
            ("check_result", _("核实办理结果：看反映的内容")),
        ],
        widget=forms.RadioSelect,
    )


@require_safe
def case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    return _show(request, _found(request, case_id))


@require_POST
def take(request: HttpRequest, case_id: UUID, step: str) -> HttpResponse:
    found = _found(request, case_id)
    now = timezone.now()
    viewer = people.looking(request)
    try:
        adapters.take(request, found, step, viewer.moment(found, now))
    except DomainError as refusal:
        bound = getattr(refusal, "form", None)
        if bound is not None:
            bound.step_name = step
        return _show(request, _found(request, case_id), refusal=refusal, bound=bound)
    after = cases.visible_to(viewer).filter(pk=case_id).first()
    if after is None:  # it has moved on to where this viewer does not see it
        return answer(request, {}, fragment="", page="desk/case.html", then="/desk/")
    return _show(request, _found(request, case_id), then=after.get_absolute_url())


@require_POST
def reveal(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Open what is masked: one field, one purpose, one entry; after ten minutes the page masks it again."""
    found = _found(request, case_id)
    form = Reveal(request.POST)
    if not form.is_valid():
        return _show(request, found, reveal_form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        opened = _opened(request, found, form.cleaned_data["purpose"])
    except DomainError as refusal:
        return _show(request, found, refusal=refusal)
    answered = _show(request, found, opened=opened or [{"label": _("反映人"), "value": _("没有留")}])
    if not getattr(request, "htmx", False):  # with htmx the card asks for itself again
        answered["Refresh"] = f"{showing.OPEN_FOR.seconds};url=/desk/cases/{found.pk}"
    return answered


def _opened(request: HttpRequest, found: Case, wanted: str) -> list[dict[str, Any]]:
    viewer = people.looking(request)
    purpose, only = OPENS[wanted]
    _refuse_others(found, viewer, purpose)
    about: dict[str, Any] = {
        "actor": viewer.actor, "post_id": viewer.post.id if viewer.post else None,
        "purpose": purpose, "now": timezone.now(),
    }  # fmt: skip
    if purpose == Purpose.CONTACT_REPORTER:
        values = words.contact_of(found, only=only, **about)
        return [{"label": FIELDS[code].label, "value": value} for code, value in values.items()]
    return [{"label": _("内容"), "value": words.text_of(found, **about)}]


def _refuse_others(found: Case, viewer: Viewer, purpose: str) -> None:
    if purpose == Purpose.CONTACT_REPORTER and not showing.may_contact(found, viewer):
        raise NotAllowed(_("只有正在办这件事的岗位能看反映人的联系方式，被反映的一方不能看。"))
    if purpose == Purpose.CHECK_RESULT and not showing.may_check(found, viewer):
        raise NotAllowed(_("只有正在办这件事的岗位和督办岗位能看反映的内容。"))


@require_safe
def reads(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Who opened this case's personal data, when and for what."""
    found = _found(request, case_id)
    entries = list(vault.reads_of(subject_kind=Case.kind(), subject_id=found.pk)[:100])
    titles = people.titles_of({entry.post_id for entry in entries if entry.post_id})
    context = {
        "case": found,
        "title": showing.title_of(found),
        "entries": [
            {
                "at": entry.at,
                "who": titles.get(entry.post_id, "") if entry.post_id else "",
                "purpose": Purpose(entry.purpose).label,
                "what": "、".join(str(FIELDS[code].label) for code in entry.codes if code in FIELDS),
            }
            for entry in entries
        ],
        "now": timezone.now(),
    }
    return render(request, "desk/reads.html", context)


@require_safe
def card(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """A card without personal data, to be passed on in place of a picture of this site's pages."""
    found = _found(request, case_id)
    if not cards.may_share(found, people.looking(request)):
        raise Http404
    address = request.build_absolute_uri("/find")
    return render(request, "desk/card.html", cards.share_context(found, address) | {"case": found})


def _found(request: HttpRequest, case_id: UUID) -> Case:
    """Return the case if this viewer may know of it; absent and hidden look the same."""
    found = cases.find(people.looking(request), case_id)
    if found is None:
        raise Http404
    return found


def _show(
    request: HttpRequest, found: Case, *, refusal: Any = "", bound: Any = None, opened: Any = None,
    reveal_form: Any = None, then: str = "", status: int = HTTPStatus.OK,
) -> HttpResponse:  # fmt: skip
    context = cards.case_context(
        found, request.viewer, timezone.now(), refusal=refusal, bound=bound, opened=opened,  # type: ignore[attr-defined]  # set by the viewer middleware
        reveal_form=reveal_form or Reveal(),
    )  # fmt: skip
    closed = None if then else context["closed"]
    if isinstance(refusal, DomainError):
        status = refusal.status
    elif isinstance(
        closed, Stopped | TooFast
    ):  # the words stay closed; the rest of the page is shown with it
        status = closed.status
    return when_again(answer(request, context, fragment=CARD, page=PAGE, then=then, status=status), closed)
