"""What happens around every request: a log line, refusals as answers, deny by default."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

import structlog
from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.foundation import disk, measures, room
from linli.foundation.errors import DomainError
from linli.foundation.ids import new_id
from linli.foundation.web import problem, refusal_page, when_again
from linli.kernel.cases import registry

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
API = "/api/"
DESK = "/desk/"
ENDED = _("您在这里的登录已经结束：太久没有操作，或者这个账号在别处登录了。如果不是您登录的，请马上改密码。")
log = structlog.get_logger("linli.request")


class RequestLog:
    """One line per request: route, status, milliseconds, and an id to ask about."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=str(new_id()))
        response = self.get_response(request)
        route = request.resolver_match.route if request.resolver_match else ""
        seconds = time.perf_counter() - began
        log.info(
            "request",
            method=request.method,
            route=route,
            status=response.status_code,
            ms=round(seconds * 1000, 1),
        )
        measures.answered(route=route, method=request.method, status=response.status_code, seconds=seconds)
        count_intake(request.method, route, response)
        return response


DOORS = {"report": "page", "report/urgent": "page", "desk/new": "desk"} | {
    f"api/v1/{app.plural}{way}": "api" for app in registry.every() for way in ("", "/urgent")
}
OUTCOMES: dict[int, str] = {
    HTTPStatus.CREATED: "taken",
    HTTPStatus.FOUND: "taken",
    HTTPStatus.CONFLICT: "running",
    HTTPStatus.TOO_MANY_REQUESTS: "limited",
    HTTPStatus.SERVICE_UNAVAILABLE: "busy",
}


def count_intake(method: str | None, route: str, response: HttpResponseBase) -> None:
    """Count what became of a report: taken (again), running, refused, limited, busy, failed."""
    if method != "POST" or (door := DOORS.get(route)) is None:
        return
    status = response.status_code
    if status == HTTPStatus.OK:
        outcome = "again" if door == "api" else "taken" if response.has_header("HX-Redirect") else "refused"
    else:
        fails = status >= HTTPStatus.INTERNAL_SERVER_ERROR
        outcome = OUTCOMES.get(status, "failed" if fails else "refused")
    measures.taken_in(door=door, outcome=outcome)


class SamePolicy(CSPMiddleware):
    """Spell the content security policy once: it is the same for every answer that does not bring its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        super().__init__(get_response)
        self._policy = build_policy(**asdict(self.get_policy_parts(HttpRequest(), HttpResponse())))

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if any(name.startswith("_csp") for name in (*vars(response), *vars(request))):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self._policy)
        return response


class HostCookies:
    """Where all is spoken over TLS, give every small cookie the ``__Host-`` prefix on its way out, and take it off again.

    A browser takes a name of that kind from this host alone, so that no neighbouring name can plant one.
    The session's and the CSRF token's names are settings and have it already.
    """

    PREFIX = "__Host-"
    NAMES = ("elder", "linli-known", "messages")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not settings.SESSION_COOKIE_SECURE:
            return self.get_response(request)
        for name in self.NAMES:
            request.COOKIES.pop(name, None)
            if (value := request.COOKIES.pop(self.PREFIX + name, None)) is not None:
                request.COOKIES[name] = value
        response = self.get_response(request)
        for name in self.NAMES:
            if (cookie := response.cookies.pop(name, None)) is not None:
                cookie.set(self.PREFIX + name, cookie.value, cookie.coded_value)
                cookie["secure"] = True
                response.cookies[cookie.key] = cookie
        return response


class Refusals:
    """Turn a refusal that no view has answered into a page with its sentence and status; under /api/ a problem."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_known = request.method in METHODS
        response = self.get_response(request) if is_known else HttpResponseNotAllowed(METHODS)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and request.path.startswith(API):
            return _not_allowed(response)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if disk.note(exception, timezone.now()):
            log.error("disk", kind=type(exception).__name__)
        if room.is_lacking(exception):
            return _no_room(request, exception)
        if isinstance(exception, DomainError) and not request.path.startswith(API):
            return refusal_page(request, exception)
        return None


def _no_room(request: HttpRequest, error: Exception) -> HttpResponse:
    """Say that the disk is full, where no service has said it."""
    log.error("no_room", kind=type(error).__name__)
    refusal = room.NoRoom()
    if request.path.startswith(API):
        return when_again(problem(refusal.status, str(refusal.message)), refusal)
    return refusal_page(request, refusal)


def _not_allowed(response: HttpResponseBase) -> HttpResponse:
    """Say it as the API says every refusal; the methods there are stay named in ``Allow``."""
    said = problem(HTTPStatus.METHOD_NOT_ALLOWED, str(_("这个地址不能这样用。")))
    said["Allow"] = response["Allow"]
    return said


class SignInRequired(LoginRequiredMiddleware):
    """Deny by default: pages send strangers to the sign-in page.

    The API is left alone. It has its own default, and answers 401.
    """

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        if request.path.startswith(API):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseRedirect:
        """Show each their own door: staff have names and passwords, residents a phone.

        A browser that still brings a session was signed in here; it is told why it no longer is.
        """
        if request.path.startswith(DESK):
            if settings.SESSION_COOKIE_NAME in request.COOKIES:
                messages.info(request, ENDED)
            return redirect_to_login(request.get_full_path(), reverse("account_login"))
        return super().handle_no_permission(request, view_func)
