"""Processes whose children do their work and are killed in the middle of it."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from datetime import datetime
from functools import partial


def obey(work: Callable[[datetime], object]) -> None:
    """For each line read, ``{"now": …, "after": seconds}``, start a child and kill it; answer "killed" or "done"."""
    for line in sys.stdin:
        order = json.loads(line)
        print(_killed(work, datetime.fromisoformat(order["now"]), order["after"]), flush=True)


def _killed(work: Callable[[datetime], object], now: datetime, after: float) -> str:
    pid = forked(partial(work, now))
    time.sleep(after)
    os.kill(pid, signal.SIGKILL)
    return "killed" if os.WIFSIGNALED(os.waitpid(pid, 0)[1]) else "done"


def forked(work: Callable[[], object]) -> int:
    """Do the work in a child and return its pid; it ends with 0, or with 1 once it has said what went wrong."""
    if pid := os.fork():
        return pid
    try:
        work()
        os._exit(0)
    finally:
        traceback.print_exc()
        os._exit(1)
