"""``linli serve``: the whole of an embedded installation, on one machine, from one command."""

from __future__ import annotations

import gc
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.urls import get_resolver
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from linli.foundation import sqlite

SECONDS_TO_STOP = 30
CONNECTIONS = 4096  # at once; those who send slowly hold one, and nothing else
LONGEST_HEAD = 32 * 1024  # bytes of a request before its body; longer is answered 431


class Command(BaseCommand):
    # Ready soon after a crash: what the system checks say is said by `make check` and `linli prepare`, and how
    # the databases are opened by /health.
    requires_system_checks = ()
    help = "Serve the site and do its work: one process that writes, watched over by one that does not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", nargs="?", default="127.0.0.1:8000", help="host:port")

    def handle(self, *, address: str, **_options: Any) -> None:
        host, _, port = address.rpartition(":")
        if not host or not port.isdigit():
            raise CommandError(f"{address} is not host:port.")
        if connections["default"].vendor != "sqlite":
            raise CommandError(
                "This serves from SQLite. On PostgreSQL run the web server and `linli work` apart."
            )
        data = Path(str(connections["default"].settings_dict["NAME"])).parent
        try:
            with sqlite.only_writer(data):
                self._prepare()
                self.stdout.write(f"邻里 http://{address}/")
                self._serve(host, int(port))
        except sqlite.SecondWriter as error:
            raise CommandError(f"Another process already serves from {data}.") from error

    def _prepare(self) -> None:
        for alias in connections:
            call_command("migrate", database=alias, interactive=False, verbosity=0)
        if not (Path(str(settings.STATIC_ROOT)) / "staticfiles.json").exists():
            call_command("collectstatic", interactive=False, verbosity=0)
        connections.close_all()

    def _serve(self, host: str, port: int) -> None:
        get_resolver().url_patterns  # noqa: B018 -- loads all pages before the process that shows them is forked
        gc.freeze()
        os.environ["LINLI_EMBEDDED"] = "1"  # config.wsgi then starts the jobs beside the site
        Server(
            "config.asgi:entrance",
            address=host,
            port=port,
            interface=Interfaces.ASGINL,
            websockets=False,
            workers=1,
            backlog=CONNECTIONS,
            backpressure=CONNECTIONS,
            http1_settings=HTTP1Settings(header_read_timeout=10_000, max_buffer_size=LONGEST_HEAD),
            respawn_failed_workers=True,
            workers_kill_timeout=SECONDS_TO_STOP,
            log_level=LogLevels.error,
        ).serve()
