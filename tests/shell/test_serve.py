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

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow]  # starts whole servers: some seconds each


@pytest.fixture(scope="module")
def static(tmp_path_factory):
    """Collected by the first server, and there for the next."""
    return str(tmp_path_factory.mktemp("static"))


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


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", b"400"),
        (b"X-Long: " + b"a" * 64 * 1024 + b"\r\nContent-Length: 2\r\n\r\n{}", b"431"),
        (b"X-Short: a\r\nContent-Length: 2\r\n\r\n{}", b"200"),
    ],
    ids=["two lengths", "long", "plain"],
)
def test_heads_that_could_be_read_in_two_ways_or_never_end_are_refused(site, head, status):
    host, port = site.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as sent:
        sent.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n" + head)
        said = sent.recv(1000)
    assert said.startswith(b"HTTP/1.1 " + status), said


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
