"""A process whose children send what is due and are killed in the middle of it.

Each line it reads, ``{"now": …, "after": seconds}``, is one child; it answers "killed" or "done".
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from datetime import datetime

import django
from django.conf import settings
from django.db import connections

settings.SMS = json.loads(sys.argv[1])
for _alias, _name in zip(("default", "keys"), sys.argv[2:4], strict=True):
    connections.settings[_alias]["NAME"] = _name
django.setup()

from linli.kernel.notices import address  # noqa: E402 -- after set-up
from linli.kernel.notices.services import sending  # noqa: E402 -- after set-up
from tests.kernel.notices.builders import phone_of  # noqa: E402 -- after set-up

address.register("person", phone_of)


def send(now: datetime) -> None:
    ended = 1
    try:
        while sending.send_due(now):
            continue
        ended = 0
    finally:
        os._exit(ended)


def obey(now: datetime, after: float) -> str:
    pid = os.fork()
    if pid == 0:
        send(now)
    time.sleep(after)
    os.kill(pid, signal.SIGKILL)
    return "killed" if os.WIFSIGNALED(os.waitpid(pid, 0)[1]) else "done"


if __name__ == "__main__":
    for line in sys.stdin:
        order = json.loads(line)
        print(obey(datetime.fromisoformat(order["now"]), order["after"]), flush=True)
