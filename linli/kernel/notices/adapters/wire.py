"""One HTTP request to one configured host: no redirects, no proxies from the environment, bounded in time and size."""

from __future__ import annotations

import http.client
import ssl
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from linli.kernel.notices.services.gateways import TryLater

CONNECT_SECONDS = 3
ANSWER_SECONDS = 5
MOST_BYTES = 64 * 1024
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes


def post(base_url: str, target: str, *, headers: dict[str, str], body: bytes) -> Answer:
    """Send a POST to ``base_url`` + ``target`` and return the answer.

    Raises :class:`TryLater`: ``unreachable`` if nothing was sent, else ``no_answer``,
    doubtful, because the other side may have acted on what it got.
    """
    connection = _connection(base_url)
    try:
        try:
            connection.connect()
        except OSError as error:
            raise TryLater("unreachable") from error
        try:
            connection.request("POST", target, body, headers)
            return _answer(connection)
        except (OSError, http.client.HTTPException) as error:
            raise TryLater("no_answer", doubtful=True) from error
    finally:
        connection.close()


def host_of(base_url: str) -> str:
    return urlsplit(base_url).netloc


def _connection(base_url: str) -> http.client.HTTPConnection:
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, parts.port, timeout=CONNECT_SECONDS, context=context)
    if parts.scheme == "http" and host in LOOPBACK:
        return http.client.HTTPConnection(host, parts.port, timeout=CONNECT_SECONDS)
    raise ImproperlyConfigured(
        "A gateway's base_url must begin with https:// (http:// only on this machine)."
    )


def _answer(connection: http.client.HTTPConnection) -> Answer:
    """Read the answer within ``ANSWER_SECONDS`` in all, however slowly it drips."""
    ends = time.monotonic() + ANSWER_SECONDS
    stream = connection.sock
    stream.settimeout(ANSWER_SECONDS)
    response = connection.getresponse()
    body = b""
    while len(body) < MOST_BYTES:
        left = ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        stream.settimeout(left)
        chunk = response.read1(MOST_BYTES - len(body))
        if not chunk:
            break
        body += chunk
    return Answer(response.status, body)
