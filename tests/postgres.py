"""A private PostgreSQL for one test run: no TCP, no password, nothing left behind.

The server refuses to run as root, so root hands it to the ``postgres`` account.
Its folder stands directly under /tmp, because that account cannot enter a folder
that only root may read, and because the path of a socket is short (107 bytes).
It dies with the test run, even when that is killed.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import psycopg

PREFIX = "linli-pg-"
SECONDS_TO_START = 60
INITDB = ["-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"]
# fsync is off because a test run that loses its machine starts again.
OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "200",
    "shared_buffers": "128MB",
}


class Cluster:
    """A running server; ``folder`` is also where its socket is."""

    def __init__(self, folder: Path, options: Mapping[str, str] = OPTIONS) -> None:
        self.folder = folder
        self._options = options
        self._binaries = _binaries()
        self._as_owner = _as_owner(folder, self._binaries)
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Create the cluster, start it and wait until it answers. About one second."""
        _sweep()
        self._make_folder()
        log = self.folder / "log"
        subprocess.run(
            [*self._as_owner, "initdb", "-D", str(self.folder / "data"), *INITDB],
            cwd=self.folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        settings = [f"--{name}={value}" for name, value in self._options.items()]
        with log.open("wb") as output:
            self._server = subprocess.Popen(
                [
                    *self._as_owner,
                    "postgres",
                    "-D",
                    str(self.folder / "data"),
                    "-k",
                    str(self.folder),
                    *settings,
                ],
                cwd=self.folder,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for pytest, which then stops the server
            )
        self._wait(log)

    @property
    def pid(self) -> int:
        """The server's process, the parent of all of its others."""
        assert self._server is not None
        return self._server.pid

    def stop(self) -> None:
        if self._server is not None:
            subprocess.run(
                [*self._as_owner, "pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-s", "stop"],
                cwd=self.folder,
                check=True,
            )
            self._server.wait(timeout=30)
            self._server = None
        shutil.rmtree(self.folder)

    def _make_folder(self) -> None:
        self.folder.mkdir(mode=0o700)
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)

    def _wait(self, log: Path) -> None:
        patience = time.monotonic() + SECONDS_TO_START
        while True:
            try:
                psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres").close()
            except psycopg.OperationalError as error:
                if self._server is None or self._server.poll() is not None or time.monotonic() > patience:
                    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}") from error
                time.sleep(0.05)
            else:
                return


def _binaries() -> Path:
    """Return the folder of the newest PostgreSQL (15 or later) on this machine."""
    found = {
        int(folder.parent.name): folder
        for folder in Path("/usr/lib/postgresql").glob("*/bin")
        if folder.parent.name.isdigit() and (folder / "initdb").exists()
    }
    if found and max(found) >= 15:
        return found[max(found)]
    if initdb := shutil.which("initdb"):
        return Path(initdb).parent
    raise RuntimeError("PostgreSQL 15 or later is not installed (Debian: apt-get install postgresql-15).")


def _as_owner(folder: Path, binaries: Path) -> list[str]:
    """The command prefix that runs a program as the owner of the cluster, dying with this process."""
    clean = ["env", "-i", f"PATH={binaries}:/usr/bin:/bin", "LC_ALL=C.UTF-8", f"HOME={folder}"]
    if not shutil.which("setpriv"):
        return clean
    as_postgres = ["--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    return ["setpriv", *as_postgres, "--no-new-privs", "--pdeathsig=INT", *clean]


def _sweep() -> None:
    """Remove the folders of runs that were killed; their servers went with them."""
    for folder in Path("/tmp").glob(f"{PREFIX}*"):
        run = folder.name.removeprefix(PREFIX).partition("-")[0]
        if run.isdigit() and not Path("/proc", run).exists() and folder.stat().st_uid in _owners():
            shutil.rmtree(folder, ignore_errors=True)


def _owners() -> set[int]:
    return {os.geteuid()} if os.geteuid() else {pwd.getpwnam("postgres").pw_uid}
