"""Nothing leaves this machine while the tests run: an attempt to is refused, and fails the test that made it.

Python tells an audit hook of each connection, each datagram and each name looked up before
it is made, whichever library asks. Unix sockets and loopback are this machine.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest

HERE = frozenset({"", "localhost", "localhost.localdomain", "0.0.0.0", "::"})  # noqa: S104 -- to listen on
WATCHED = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"})
_attempts: list[str] = []
_state = {"watching": False, "seen": 0}


class LeftTheMachine(OSError):
    """Raised where the connection was asked for; code that takes it for a network error is still found out."""


def watch() -> None:
    """Install the hook: once in a process, for good, as Python has it."""
    if not _state["watching"]:
        _state["watching"] = True
        sys.addaudithook(_heard)


def seen() -> int:
    """How many connections and look-ups were let through since the hook was installed."""
    return _state["seen"]


def _heard(event: str, args: tuple[Any, ...]) -> None:
    if event not in WATCHED:
        return
    target = args[0] if event == "socket.getaddrinfo" else args[1]
    if is_here(target):
        _state["seen"] += 1
        return
    _attempts.append(f"{event} {target}")
    raise LeftTheMachine(f"A test may not leave this machine: {event} {target}")


def is_here(target: object) -> bool:
    """Is this address, or this name, the machine itself? A Unix socket is a path, a connected one None."""
    host = target[0] if isinstance(target, tuple) and target else target
    if isinstance(target, tuple) and isinstance(host, int):
        return True  # netlink: the kernel of this machine
    if host is None or (not isinstance(target, tuple) and isinstance(host, str | bytes) and _is_path(host)):
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name in HERE:
        return True
    try:
        return ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _is_path(text: str | bytes) -> bool:
    return text[:1] in {"/", b"/", "\x00", b"\x00"}


@pytest.fixture(autouse=True)
def stays_here() -> Iterator[None]:
    """Fail the test during which something tried to leave."""
    before = len(_attempts)
    yield
    left = _attempts[before:]
    assert left == [], "a test may not leave this machine"
