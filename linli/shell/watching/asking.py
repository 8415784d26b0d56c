"""What the checks said lately: asked anew after ``settings.HEALTH_SECONDS``, by one request at a time."""

from __future__ import annotations

import threading
import time
from datetime import datetime

from django.conf import settings

from linli.shell.watching.checks import CHECKS, OF_THE_PROCESS
from linli.shell.watching.trouble import Found, ask

_lock = threading.Lock()
_kept: list[tuple[float, list[Found]]] = []


def lately(now: datetime) -> list[Found]:
    """Return what every check has said. However often anybody asks, the databases are asked once in a while."""
    with _lock:
        if _kept and 0 <= time.monotonic() - _kept[0][0] < settings.HEALTH_SECONDS:
            return _kept[0][1]
        found = ask((*CHECKS, *OF_THE_PROCESS), now)
        _kept[:] = [(time.monotonic(), found)]
        return found
