"""Everything in front of a database, from the files of deploy/: nginx, PgBouncer, two web processes, a worker."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg

from tests.deploy.client import Client
from tests.deploy.programs import Program, Unit, give, listens, needed, until, variables
from tests.deploy.values import ROOT, on_loopback, write

# What /etc/nginx/nginx.conf says around a site, with the folders of the test.
AROUND = """
daemon off; worker_processes 2; pid {run}/nginx.pid; error_log stderr warn;
events {{ worker_connections 512; }}
http {{
    include /etc/nginx/mime.types; default_type application/octet-stream; access_log off;
    client_body_temp_path {run}/body; proxy_temp_path {run}/proxy; fastcgi_temp_path {run}/fastcgi;
    uwsgi_temp_path {run}/uwsgi; scgi_temp_path {run}/scgi;
    include {site};
}}
"""
LIMITS = "report=1000000/m,track=1000000/m"  # one address sends everything


class Site:
    """One application machine. Its database is started by whoever makes it."""

    def __init__(self) -> None:
        # Directly under /tmp: the account must be able to enter it, and a socket's path is short.
        self.folder = Path(tempfile.mkdtemp(prefix="linli-deploy-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.values = on_loopback(self.folder)
        self.etc = Path(self.values["configuration"])
        self.programs: dict[str, Program] = {}
        self.told: dict[str, Any] = {}

    def write(self, **values: str) -> None:
        self.values |= values
        write(self.values, self.folder)

    @property
    def port(self) -> int:
        return int(self.values["https"].rpartition(":")[2])

    def client(self, source: str = "127.0.0.1") -> Client:
        return Client(self.port, self.values["certificate"], source)

    def prepare(self) -> None:
        """Do what docs/operations.md says before the first start; keep who is there and where."""
        said = self.folder / "neighbourhood.json"
        self.as_owner("manage.py", "prepare")
        self.as_owner("-m", "tests.deploy.neighbourhood", str(said))
        self.as_owner("-m", "tests.deploy.proven")
        give(self.folder / "media")
        self.told = json.loads(said.read_text(encoding="utf-8"))

    def as_owner(self, *command: str) -> str:
        """Run Python with the environment of ``linli prepare``."""
        files = (self.etc / "environment/linli.env", self.etc / "environment/owner.env")
        said = variables(files[0]) | variables(files[1])
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=_inherited() | said,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def doctor(self) -> str:
        """Return what ``linli doctor`` says on the application machine."""
        said = [variables(self.etc / "environment" / name) for name in ("linli.env", "web.env")]
        address = ["--address", self.values["web_1"]]
        return subprocess.run(
            [sys.executable, "manage.py", "doctor", *address],
            cwd=ROOT,
            env=_inherited() | said[0] | said[1],
            capture_output=True,
            text=True,
            check=False,
        ).stdout

    def health(self, number: int) -> tuple[int, list[str]]:
        """Return what one web process says of itself to whoever stands beside it: the status, what stops the work."""
        host, _, port = self.values[f"web_{number}"].partition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=30)
        try:
            connection.request("GET", "/health", headers={"Accept": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())["failing"]
        finally:
            connection.close()

    def start(self) -> None:
        """Start what stands in front of the database, as the units and Debian's own would."""
        self.start_pooler()
        for number in (1, 2):
            self.start_web(number)
        self.start_worker(1)
        self.start_nginx()

    def start_nginx(self) -> None:
        conf = self.folder / "nginx.conf"
        conf.write_text(AROUND.format(run=self.values["postgresql_run"], site=self.etc / "nginx/linli.conf"))
        nginx = [needed("nginx"), "-c", str(conf), "-e", "stderr"]
        self._run(Program("nginx", nginx, self.folder, {})).ready(lambda: listens(self.port))

    def start_pooler(self) -> None:
        command = [needed("pgbouncer"), str(self.etc / "pgbouncer/pgbouncer.ini")]
        self._run(Program("pgbouncer", command, self.folder, {})).ready(
            lambda: listens(int(self.values["pooler_port"]))
        )

    def renew_pooler(self) -> None:
        self.programs["pgbouncer"].stop(signal.SIGTERM)
        until(lambda: not listens(int(self.values["pooler_port"])), "the pooler still listens")
        self.start_pooler()

    def waits_for_a_standby(self, name: str) -> None:
        """Have the server wait for a standby of this name with every COMMIT; "" for none."""
        with self.connect("postgres", "postgres") as server:
            server.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'")
            server.execute("SELECT pg_reload_conf()")

    def start_web(self, number: int) -> None:
        port = self.values[f"web_{number}"].rpartition(":")[2]
        self._service(f"web_{number}", "linli-web@.service", port).ready(lambda: listens(int(port)))

    def start_worker(self, number: int) -> None:
        self._service(f"work_{number}", "linli-work@.service", str(number))

    def _service(self, name: str, file: str, instance: str) -> Program:
        unit = Unit(self.etc / "systemd" / file, instance)
        environment = _inherited() | unit.environment | {"LINLI_LIMITS": LIMITS}
        command = [_ours(unit.command[0]), *unit.command[1:]]
        return self._run(Program(name, command, self.folder, environment, plain=True), ROOT)

    def _run(self, program: Program, folder: Path | None = None) -> Program:
        self.programs[program.name] = program
        return program.start(folder)

    def pooler_says(self, what: str) -> list[dict[str, Any]]:
        """Ask PgBouncer's own console."""
        with self.connect("pgbouncer", through="pooler") as console, console.cursor() as cursor:
            cursor.execute(what.encode())  # SHOW takes no parameters
            columns = [column.name for column in cursor.description or ()]
            return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

    def connect(
        self, database: str = "linli", user: str = "linli", *, through: str = "primary"
    ) -> psycopg.Connection[Any]:
        """Connect as a role, at the primary or through the pooler; autocommit."""
        password = {"linli": "password", "linli_owner": "owner_password", "postgres": "superuser_password"}[
            user
        ]
        return psycopg.connect(
            host=self.values[f"{through}_address"],
            port=self.values[f"{through}_port"],
            dbname=database,
            user=user,
            password=self.values[password],
            autocommit=True,
            prepare_threshold=None,
            connect_timeout=5,
            cursor_factory=psycopg.ClientCursor,  # the console speaks the simple protocol alone
        )

    def halt(self, *, but: tuple[str, ...] = ()) -> None:
        """End the programs, the last that was started first; those whose names begin so go on."""
        for name in reversed(list(self.programs)):
            if not name.startswith(but or "\0"):
                self.programs[name].stop(signal.SIGINT)

    def stop(self) -> None:
        try:
            self.halt()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


def _inherited() -> dict[str, str]:
    """What a program needs of this run's environment: nothing of ours."""
    return {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH") if name in os.environ
    }


def _ours(program: str) -> str:
    """The unit names the installation's virtual environment; the tests may run in another."""
    return str(Path(sys.executable).with_name(Path(program).name))


def wait_for_answer(site: Site) -> float:
    """Wait until a page is answered; return the seconds."""
    client = site.client()
    return until(lambda: client.ask("GET", "/health").status == 200, "the site does not answer")
