"""A gateway that sends us elsewhere is not followed: what is sent holds a number and a signature."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from linli.kernel.notices.adapters import wire


class Elsewhere(BaseHTTPRequestHandler):
    asked: list[str]

    def do_POST(self) -> None:
        self.asked.append(self.path)
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(307)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_error(404)

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@pytest.fixture
def gateway() -> Iterator[ThreadingHTTPServer]:
    Elsewhere.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_gateway_that_leads_elsewhere_is_not_followed(gateway):
    address = f"http://127.0.0.1:{gateway.server_port}"
    answer = wire.post(address, "/send", headers={"Authorization": "signed"}, body=b"+8613800000000")

    assert answer.status == 307
    assert Elsewhere.asked == ["/send"]
