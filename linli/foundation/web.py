"""How a change made from a page is answered, with htmx and without."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django_htmx.http import HttpResponseClientRedirect

from linli.foundation.errors import DomainError


def answer(
    request: HttpRequest,
    context: dict[str, Any],
    *,
    fragment: str,
    page: str,
    then: str = "",
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    """Send the fragment to htmx, and to a plain browser a redirect to ``then``, or the page.

    A refusal (status 4xx) is shown in place, so what was typed is not lost. With htmx and
    an empty ``fragment``, the browser is sent to ``then``.
    """
    htmx = getattr(request, "htmx", False)
    if htmx and fragment:
        return render(request, fragment, context, status=status)
    if status == HTTPStatus.OK and then:
        return HttpResponseClientRedirect(then) if htmx else redirect(then)
    return render(request, page, context, status=status)


PROBLEM = "application/problem+json"


def problem(status: int, detail: str, *, field: str = "") -> HttpResponse:
    """Answer a program with a problem (RFC 9457): what kind, which sentence, and about which field if any."""
    body = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail, "field": field}
    unescaped = {"ensure_ascii": False}
    return JsonResponse(body, status=status, content_type=PROBLEM, json_dumps_params=unescaped)


def refusal_page(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    """Show a refusal's own sentence, with its status; htmx gets the fragment alone.

    A thing that is absent and one that may not be known of look the same.
    """
    page = "429.html" if refusal.status == HTTPStatus.TOO_MANY_REQUESTS else "ui/refusal.html"
    template = "ui/_refusal.html" if getattr(request, "htmx", False) else page
    return when_again(render(request, template, {"refusal": refusal}, status=refusal.status), refusal)


def when_again(response: HttpResponse, refusal: DomainError | None) -> HttpResponse:
    """Say in the answer's header when to try again, if the refusal knows."""
    if refusal and refusal.retry_after:
        response["Retry-After"] = str(refusal.retry_after)
    return response
