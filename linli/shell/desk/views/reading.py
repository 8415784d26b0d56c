"""Opening more personal data than one person may alone: ask, decide, and see how much was opened."""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.errors import DomainError, InvalidInput
from linli.kernel.people import queries as people
from linli.kernel.people.choices import ADMINISTER_SECURITY
from linli.kernel.people.queries import Viewer
from linli.kernel.people.rules import (
    may_answer_purges,
    may_ask_reading,
    may_decide_reading,
    may_propose_purges,
)
from linli.kernel.rulebook import queries as rulebook
from linli.kernel.rulebook.choices import Capability
from linli.kernel.vault import queries as vault
from linli.kernel.vault import services
from linli.kernel.vault.choices import Leave, Purpose
from linli.kernel.vault.models import Allowance
from linli.shell.readings import OVER, numbers

PAGE, THERE = "desk/reading.html", "/desk/reading"
HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
# What a desk opens files for; the others are for administrators' own inquiries and for the person concerned.
FOR = (Purpose.HANDLE_CASE, Purpose.CHECK_RESULT, Purpose.CONTACT_REPORTER)
AT_ONCE = "at_once"


class AskForm(forms.Form):
    """What is asked for: a purpose, a number, a time. No free text, so that nothing about anybody stands in it."""

    purpose = forms.ChoiceField(
        label=_("为了什么看"), choices=[(one.value, one.label) for one in FOR], widget=forms.RadioSelect
    )
    number = forms.IntegerField(label=_("还要看几份"), min_value=1)
    hours = forms.IntegerField(label=_("几小时内看完"), min_value=1)


@require_safe
def reading(request: HttpRequest) -> HttpResponse:
    return _show(request, AskForm(initial={"number": 20, "hours": 2}))


@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Ask another person, or break the glass (``act=at_once``)."""
    viewer, now = people.looking(request), timezone.now()
    form = AskForm(request.POST)
    if viewer.post is None:
        raise Http404
    if not form.is_valid():
        return _show(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    told: dict[str, Any] = {
        "actor": viewer.actor, "post_id": viewer.post.id, "county": viewer.post.county,
        "purpose": form.cleaned_data["purpose"], "now": now,
    }  # fmt: skip
    try:
        if request.POST.get("act") == AT_ONCE:
            services.break_glass(**told)
        else:
            services.ask_for_more(
                **told, number=form.cleaned_data["number"] or 0, hours=form.cleaned_data["hours"] or 0
            )
    except InvalidInput as wrong:
        form.add_error(wrong.field or None, str(wrong.message))
        return _show(request, form, status=wrong.status)
    except DomainError as refusal:
        return _show(request, form, refusal=refusal, status=refusal.status)
    return redirect(THERE)


@require_POST
def decide(request: HttpRequest, allowance_id: UUID, step: str) -> HttpResponse:
    """Answer what somebody else asked. What is not theirs to decide is absent."""
    viewer = people.looking(request)
    wish = vault.allowance(allowance_id)
    if (
        wish is None
        or step not in services.ANSWERING
        or not (_may_decide(viewer, wish) or _own(viewer, wish))
    ):
        raise Http404
    try:
        services.answer_wish(allowance_id=wish.pk, step=step, actor=viewer.actor, now=timezone.now())
    except DomainError as refusal:
        return _show(request, AskForm(), refusal=refusal, status=refusal.status)
    return redirect(THERE)


def _show(
    request: HttpRequest, form: AskForm, *, refusal: Any = None, status: int = HTTPStatus.OK
) -> HttpResponse:
    viewer, now = people.looking(request), timezone.now()
    county = viewer.post.county if viewer.post else ""
    limits = rulebook.reading_limits(county, now)
    waiting = _waiting(viewer)
    titles = people.titles_of({wish.post_id for wish in waiting})
    context = {
        "opened": len(vault.opened_files(viewer.actor.id, now - HOUR)),
        "limits": limits,
        "form": form,
        "may_ask": viewer.post is not None and may_ask_reading(viewer.post),
        "mine": [_line(wish, "") for wish in vault.allowances_of(viewer.actor.id)[:10]],
        "waiting": [_line(wish, titles.get(wish.post_id, "")) for wish in waiting],
        "decides": _decides(viewer),
        "week": _week(now) if viewer.can(Capability.AUDIT_READ) or viewer.can(ADMINISTER_SECURITY) else None,
        "log": may_propose_purges(viewer.posts) or may_answer_purges(viewer.posts),
        "refusal": str(refusal.message) if refusal else "",
        "now": now,
    }
    return render(request, PAGE, context, status=status)


def _decides(viewer: Viewer) -> bool:
    return any(viewer.can(capability) for capability in (*OVER, ADMINISTER_SECURITY))


def _waiting(viewer: Viewer) -> list[Allowance]:
    """Return what waits for this viewer's answer."""
    if not _decides(viewer):
        return []
    return [wish for wish in vault.allowances_open() if _may_decide(viewer, wish)]


def _may_decide(viewer: Viewer, wish: Allowance) -> bool:
    return not _own(viewer, wish) and any(may_decide_reading(post, wish.post_id) for post in viewer.posts)


def _own(viewer: Viewer, wish: Allowance) -> bool:
    return wish.reader_id == viewer.actor.id


def _line(wish: Allowance, who: str) -> dict[str, Any]:
    return {
        "id": wish.pk,
        "who": who,
        "purpose": Purpose(wish.purpose).label,
        "number": wish.number,
        "hours": wish.hours,
        "asked_at": wish.asked_at,
        "until": wish.until,
        "state": Leave(wish.state).label,
        "taken": wish.state == Leave.TAKEN,
    }


def _week(now: datetime) -> dict[str, Any]:
    """How much was opened in the last seven days, in numbers; posts, not persons."""
    opened = vault.opened_between(now - WEEK, now)
    titles = people.titles_of({post_id for post_id, _number in opened.by_post})
    return numbers(opened) | {
        "posts": [{"name": titles.get(post_id, ""), "number": number} for post_id, number in opened.by_post]
    }
