"""How long a session lives: staff 30 minutes idle and 12 hours in all."""

from __future__ import annotations

from datetime import datetime, timedelta

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
_BEGAN, _SEEN, _POST = "began", "seen", "post"
_STEP = 60  # seconds: being seen is written down at most once a minute


def begin(request: HttpRequest, now: datetime) -> None:
    request.session[_BEGAN] = request.session[_SEEN] = int(now.timestamp())


def is_over(request: HttpRequest, now: datetime) -> bool:
    """Has this staff session been idle or alive for too long? Unknown beginnings count as over."""
    moment = int(now.timestamp())
    began, seen = request.session.get(_BEGAN, 0), request.session.get(_SEEN, 0)
    return moment - began >= ABSOLUTE.total_seconds() or moment - seen >= IDLE.total_seconds()


def touch(request: HttpRequest, now: datetime) -> None:
    moment = int(now.timestamp())
    if moment - request.session.get(_SEEN, 0) >= _STEP:
        request.session[_SEEN] = moment


def has_second_factor(request: HttpRequest) -> bool:
    """Did this session pass a second factor?"""
    return any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))


def chosen_post(request: HttpRequest) -> str:
    return request.session.get(_POST, "")


def choose_post(request: HttpRequest, post_id: str) -> None:
    request.session[_POST] = post_id
