"""One PostgreSQL without standbys, with the roles and databases that deploy/postgresql makes."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from pathlib import Path

from tests.deploy.archive import command_of
from tests.deploy.programs import Program, as_owner, listens, needed

INITDB = ["-U", "postgres", "--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync", "-E", "UTF8"]
# fsync is off because a test that loses its machine starts again.
OPTIONS = {"listen_addresses": "127.0.0.1", "fsync": "off", "shared_buffers": "64MB", "max_connections": "60"}


class Database:
    def __init__(self, folder: Path, values: Mapping[str, str]) -> None:
        self.data, self.port = Path(values["postgresql_data"]), int(values["machine_port"])
        self.socket = values["postgresql_run"]
        archived = {"archive_mode": "on", "archive_command": command_of(values)}
        settings = [f"--{name}={value}" for name, value in (OPTIONS | archived).items()]
        command = [
            needed("postgres"),
            "-D",
            str(self.data),
            "-p",
            str(self.port),
            "-k",
            self.socket,
            *settings,
        ]
        self.program = Program("postgresql", command, folder, {})

    def found(self, roles: Path, password: str) -> None:
        """Make the cluster, start it, and make roles and databases from the file."""
        as_owner("initdb", "-D", str(self.data), *INITDB, "--locale=C.UTF-8")
        self.start()
        here = ["-h", self.socket, "-p", str(self.port), "-U", "postgres", "-q", "-v", "ON_ERROR_STOP=1"]
        as_owner("psql", *here, "-f", str(roles), "postgres")
        as_owner("psql", *here, "-c", f"ALTER ROLE postgres PASSWORD '{password}'", "postgres")

    def start(self) -> None:
        self.program.start().ready(lambda: listens(self.port))

    def stop(self) -> None:
        """End it as a lost machine would: without a word to anybody."""
        self.program.stop(signal.SIGQUIT)
