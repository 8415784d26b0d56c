"""How much one address, or one resident signed in, may ask for; and how often it may guess.

``settings.LIMITS`` names the rates ("120/m"; see docs/settings.md). Volume is counted in
the memory of each process (cache ``local``), so that it costs no statement; several
processes let that many times as much through. Guesses at secret codes are counted in the
cache that all processes share. Who holds a post is not counted.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from contextlib import suppress
from typing import Any

from allauth.core.internal import ratelimit  # its public name does not count GET
from django.conf import settings
from django.core.cache import cache, caches
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja.throttling import SimpleRateThrottle

from linli.foundation import measures
from linli.foundation.errors import Busy
from linli.foundation.standby import NoStandby

log = logging.getLogger("linli.limits")
_DANGER = _("有人受伤或有危险，请马上打 110、119 或 120。")
_SAID = {
    "report": _("一分钟内反映得太多了，请过一会儿再提交，写好的话还在。着急请直接打 %(phone)s。"),
    "photos": _("照片传得太快了，请过一会儿再加，也可以先不加照片直接提交。着急请直接打 %(phone)s。"),
    "look_up": _("查得太快了，请过一会儿再查。着急请直接打 %(phone)s，说地点就行。"),
    "track": _("查得太快了，请过一会儿再查。着急请直接打 %(phone)s 问。"),
    "act": _("点得太快了，请过一会儿再提交，写好的话还在。着急请直接打 %(phone)s。"),
    "guess": _("查询码输错的次数太多了，请过一会儿再查。忘了查询码，请打 %(phone)s 问。"),
}
_counting = threading.Lock()


class TooMany(Busy):
    """Asked too fast; ``retry_after`` is in seconds. The sentence names the telephone."""

    status = 429

    def __init__(self, action: str, *, retry_after: int, field: str = "") -> None:
        said = _SAID[action] % {"phone": settings.SERVICE_PHONE}
        super().__init__(f"{said}{_DANGER}", retry_after=max(1, retry_after))
        self.field = field
        measures.refused(f"limit:{action}")


class _Volume(SimpleRateThrottle):
    """ninja's sliding window over the memory of this process."""

    cache = caches["local"]

    def __init__(self, action: str, who: str) -> None:
        super().__init__(settings.LIMITS[action])
        self.counted_as = f"{action}:{who}"

    def get_cache_key(self, request: HttpRequest) -> str:
        return self.counted_as


def count(request: HttpRequest, action: str, *, times: int = 1, field: str = "") -> None:
    """Count what is about to be done, or raise :class:`TooMany` about ``field``."""
    who = _who(request)
    if not who:
        return
    volume = _Volume(action, who)
    with _counting:
        allowed = all(volume.allow_request(request) for _time in range(times))
    if not allowed:
        raise TooMany(action, retry_after=math.ceil(volume.wait() or 1), field=field)


def check_guesses(request: HttpRequest) -> None:
    """Raise :class:`TooMany` while whoever asks has guessed too often; one look into the shared cache."""
    who = _who(request)
    until = None
    if who:
        with suppress(NoStandby):  # a stop that has run out is removed as it is found: not now
            until = cache.get(_stop(who))
    if until:
        raise TooMany("guess", retry_after=math.ceil(until - time.time()))


def guessed_wrong(request: HttpRequest) -> None:
    """Count a wrong guess, or raise :class:`TooMany`.

    When there are too many over all addresses, one wrong guess is enough to stop an
    address. Right codes stay open to everybody else: nobody can close the door for all.
    """
    who = _who(request)
    if not who:
        return
    own, every = (_guess(request, action, key) for action, key in (("guess", who), ("guess_all", "all")))
    if not (own and every):
        lasts = ratelimit.parse_rate(settings.LIMITS["guess"]).duration
        cache.set(_stop(who), time.time() + lasts, lasts)
    if not own:
        check_guesses(request)


def _guess(request: HttpRequest, action: str, key: str) -> bool:
    rate = {action: f"{settings.LIMITS[action]}/key"}
    counted = ratelimit.consume(request, app="linli", action=action, config=rate, key=key, limit_get=True)
    return counted is not None


def _stop(who: str) -> str:
    return f"limits:stop:{who}"


def _who(request: Any) -> str:
    """The address, /64 for IPv6, or the resident signed in; "" for who holds a post.

    Addresses are as allauth tells them, with ``ALLAUTH_TRUSTED_PROXY_COUNT``. Those it
    cannot tell are counted together: a wrong setting must not close the door to reports.
    """
    if request.user.is_authenticated:
        return "" if request.viewer.posts else f"account:{request.user.pk}"
    try:
        return ratelimit.get_ip(request)
    except (ImproperlyConfigured, PermissionDenied):
        log.warning("The client's address cannot be told; does LINLI_PROXIES match the proxies in front?")
        return "unknown"
