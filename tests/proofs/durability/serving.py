"""``linli serve`` as a person runs it, on a port and a data folder of its own, to be killed."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import site
from tests.logs import unhandled

PATIENCE = 60.0  # seconds for a start; far more than one takes
WRONG = "linli serve said last:"


@dataclass
class Installation:
    """A data folder with a neighbourhood in it, and the server over it."""

    folder: Path
    log: Path
    static: Path
    port: int = 0
    told: dict[str, Any] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    groups: list[int] = field(default_factory=list)
    cores: set[int] = field(default_factory=lambda: os.sched_getaffinity(0))

    def __post_init__(self) -> None:
        self.port = self.port or _free_port()

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def environment(self) -> dict[str, str]:
        return site.embedded(self.folder) | {"LINLI_STATIC": str(self.static), "LINLI_LEAST_FREE": "1"}

    def lay_out(self) -> None:
        """Migrate, lay out a neighbourhood, and keep what it told."""
        command = [sys.executable, "-m", "tests.proofs.durability.lay_out"]
        done = subprocess.run(command, cwd=site.ROOT, env=self.environment, check=True, capture_output=True)
        self.told = json.loads(done.stdout.splitlines()[-1])

    def start(self) -> float:
        """Start the server in a process group of its own; return the seconds until it answered."""
        began = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                site.serve(self.port),
                cwd=site.ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        os.sched_setaffinity(self.process.pid, self.cores)
        self.groups.append(self.process.pid)
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() - began > PATIENCE:
                raise RuntimeError(f"{WRONG}\n{self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.02)
        return time.monotonic() - began

    def answers(self) -> bool:
        try:
            return self.ask("GET", "/health", timeout=5)[0] == 200
        except OSError:
            return False

    def kill(self) -> None:
        """End all of it at once, as kill -9 does: the watcher, the writer, whatever else there is."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def kill_watcher(self) -> None:
        """End only the process that was started by hand."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Ask it to end, as a service manager does."""
        assert self.process is not None
        self.process.terminate()
        self.process.wait(60)

    def end(self) -> None:
        """Leave nothing behind, whatever the test came to."""
        for group in self.groups:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def unforeseen(self) -> list[str]:
        """The exceptions in its log that nobody handled."""
        return unhandled(self.log)

    def ask(
        self, method: str, path: str, body: bytes | None = None, *, timeout: float = 30, **headers: str
    ) -> tuple[int, bytes, dict[str, str]]:
        """Ask as a stranger; return status, body and headers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
        except http.client.HTTPException as broken:  # half an answer is none
            raise ConnectionError(str(broken)) from broken
        finally:
            connection.close()

    def manage(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=site.ROOT,
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def verified(self) -> dict[str, Any]:
        """Return what ``linli verify`` counts, and what it finds but for the people that builders wrote by hand."""
        report = json.loads(self.manage("verify", "--json"))
        found = [finding for finding in report["findings"] if not finding["check"].startswith("people")]
        return {"findings": found, "counts": report["counts"]}


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
