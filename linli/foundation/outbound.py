"""The only way out of the house: one POST to one configured address, looked at when the connection is made.

A name is looked up once; every address that it stands for must be public, or stand in
``settings.OUTBOUND_PRIVATE``, and the connection goes to the address that was looked at. The
certificate and the ``Host`` stay those of the name. No redirect is followed, no proxy of the
environment is asked, and all of it together, name, handshake and answer, ends after ``SECONDS``.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

SECONDS = 4  # and a second for a busy machine
MOST_BYTES = 64 * 1024
IP = IPv4Address | IPv6Address
# Public by the registry, and yet of this machine's own net or of tunnels that end anywhere.
NOT_OUTSIDE = tuple(
    ip_network(net)
    for net in (
        "168.63.129.16/32",  # what a cloud tells its machines, under an address that looks like another's
        "192.0.0.0/24",
        "192.88.99.0/24",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    )
)
GLOBAL_UNICAST = ip_network("2000::/3")
NAT64 = ip_network("64:ff9b::/96")
IN_CLEAR = {("http", name) for name in ("127.0.0.1", "::1", "localhost")}


class Unreached(OSError):
    """Nothing was sent. ``why``: ``unreachable``, ``address_not_allowed``, ``no_such_url``."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class NoAnswer(OSError):
    """Something was sent, and what became of it nobody knows."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes


def post(base_url: str, target: str, *, headers: dict[str, str], body: bytes) -> Answer:
    """POST to ``base_url`` + ``target``; return the answer, whatever its status, up to ``MOST_BYTES``.

    Raises :class:`Unreached` or :class:`NoAnswer`, and ImproperlyConfigured where ``base_url`` is
    neither https:// nor, on this machine, http://.
    """
    ends = time.monotonic() + SECONDS
    connection = _connection(_parts(base_url), ends)
    try:
        connection.connect()
        try:
            connection.sock.settimeout(_left(ends))
            connection.request("POST", target, body, headers)
            return _answer(connection, ends)
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer from error
    finally:
        connection.close()


def host_of(base_url: str) -> str:
    return urlsplit(base_url).netloc


def is_outside(address: IP) -> bool:
    """Is this an address of the public net, also when it is wrapped in another?"""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return is_outside(address.ipv4_mapped)
        if address in NAT64:
            return is_outside(IPv4Address(int(address) & 0xFFFFFFFF))
        if address not in GLOBAL_UNICAST:
            return False
    in_one = any(address.version == net.version and address in net for net in NOT_OUTSIDE)
    return address.is_global and not address.is_multicast and not in_one


def _parts(base_url: str) -> SplitResult:
    try:
        parts = urlsplit(base_url)
        is_whole = bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole:
        raise Unreached("no_such_url")
    if parts.scheme != "https" and (parts.scheme, parts.hostname) not in IN_CLEAR:
        raise ImproperlyConfigured(
            "A gateway's base_url must begin with https:// (http:// only on this machine)."
        )
    return parts


def _connection(parts: SplitResult, ends: float) -> http.client.HTTPConnection:
    kind = _Sealed if parts.scheme == "https" else _Clear
    try:
        return kind(parts.hostname or "", parts.port or kind.default_port, ends=ends)
    except http.client.HTTPException as error:
        raise Unreached("no_such_url") from error


def _left(ends: float) -> float:
    """How many seconds are left. Raises TimeoutError if none are."""
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _connected(host: str, port: int, ends: float, *, is_clear: bool) -> socket.socket:
    """Connect to the first address of ``host`` that answers. Raises :class:`Unreached`."""
    try:
        found = _looked_up(host, port, ends)
        if not found or not all(
            _may_be_reached(address, is_clear=is_clear) for _family, address, _to in found
        ):
            raise Unreached("address_not_allowed")
        for family, _address, to in found:
            one = socket.socket(family, socket.SOCK_STREAM)
            try:
                one.settimeout(_left(ends))
                one.connect(to)
            except OSError:
                one.close()
                continue
            return one
    except Unreached:
        raise
    except (OSError, ValueError) as error:
        raise Unreached("unreachable") from error
    raise Unreached("unreachable")


def _may_be_reached(address: IP, *, is_clear: bool) -> bool:
    """In clear only on this machine; else outside, or where the operator has said that a gateway stands."""
    inner = getattr(address, "ipv4_mapped", None) or address
    is_named = any(inner in ip_network(net) for net in settings.OUTBOUND_PRIVATE)
    return (is_named and (inner.is_loopback or not is_clear)) or (is_outside(address) and not is_clear)


def _looked_up(host: str, port: int, ends: float) -> list[tuple[int, IP, Any]]:
    """Return (family, address, what to connect to) for each address of ``host``, asked once.

    A name server may be silent for half a minute; it is asked in a thread, so that we need not wait for it.
    """
    answer: Future[list[Any]] = Future()

    def ask() -> None:
        try:
            answer.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, ValueError) as error:  # what no name server knows, and what is no name
            answer.set_exception(error)

    threading.Thread(target=ask, name="look-up", daemon=True).start()
    rows = answer.result(timeout=_left(ends))
    return [(row[0], ip_address(str(row[4][0]).partition("%")[0]), row[4]) for row in rows]


class _Within(io.RawIOBase):
    """What comes from a socket, until the time is over, however slowly it drips."""

    def __init__(self, stream: socket.socket, ends: float) -> None:
        self.stream, self.ends = stream, ends

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.stream.settimeout(_left(self.ends))
        return self.stream.recv_into(buffer)


class _Clear(http.client.HTTPConnection):
    """Connects where :func:`_connected` lets it."""

    is_clear = True

    def __init__(self, host: str, port: int, *, ends: float) -> None:
        super().__init__(host, port)
        self.ends = ends

    def connect(self) -> None:
        self.sock = _connected(self.host, self.port, self.ends, is_clear=self.is_clear)


class _Sealed(_Clear):
    """The same under TLS, with the certificate of the name that was asked for."""

    is_clear = False
    default_port = http.client.HTTPS_PORT

    def connect(self) -> None:
        super().connect()
        try:
            self.sock.settimeout(_left(self.ends))
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)
        except (OSError, ValueError) as error:
            raise Unreached("unreachable") from error


def _answer(connection: http.client.HTTPConnection, ends: float) -> Answer:
    response = http.client.HTTPResponse(connection.sock, method="POST")
    response.fp.close()
    response.fp = io.BufferedReader(_Within(connection.sock, ends))
    try:
        response.begin()
        body = b""
        while len(body) < MOST_BYTES and (chunk := response.read1(MOST_BYTES - len(body))):
            body += chunk
        return Answer(response.status, body)
    finally:
        response.close()
