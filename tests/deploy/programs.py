"""Programs from Debian's packages and ours, started as an unprivileged account in a folder of the test.

Everything ends with the test run, even when that is killed: each program is told when its parent dies.
"""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

PATIENCE = 60  # seconds for a program to answer
SBIN = "/usr/sbin:/usr/bin:/sbin:/bin"
# A shell has what it starts in the background ignore an interrupt, and so would every program that we
# start in turn: HAProxy could not be ended.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def needed(name: str) -> str:
    """Return where a program is. A machine without it fails the test: a proof is not left out in silence."""
    if not (found := shutil.which(name, path=f"{SBIN}:/usr/lib/postgresql/15/bin")):
        raise RuntimeError(f"{name} is not installed; run `.ci/need servers`.")
    return found


def owner() -> str:
    """The account that servers run as: PostgreSQL, PgBouncer and Patroni refuse to be root."""
    return "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def give(folder: Path) -> None:
    """Hand a folder and what is in it to that account."""
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, owner(), "postgres")


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens at now, each another."""
    with ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _port in range(count)]
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]


class Program:
    """A program that runs until it is stopped or killed. ``plain``: as who runs the tests, not dropped."""

    def __init__(
        self,
        name: str,
        command: list[str],
        folder: Path,
        environment: Mapping[str, str],
        *,
        plain: bool = False,
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        drop = [] if plain or os.geteuid() else ["--reuid=postgres", "--regid=postgres", "--clear-groups"]
        self._command = [needed("setpriv"), *drop, "--pdeathsig=INT", *command]
        self._environment = {"PATH": SBIN, "LC_ALL": "C.UTF-8", "HOME": str(folder), **environment}
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, folder: Path | None = None) -> Program:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=folder or self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    def stop(self, number: int = signal.SIGTERM, within: float = PATIENCE) -> None:
        """End it as its service manager would, and wait."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
            try:
                self._process.wait(within)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)
                raise RuntimeError(f"{self.name} did not end within {within:.0f} s:\n{self.said()}") from None

    def pause(self) -> None:
        """It is there, and does nothing."""
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def ready(self, is_ready: Callable[[], bool]) -> Program:
        """Wait until it answers; tell what it said if it does not."""
        until(is_ready, f"{self.name} does not answer", said=self.said, alive=lambda: self.is_running)
        return self


def until(
    holds: Callable[[], bool],
    what: str,
    *,
    within: float = PATIENCE,
    said: Callable[[], str] = str,
    alive: Callable[[], bool] = lambda: True,
) -> float:
    """Wait until something holds; return how many seconds it took."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > within or not alive():
            raise RuntimeError(f"{what} after {time.monotonic() - began:.0f} s:\n{said()[-4000:]}")
        time.sleep(0.05)
    return time.monotonic() - began


def listens(port: int, address: str = "127.0.0.1") -> bool:
    with socket.socket() as one:
        one.settimeout(2)
        return one.connect_ex((address, port)) == 0


# The Python that runs the tests may lie where only root goes.
READS_ALL = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]


def as_owner(
    name: str, *words: str, cwd: Path | str = "/tmp", runs_ours: bool = False, said: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end as that account; it must succeed. ``runs_ours``: it starts our Python; ``said``: what is typed."""
    drop = ["--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    drop += READS_ALL if drop and runs_ours else []
    done = subprocess.run(
        [needed("setpriv"), *drop, "--no-new-privs", needed(name), *words],
        env={"PATH": SBIN, "LC_ALL": "C.UTF-8", "HOME": "/tmp"},
        cwd=cwd,
        input=said,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{name} {words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


class Unit:
    """What a systemd unit says of one of our services: its command and its environment."""

    def __init__(self, file: Path, instance: str) -> None:
        lines = [line.partition("=") for line in file.read_text(encoding="utf-8").splitlines() if "=" in line]
        said = [(key, value.replace("%i", instance)) for key, _, value in lines if not key.startswith("#")]
        (command,) = (value for key, value in said if key == "ExecStart")
        self.command = shlex.split(command)
        self.environment: dict[str, str] = {}
        for key, value in said:
            if key == "EnvironmentFile":
                self.environment |= variables(Path(value))


def variables(file: Path) -> dict[str, str]:
    """Read a file of NAME=value lines, as systemd does for such plain ones."""
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    return {name: value for name, _, value in (line.partition("=") for line in lines)}
