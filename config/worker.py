"""The jobs (sequencer, consumers, clock, sender) in threads of this process."""

from __future__ import annotations

import os
from multiprocessing import parent_process
from multiprocessing.process import BaseProcess
from multiprocessing.util import Finalize
from threading import Event, Thread

import structlog
from django.db import connections

from linli.kernel.journal import jobs

SECONDS_TO_FINISH = 20
SECONDS_BEFORE_AGAIN = 1.0
log = structlog.get_logger("linli.worker")


def start() -> None:
    """Start working beside the site; what is begun is finished when the process is asked to end.

    A web worker is a child process, whose ``atexit`` is not run: its finalizers are.
    The thread is a daemon because waiting for others would come before that.
    """
    if (watcher := parent_process()) is not None:
        Thread(target=_end_with, args=(watcher,), name="linli-watched", daemon=True).start()
    stop = Event()
    thread = Thread(target=work, args=(stop,), name="linli-work", daemon=True)
    thread.start()
    Finalize(None, _finish, args=(stop, thread), exitpriority=100)


def _end_with(watcher: BaseProcess) -> None:
    """End at once with the process that watches over this one and holds the data folder.

    Where it is killed alone, its successor would start a second process that writes. What is
    not committed by then is rolled back, as after a power cut.
    """
    watcher.join()
    os._exit(1)


def _finish(stop: Event, thread: Thread) -> None:
    stop.set()
    thread.join(SECONDS_TO_FINISH)


def work(stop: Event) -> None:
    """Run the jobs until told to stop. What goes wrong is logged and tried again: nothing is lost,
    since every job keeps its place in the database."""
    while not stop.is_set():
        try:
            jobs.run_forever(stop)
        except Exception:
            log.exception("jobs stopped; starting them again")
            stop.wait(SECONDS_BEFORE_AGAIN)
        finally:
            connections.close_all()
