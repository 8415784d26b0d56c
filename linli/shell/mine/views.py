"""我的信息: what is held about me, who looked, correct it, take it along, take a consent back, leave.

Signed in it is all of an account's; from a tracking page, with the code, that one matter's.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation import limits
from linli.foundation.errors import Absent, DomainError, InvalidInput
from linli.foundation.web import when_again
from linli.kernel.cases import registry
from linli.kernel.cases.models import Case
from linli.kernel.cases.services.answering import correct_contact, reported_by
from linli.kernel.notices import services as notices
from linli.kernel.people import services as people
from linli.kernel.vault.fields import FIELDS
from linli.kernel.vault.registry import Part
from linli.shell.mine import queries
from linli.shell.mine.forms import CloseForm, ContactForm
from linli.shell.mine.queries import Page

open_to_all = login_not_required
GET_OR_POST = ["GET", "HEAD", "POST"]


@open_to_all
@never_cache
@require_safe
def held_by_code(request: HttpRequest, code: str) -> HttpResponse:
    limits.count(request, "track")
    return quiet(_held(request, queries.page_of(request, code)))


@never_cache
@require_safe
def held(request: HttpRequest) -> HttpResponse:
    return _held(request, queries.page_of(request, ""))


def _held(
    request: HttpRequest,
    page: Page,
    *,
    bound: Any = None,
    about: UUID | None = None,
    refusal: DomainError | None = None,
) -> HttpResponse:
    matters = {case.pk: case for case in reported_by(page.whose) if case.closed_at is None}
    context = {
        "home": page.home,
        "base": page.base,
        "by_code": page.case is not None,
        "parts": [
            {"part": part, "contact": bound if part.id == about else _contact(part, matters, page)}
            for part in page.parts()
        ],
        "reads": queries.reads_of(page),
        "ways": queries.ways_of(page),
        "may_close": page.case is None and not page.viewer.posts,
        "now": page.now,
        "refusal": str(refusal.message) if refusal and bound is None else "",
    }
    status = refusal.status if refusal else HTTPStatus.OK
    return when_again(render(request, "mine/held.html", context, status=status), refusal)


def _contact(part: Part, matters: Mapping[UUID, Case], page: Page) -> Any:
    """The form to correct a contact, for a part that is a matter still being worked on.

    By the code alone it is empty: what stands there is shown masked.
    """
    case = matters.get(part.id) if part.id else None
    if case is None or not registry.get(case.flow).show:
        return None
    form = ContactForm(auto_id=f"{part.id}-%s")
    if page.case is None:
        shown = {str(line.label): line.text for line in part.lines}
        form.initial = {name: shown.get(str(FIELDS[code].label), "") for name, code in _codes(case)}
    return form


def _codes(case: Case) -> list[tuple[str, str]]:
    """The fields of the form, each with the code under which this flow keeps it."""
    codes = {code.rpartition(".")[2]: code for code in registry.get(case.flow).show}
    return [(name, codes[name]) for name in ContactForm.base_fields if name in codes]


@open_to_all
@never_cache
@require_safe
def copy_by_code(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    limits.count(request, "track")
    return quiet(_copy(request, queries.page_of(request, code), kind))


@never_cache
@require_safe
def copy(request: HttpRequest, kind: str) -> HttpResponse:
    return _copy(request, queries.page_of(request, ""), kind)


def _copy(request: HttpRequest, page: Page, kind: str) -> HttpResponse:
    """The copy, to be kept: a page that reads without this site, or JSON for another program."""
    parts = page.parts()
    if kind == "json":
        said: HttpResponse = JsonResponse(
            queries.as_json(page, parts), json_dumps_params={"ensure_ascii": False, "indent": 1}
        )
    else:
        said = HttpResponse(render_to_string("mine/copy.html", {"parts": parts, "now": page.now}))
    said["Content-Disposition"] = f'attachment; filename="my-data.{kind}"'
    said["Cache-Control"] = "private, no-store"
    return said


@csrf_exempt  # the code in the address is the authority, no cookie is; and no-referrer makes browsers hide their origin
@open_to_all
@never_cache
@require_POST
def contact_by_code(request: HttpRequest, code: str, case_id: UUID) -> HttpResponse:
    limits.count(request, "act")
    return quiet(_correct(request, queries.page_of(request, code), case_id))


@never_cache
@require_POST
def contact(request: HttpRequest, case_id: UUID) -> HttpResponse:
    return _correct(request, queries.page_of(request, ""), case_id)


def _correct(request: HttpRequest, page: Page, case_id: UUID) -> HttpResponse:
    """Correct how I am reached in one matter, or take it back: the matter goes on."""
    removes = "remove" in request.POST
    form = ContactForm(None if removes else request.POST, auto_id=f"{case_id}-%s")
    if not removes and not form.is_valid():
        return _held(request, page, bound=form, about=case_id, refusal=InvalidInput(_("请改好再存。")))
    case = next((one for one in reported_by(page.whose) if one.pk == case_id), None)
    if case is None:
        raise Absent(_("没有这件事。"))
    given = {} if removes else {code: form.cleaned_data[name] for name, code in _codes(case)}
    keeps_rest = page.case is not None and not removes
    if keeps_rest and not any(given.values()):
        return _held(request, page, refusal=InvalidInput(_("要改哪一项，就请写上哪一项。")))
    try:
        correct_contact(
            case_id=case_id, values=given, actor=page.viewer.actor, now=page.now, keeps_rest=keeps_rest
        )
    except DomainError as refusal:
        return _held(request, page, refusal=refusal)
    return redirect(page.base)


@csrf_exempt  # as contact_by_code
@open_to_all
@never_cache
@require_POST
def ways_by_code(request: HttpRequest, code: str) -> HttpResponse:
    limits.count(request, "act")
    return quiet(_ways(request, queries.page_of(request, code)))


@never_cache
@require_POST
def ways(request: HttpRequest) -> HttpResponse:
    return _ways(request, queries.page_of(request, ""))


def _ways(request: HttpRequest, page: Page) -> HttpResponse:
    """Take back, or give again, the consent to be told by SMS or WeChat; nothing else changes."""
    channel = request.POST.get("channel", "")
    if channel not in notices.OUTWARD:
        return _held(request, page, refusal=InvalidInput(_("没有这种通知方式。")))
    notices.refuse(
        to_kind=page.whose.kind, to_id=page.whose.id, channel=channel, actor=page.viewer.actor, now=page.now,
        takes=request.POST.get("takes") == "1",
    )  # fmt: skip
    return redirect(page.base)


@never_cache
@require_http_methods(GET_OR_POST)
def close(request: HttpRequest) -> HttpResponse:
    """Close the account; what was reported goes on, and is found by the tracking codes."""
    page = queries.page_of(request, "")
    form = CloseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        people.close_own(account_id=page.whose.id, now=page.now)
        logout(request)
        return redirect("/")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "mine/close.html", {"form": form}, status=status)


def quiet(response: HttpResponse) -> HttpResponse:
    """A page whose address is a secret: nobody is told where the reader comes from."""
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
