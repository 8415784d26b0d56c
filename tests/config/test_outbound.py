"""The suite's own watch over what leaves the machine, and that it would see it."""

from __future__ import annotations

import socket
import urllib.request

import pytest

from tests import outbound

AWAY = ["203.0.113.7", "10.0.0.1", "169.254.169.254", "100.100.100.200", "2001:db8::1", "::ffff:10.0.0.1"]


@pytest.fixture
def attempts(stays_here):
    """What was tried in this test; it is not held against it."""
    with pytest.MonkeyPatch.context() as patch:
        noted: list[str] = []
        patch.setattr(outbound, "_attempts", noted)
        yield noted


@pytest.mark.parametrize("address", AWAY)
def test_a_connection_to_elsewhere_is_refused_and_written_down(attempts, address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as wire, pytest.raises(outbound.LeftTheMachine):
        wire.connect((address, 80))
    assert len(attempts) == 1


def test_a_name_is_not_even_looked_up_and_a_swallowed_error_is_still_found(attempts):
    with pytest.raises(OSError, match="may not leave"):
        urllib.request.urlopen("http://gateway.example/")
    assert attempts == ["socket.getaddrinfo gateway.example"]


def test_a_datagram_is_seen_too(attempts):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire, pytest.raises(outbound.LeftTheMachine):
        wire.sendto(b"x", ("198.51.100.1", 53))
    assert len(attempts) == 1


def test_this_machine_is_let_through(attempts, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        before = outbound.seen()
        socket.create_connection(server.getsockname()).close()
    assert outbound.seen() > before
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as asking:
        listening.bind(path)
        listening.listen()
        asking.connect(path)
    assert attempts == []
