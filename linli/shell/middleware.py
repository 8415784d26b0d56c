"""Who is looking (``request.viewer``), and the gate before everything staff may do."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from linli.foundation.errors import Absent
from linli.foundation.web import problem, refusal_page
from linli.kernel.people.queries import NOBODY_LOOKING, Viewer, viewer_of
from linli.shell.signin import session

GetResponse = Callable[[HttpRequest], HttpResponseBase]

API = "/api/"
DESK = "/desk/"
# What of the desk is there for somebody without a post: the doors, and their own account.
_WITHOUT_A_POST = ("/desk/sign-in", "/desk/join", "/desk/account/", "/desk/post")
# What somebody who has not passed the second factor yet needs in order to pass it, or to leave.
_BEFORE_THE_GATE = {"mfa_activate_totp", "mfa_reauthenticate", "account_reauthenticate", "account_logout"}


def viewer(get_response: GetResponse) -> GetResponse:
    """Set ``request.viewer``; built on first use, with one query for somebody signed in."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        request.viewer = SimpleLazyObject(lambda: _viewer(request))  # type: ignore[attr-defined]
        response = get_response(request)
        # What is shown to somebody signed in is theirs: no browser, no proxy keeps a copy.
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response

    return middleware


class StaffGate:
    """Let nobody with a post go on without a second factor, or after a session has grown old.

    Being staff is decided anew for each request: from the account, and from posts in force.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if not request.user.is_authenticated:
            return None
        if not _is_staff(request):
            return _absent(request) if _is_for_posts(request) else None
        now = timezone.now()
        if session.is_over(request, now):
            logout(request)
            messages.info(request, _("太久没有操作，已经替您退出。请重新登录。"))
            return _send(request, reverse("account_login"), HTTPStatus.UNAUTHORIZED)
        session.touch(request, now)
        match = request.resolver_match
        if session.has_second_factor(request) or (match and match.url_name in _BEFORE_THE_GATE):
            without = _is_for_posts(request) and not request.viewer.posts  # type: ignore[attr-defined]
            return _absent(request) if without else None
        return _send(request, _where_to_prove(request), HTTPStatus.FORBIDDEN)


staff_gate = StaffGate


def _viewer(request: HttpRequest) -> Viewer:
    if not request.user.is_authenticated:
        return NOBODY_LOOKING
    chosen = session.chosen_post(request)
    return viewer_of(request.user, timezone.now(), UUID(chosen) if chosen else None)


def _is_staff(request: HttpRequest) -> bool:
    return request.user.is_staff_member or bool(request.viewer.posts)  # type: ignore[attr-defined,union-attr]


def _is_for_posts(request: HttpRequest) -> bool:
    """The desk is there for who holds a post; for residents, and for who has left, it does not exist."""
    return request.path.startswith(DESK) and not request.path.startswith(_WITHOUT_A_POST)


def _absent(request: HttpRequest) -> HttpResponse:
    return refusal_page(request, Absent(_("没有这个页面。")))


def _where_to_prove(request: HttpRequest) -> str:
    name = "mfa_reauthenticate" if is_mfa_enabled(request.user) else "mfa_activate_totp"
    return f"{reverse(name)}?{urlencode({'next': request.path}, safe='/')}"


def _send(request: HttpRequest, url: str, api_status: int) -> HttpResponse:
    if request.path.startswith(API):
        return problem(api_status, _("请先在页面上完成登录和第二道验证。"))
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(url)
    return HttpResponseRedirect(url)
