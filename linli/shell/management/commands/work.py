"""``linli work``: the jobs alone, for servers where web and work are separate processes."""

from __future__ import annotations

import signal
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from linli.kernel.journal import jobs


class Command(BaseCommand):
    help = "Run the sequencer, the consumers, the clock and the sender until told to stop."

    def handle(self, **_options: Any) -> None:
        if connections["default"].vendor == "sqlite":
            raise CommandError("On SQLite `linli serve` does this work; a second writing process is refused.")
        stop = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        jobs.run_forever(stop)
