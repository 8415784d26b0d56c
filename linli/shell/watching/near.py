"""Who may hear how the installation is: machines next to it, whoever has the token, its administrators.

A request that a proxy has passed on comes from the proxy's address, so it counts as near only if
it carries none of the headers that proxies add: nginx sets them on every request it passes on.
"""

from __future__ import annotations

import hmac
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

from linli.kernel.people.choices import SYSTEM_ADMIN

PASSED_ON = ("X-Forwarded-For", "Forwarded", "X-Real-Ip", "X-Forwarded-Host", "Via")


def may_hear(request: HttpRequest) -> bool:
    """For programs: near, or with the token."""
    return _has_token(request) or _is_near(request)


def administers(request: HttpRequest) -> bool:
    """For people: signed in as the system administrator. Asks the database."""
    viewer = request.viewer  # type: ignore[attr-defined]
    return bool(request.user.is_authenticated and any(post.role == SYSTEM_ADMIN for post in viewer.posts))


def _has_token(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    wanted = settings.METRICS_TOKEN
    return bool(wanted) and hmac.compare_digest(given.encode(), wanted.encode())


def _is_near(request: HttpRequest) -> bool:
    if any(name in request.headers for name in PASSED_ON):
        return False
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(address in network for network in _networks(tuple(settings.METRICS_FROM)))


@cache
def _networks(words: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(word) for word in words)
