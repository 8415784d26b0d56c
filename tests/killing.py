"""Processes whose children do their work and are killed in the middle of it."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import datetime


def obey(work: Callable[[datetime], object]) -> None:
    """For each line read, ``{"now": …, "after": seconds}``, start a child and kill it; answer "killed" or "done"."""
    for line in sys.stdin:
        order = json.loads(line)
        print(_killed(work, datetime.fromisoformat(order["now"]), order["after"]), flush=True)


def _killed(work: Callable[[datetime], object], now: datetime, after: float) -> str:
    pid = os.fork()
    if pid == 0:
        _work(work, now)
    time.sleep(after)
    os.kill(pid, signal.SIGKILL)
    return "killed" if os.WIFSIGNALED(os.waitpid(pid, 0)[1]) else "done"


def _work(work: Callable[[datetime], object], now: datetime) -> None:
    ended = 1
    try:
        work(now)
        ended = 0
    finally:
        os._exit(ended)
