"""The disk fails under a write or a sync: the request fails, nothing false is acknowledged, the health page is red (A6)."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from tests.proofs.durability.intake import TAKEN, Told, send, stored, told_in
from tests.proofs.durability.serving import Installation

SYNCS, WRITES = "fsync,fdatasync", "pwrite64,write"
INJECTED = re.compile(r"\(INJECTED\)")
# Every one of the first calls fails in one of two runs: the odd ones, and the even ones.
ODD, EVEN, FIFTH = "1+2", "2+2", "3+5"
RUNS = ((SYNCS, ODD, 80), (SYNCS, EVEN, 80), (SYNCS, FIFTH, 80), (WRITES, FIFTH, 40))  # calls, which, reports
FLOOR = 200  # calls that failed


@pytest.fixture
def installation(tmp_path, static_folder) -> Iterator[Installation]:
    made = Installation(tmp_path, tmp_path / "serve.log", static_folder)
    made.lay_out()
    made.start()
    yield made
    made.end()


def writer(installation: Installation) -> int:
    """The process that answers and writes: the child of the one that was started."""
    assert installation.process is not None
    pid = installation.process.pid
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(child)


@contextmanager
def failing(installation: Installation, calls: str, when: str, log: Path) -> Iterator[None]:
    """Have these calls on the databases' files end in EIO, each thread's ``when``-th, while the block runs."""
    files = [
        f"--trace-path={installation.data / name}{end}"
        for name in ("linli.sqlite3", "keys.sqlite3") for end in ("", "-wal")
    ]  # fmt: skip
    command = [
        "strace",
        "-f",
        "-q",
        "-o",
        str(log),
        "-p",
        str(writer(installation)),
        f"--trace={calls}",
        *files,
    ]
    tracer = subprocess.Popen([*command, f"--inject={calls}:error=EIO:when={when}"])
    until = time.monotonic() + 20
    while "TracerPid:\t0" in Path(f"/proc/{writer(installation)}/status").read_text():
        assert tracer.poll() is None
        assert time.monotonic() < until
        time.sleep(0.02)
    yield
    tracer.send_signal(signal.SIGINT)
    tracer.wait(20)


def sent_under(
    installation: Installation, calls: str, when: str, count: int, log: Path
) -> tuple[dict[str, Told], list[str], int]:
    """Send reports while the disk fails; return what was acknowledged, the keys refused, and how many calls failed."""
    told, refused = {}, []
    with failing(installation, calls, when, log):
        for _number in range(count):
            key = str(uuid4())
            status, answer, _seconds = send(installation, key, a_body(installation, key))
            if status in TAKEN:
                told[key] = told_in(answer)
            else:
                assert status in {500, 503}, (status, answer)
                assert "code" not in answer
                refused.append(key)
    return told, refused, len(INJECTED.findall(log.read_text()))


def a_body(installation: Installation, key: str) -> bytes:
    return json.dumps({"text": f"楼道灯不亮{key}", "place": installation.told["building"]}).encode()


@pytest.mark.proof  # a server is started, and hundreds of its calls to the disk fail
@pytest.mark.slow
def test_whatever_call_to_the_disk_fails_nothing_false_is_acknowledged_and_the_health_page_is_red(
    installation, tmp_path, figure
):
    assert installation.ask("GET", "/health")[0] == 200
    told: dict[str, Told] = {}
    refused: list[str] = []
    failed = 0
    for number, (calls, when, count) in enumerate(RUNS):
        one, no, calls_failed = sent_under(installation, calls, when, count, tmp_path / f"strace.{number}")
        told |= one
        refused += no
        failed += calls_failed
    while_failing = len(told)
    red = installation.ask("GET", "/health")[0]
    for key in refused:
        status, answer, _seconds = send(installation, key, a_body(installation, key))
        assert status in TAKEN, (status, answer)
        told[key] = told_in(answer)
    installation.kill()  # no chance to put right what was acknowledged
    there = stored(installation.data)
    lost = [key for key, (pk, *_rest) in told.items() if pk.replace("-", "") not in there.numbers]

    figure("A6", "a call to the disk that fails: falsely acknowledged, there twice, health", target="0, 0, red",
           n=failed, floor=FLOOR, got=f"{len(lost)}, {len(there.numbers) - len(told)}, {'red' if red == 503 else red}")  # fmt: skip
    assert lost == []
    assert len(there.numbers) == len(told) == there.keys == there.births
    assert there.intact == "ok"
    assert (red, refused != [], while_failing > 0) == (503, True, True)
    assert installation.verified()["findings"] == []
