"""Browsers in which an account has signed in before, by a signed cookie."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse

from linli.kernel.people.models import Account

COOKIE = "linli-known"
_LIVES = timedelta(days=90)
_SALT = "linli.signin.known"


def remember_browser(response: HttpResponse, account: Account) -> None:
    response.set_signed_cookie(
        COOKIE,
        str(account.username),
        salt=_SALT,
        max_age=_LIVES,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def is_known_browser(request: HttpRequest, username: str) -> bool:
    try:
        return request.get_signed_cookie(COOKIE, "", salt=_SALT, max_age=_LIVES) == username != ""
    except BadSignature:
        return False
