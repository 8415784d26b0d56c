"""What the other modules tell the journal at start-up: consumers, jobs, streams."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from linli.kernel.journal.models import Numbered, Sequenced


@dataclass(frozen=True, slots=True)
class Consumer:
    """Who reads events: ``handle`` gets batches of what matches ``events`` (``request.*``)."""

    name: str
    events: tuple[str, ...]
    handle: Callable[[list[Any]], None]

    def wants(self, name: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in self.events)


@dataclass(frozen=True, slots=True)
class Job:
    """What is done every ``seconds``; ``run(now)`` returns how much it did. ``is_final``: no one can take it back."""

    name: str
    seconds: float
    run: Callable[[datetime], int]
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class Stream:
    """A table whose rows are given positions and sealed; ``link`` is the position's way to its row.

    ``removed()`` is the last position whose rows were rightly taken out again, all before it too; 0 if none were.
    """

    name: str
    source: type[Sequenced]
    position: type[Numbered]
    link: str
    check: Callable[[Any], bytes]
    removed: Callable[[], int] = lambda: 0


CONSUMERS: dict[str, Consumer] = {}
JOBS: dict[str, Job] = {}
STREAMS: dict[str, Stream] = {}

# Set when something was committed in this process, so that consumers here need not wait for their turn.
wake = threading.Event()


def register_stream(stream: Stream) -> None:
    STREAMS[stream.name] = stream
