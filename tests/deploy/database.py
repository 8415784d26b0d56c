"""One PostgreSQL without standbys, with the roles and databases that deploy/postgresql makes."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from tests.deploy.programs import SBIN, Program, listens, needed

INITDB = ["-U", "postgres", "--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync", "-E", "UTF8"]
# fsync is off because a test that loses its machine starts again.
OPTIONS = {"listen_addresses": "127.0.0.1", "fsync": "off", "shared_buffers": "64MB", "max_connections": "60"}


class Database:
    def __init__(self, folder: Path, port: int, socket: str) -> None:
        self.data, self.port, self.socket = folder / "data", port, socket
        settings = [f"--{name}={value}" for name, value in OPTIONS.items()]
        command = [needed("postgres"), "-D", str(self.data), "-p", str(port), "-k", socket, *settings]
        self.program = Program("postgresql", command, folder, {})

    def found(self, roles: Path, password: str) -> None:
        """Make the cluster, start it, and make roles and databases from the file."""
        self._as_owner("initdb", "-D", str(self.data), *INITDB, "--locale=C.UTF-8")
        self.start()
        here = ["-h", self.socket, "-p", str(self.port), "-U", "postgres", "-q", "-v", "ON_ERROR_STOP=1"]
        self._as_owner("psql", *here, "-f", str(roles), "postgres")
        self._as_owner("psql", *here, "-c", f"ALTER ROLE postgres PASSWORD '{password}'", "postgres")

    def start(self) -> None:
        self.program.start().ready(lambda: listens(self.port))

    def stop(self) -> None:
        """End it as a lost machine would: without a word to anybody."""
        self.program.stop(signal.SIGQUIT)

    def _as_owner(self, name: str, *words: str) -> None:
        drop = ["--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        done = subprocess.run(
            [needed("setpriv"), *drop, "--no-new-privs", needed(name), *words],
            env={"PATH": SBIN, "LC_ALL": "C.UTF-8"},
            cwd="/tmp",
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
