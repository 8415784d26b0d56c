"""``linli serve``: a whole installation from one command, and a clean end."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.logs import unhandled
from tests.statics import collected

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow]  # starts whole servers: some seconds each


@pytest.fixture(scope="module")
def static(tmp_path_factory):
    return str(collected(tmp_path_factory))


@pytest.fixture
def environment(tmp_path, static):
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LINLI_", "DJANGO_"))}
    ours = {
        "LINLI_DATA": str(tmp_path),
        "LINLI_STATIC": static,
        "DJANGO_SETTINGS_MODULE": "config.settings.embedded",
    }
    return clean | ours


@pytest.fixture
def serving(environment, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "manage.py", "serve", address], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    yield server, address, tmp_path / "log"
    if server.poll() is None:
        server.kill()
        server.wait()
    assert unhandled(tmp_path / "log") == []


@pytest.fixture
def site(serving):
    ask(serving[1])
    return serving[1]


def ask(address, patience=120):
    until = time.monotonic() + patience
    while True:
        try:
            with urlopen(f"http://{address}/health") as answer:
                return json.load(answer)
        except (URLError, ConnectionError):
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def test_one_command_serves_works_and_stops_cleanly(serving, environment, tmp_path):
    server, address, log = serving

    assert ask(address)["status"] == "ok"
    second = subprocess.run(
        [sys.executable, "manage.py", "serve", "127.0.0.1:1"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (second.returncode, "already serves" in second.stderr) == (1, True)

    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=30) == 0
    assert "Traceback" not in log.read_text()
    assert (tmp_path / "secrets.env").stat().st_mode & 0o777 == 0o600


def test_uploads_that_stop_half_way_keep_nobody_waiting(serving):
    _server, address, _log = serving
    ask(address)
    host, port = address.split(":")
    half = b'POST /api/v1/requests HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"t'
    stuck = [socket.create_connection((host, int(port))) for _ in range(200)]
    for one in stuck:
        one.sendall(half)

    with urlopen(f"http://{address}/health", timeout=20) as answer:
        assert json.load(answer)["status"] == "ok"
    stuck[0].settimeout(60)
    assert stuck[0].recv(100).startswith(b"HTTP/1.1 408")
    for one in stuck:
        one.close()


HELLO = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = b"2\r\n{}\r\n0\r\n\r\n"
# Reliability K6 and attack 49: what is sent, and the beginning of the status it is answered with.
RAW = {
    "plain": (HELLO + b"X-Short: a\r\nContent-Length: 2\r\n\r\n{}", "200"),
    "two lengths": (HELLO + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "400"),
    "two lengths in one": (HELLO + b"Content-Length: 2, 2\r\n\r\n{}", "400"),
    "a length with a sign": (HELLO + b"Content-Length: +2\r\n\r\n{}", "400"),
    "a length and chunks": (HELLO + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKED, "411"),
    "chunks and a length": (HELLO + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n" + CHUNKED, "411"),
    "chunks alone": (HELLO + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKED, "411"),
    "chunks that are none": (HELLO + b"Transfer-Encoding: xchunked\r\nContent-Length: 2\r\n\r\n{}", "400"),
    "chunks in HTTP/1.0": (b"POST /health HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKED, "400"),
    "a blank before the colon": (HELLO + b"Content-Length : 2\r\n\r\n{}", "400"),
    "a folded line": (HELLO + b"X-Long: a\r\n b\r\n\r\n", "400"),
    "two hosts": (HELLO + b"Host: elsewhere\r\n\r\n", "400"),
    "no host": (b"GET /health HTTP/1.1\r\n\r\n", "400"),
    "a host that is not ours": (b"GET /health HTTP/1.1\r\nHost: elsewhere\r\n\r\n", "400"),
    "NUL in a header": (HELLO + b"X-Long: a\x00b\r\n\r\n", "400"),
    "a head too long": (HELLO + b"X-Long: " + b"a" * 64 * 1024 + b"\r\n\r\n", "431"),
    "a version that is none": (b"GET /health HTTP/9.9\r\nHost: localhost\r\n\r\n", "400"),
    "no HTTP at all": (b"\x16\x03\x01\x02\x00\x01\x00\x01", "400"),
    "a method that is none": (b"BREW /health HTTP/1.1\r\nHost: localhost\r\n\r\n", "405"),
    "TRACE": (b"TRACE /health HTTP/1.1\r\nHost: localhost\r\n\r\n", "405"),
    "CONNECT": (b"CONNECT elsewhere:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", "405"),
    "a thousand names": (
        b"GET /find?" + b"&".join(b"n%d=1" % n for n in range(1000)) + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", "400",
    ),
}  # fmt: skip


def said_to(raw, address):
    """Send bytes as they are; return the status that comes back, "" if the line is cut."""
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as sent:
        sent.sendall(raw)
        try:
            return sent.recv(1000).partition(b" ")[2][:3].decode()
        except ConnectionResetError:
            return ""


def test_what_could_be_read_in_two_ways_or_is_no_request_is_refused(site):
    said = {name: said_to(raw, site) for name, (raw, _status) in RAW.items()}
    assert said == {name: status for name, (_raw, status) in RAW.items()}


def test_five_hundred_heads_that_never_end_keep_nobody_waiting(site):
    host, port = site.split(":")
    slow = [socket.create_connection((host, int(port))) for _ in range(500)]
    for one in slow:
        one.sendall(b"GET /health HTTP/1.1\r\nHost: local")
    assert said_to(RAW["plain"][0], site) == "200"
    for one in slow:
        one.close()


def test_the_jobs_run_in_the_same_process_as_the_site(serving, tmp_path):
    _server, address, _log = serving
    ask(address)

    until = time.monotonic() + 20
    done = 0
    while not done and time.monotonic() < until:
        with sqlite3.connect(tmp_path / "linli.sqlite3") as file:
            done = file.execute("SELECT count(*) FROM journal_schedule WHERE ran_at IS NOT NULL").fetchone()[
                0
            ]
        file.close()
        time.sleep(0.1)
    assert done > 0


def test_the_jobs_alone_are_refused_where_another_process_writes(environment):
    done = subprocess.run(
        [sys.executable, "manage.py", "work"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "second writing process is refused" in done.stderr
