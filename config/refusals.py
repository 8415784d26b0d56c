"""What is said at the entrance to whoever finds every place taken: when to come again, and whom to ring.

Nothing is asked of the site for it, which has enough to do. The words are put together
once in each process: a page, the part of a page that htmx asks for, and a problem for programs.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from config.middleware import API, SamePolicy
from linli.foundation.errors import Busy
from linli.foundation.web import problem

SOONEST, LATEST = 5, 15  # seconds: who were refused together do not all come back together


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""


def closed(status: HTTPStatus) -> Answer:
    """Refuse without a word, and hang up: what follows on the line could be the rest of a body."""
    return Answer(status, ((b"content-length", b"0"), (b"connection", b"close")))


def come_again(scope: Mapping[str, Any]) -> Answer:
    """Refuse with 503, in the way that whoever asks can read."""
    headers = dict(scope["headers"])
    is_part = headers.get(b"hx-request") == b"true"
    said = _said("problem" if scope["path"].startswith(API) else "part" if is_part else "page")
    seconds = str(random.randint(SOONEST, LATEST)).encode()  # noqa: S311 -- nothing is guarded by it
    return Answer(said.status, (*said.headers, (b"retry-after", seconds)), said.body)


@cache
def _said(kind: str) -> Answer:
    refusal = Busy(
        _("现在用的人太多，这次没有办成，请过十几秒再试。着急请直接打 %(phone)s。")
        % {"phone": settings.SERVICE_PHONE}
    )
    if kind == "problem":
        response = problem(refusal.status, str(refusal.message))
    else:
        template = "busy.html" if kind == "page" else "ui/_refusal.html"
        response = HttpResponse(render_to_string(template, {"refusal": refusal}), status=refusal.status)
    response["Cache-Control"] = "no-store"
    response["Content-Length"] = str(len(response.content))
    return _answer(_dressed(response))


def _dressed(plain: HttpResponse) -> HttpResponse:
    """Put on what the middleware puts on every answer."""
    request = HttpRequest()
    if settings.SECURE_PROXY_SSL_HEADER:
        name, value = settings.SECURE_PROXY_SSL_HEADER
        request.META[name] = value
    as_it_is = lambda _request: plain
    for middleware in (SecurityMiddleware, SamePolicy, XFrameOptionsMiddleware):
        middleware(as_it_is).process_response(request, plain)
    return plain


def _answer(response: HttpResponse) -> Answer:
    headers = tuple((name.lower().encode(), value.encode("latin-1")) for name, value in response.items())
    return Answer(response.status_code, headers, response.content)
