"""A consumer in a process of its own that kills itself in the middle of a batch."""

from __future__ import annotations

import os
import signal
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
django.setup()

from django.db import connections  # noqa: E402 -- after set-up

from linli.kernel.journal import services  # noqa: E402 -- after set-up
from linli.kernel.journal.queries import Positioned  # noqa: E402 -- after set-up
from linli.kernel.journal.registry import CONSUMERS, Consumer  # noqa: E402 -- after set-up
from tests.kernel.journal.conftest import Tally  # noqa: E402 -- after set-up


def main(patience: int, default: str, keys: str) -> None:
    for alias, name in {"default": default, "keys": keys}.items():
        connections.settings[alias]["NAME"] = name
    left = [patience]

    def handle(batch: list[Positioned]) -> None:
        for item in batch:
            Tally.objects.create(position=item.position, worker=str(os.getpid()))
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    CONSUMERS["tally"] = Consumer("tally", ("*",), handle)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while services.consume("tally"):
        pass


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
