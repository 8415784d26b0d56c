"""帮居民登记: raise a request on someone's behalf, at the counter or on the telephone."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from linli.apps.requests import views as requests
from linli.foundation.errors import DomainError, NotAllowed
from linli.foundation.web import when_again
from linli.kernel.cases.choices import Channel
from linli.kernel.people import queries as people


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    viewer = people.looking(request)
    if not viewer.can("raise_for_others"):
        raise NotAllowed(requests.NOT_FOR_OTHERS)
    if request.method != "POST":
        return _page(request, requests.empty_form(request, Channel.COUNTER))
    try:
        opened = requests.raise_from(request, viewer.moment(None, timezone.now()), channel=_channel(request))
    except DomainError as refusal:
        return _page(request, requests.form_of(refusal, request), refusal)
    return redirect(f"/report/sent/{opened.code}")


def _channel(request: HttpRequest) -> str:
    given = request.POST.get("channel", "")
    return given if given in (Channel.COUNTER, Channel.PHONE, Channel.PATROL) else Channel.COUNTER


def _page(request: HttpRequest, form: Any, refusal: DomainError | None = None) -> HttpResponse:
    context = requests.report_context(request, form, refusal)
    page = render(request, "desk/new.html", context, status=refusal.status if refusal else HTTPStatus.OK)
    return when_again(page, refusal)
