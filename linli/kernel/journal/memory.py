"""Values that a process keeps until they change somewhere.

``Remembered("places", load)`` calls ``load()`` once and keeps what it returns until the
stamp ``places`` moves (``services.bump``). All stamps are read together, at most once per
``settings.STAMP_SECONDS``. A thread that has bumped a stamp in a transaction still open
sees its own change, and nobody else does.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from django.conf import settings

from linli.kernel.journal.models import Stamp

T = TypeVar("T")

NEVER = -1  # the version of a stamp that nobody has bumped yet


class _Stamps:
    """What this process knows of the stamps, and what this thread has bumped itself."""

    def __init__(self) -> None:
        self.versions: dict[str, int] = {}
        self.read_at = float("-inf")
        self.lock = threading.Lock()
        self.own = threading.local()

    def bumped(self) -> dict[str, int]:
        """Return the stamps bumped by this thread in a transaction that may still be open."""
        if not hasattr(self.own, "stamps"):
            self.own.stamps = {}
        stamps: dict[str, int] = self.own.stamps
        return stamps

    def version(self, name: str) -> int:
        """Return the committed version, at most ``STAMP_SECONDS`` old."""
        if time.monotonic() - self.read_at >= settings.STAMP_SECONDS:
            asked_at = time.monotonic()
            found = dict(Stamp.objects.values_list("name", "version"))
            with self.lock:
                mine = self.bumped()
                self.versions = {n: v for n, v in found.items() if n not in mine}
                self.read_at = asked_at
        return self.versions.get(name, NEVER)


_stamps = _Stamps()


def note(name: str, version: int) -> None:
    """Remember that this thread has bumped ``name`` and has not committed yet."""
    _stamps.bumped()[name] = version


def forget(name: str) -> None:
    """Read the stamps anew at the next question: a bump of ``name`` was committed here."""
    _stamps.bumped().pop(name, None)
    _stamps.read_at = float("-inf")


class Remembered(Generic[T]):
    """A value loaded by ``load()`` and kept until ``stamp`` moves; ``get()`` returns it."""

    def __init__(self, stamp: str, load: Callable[[], T]) -> None:
        self.stamp = stamp
        self._load = load
        self._kept: tuple[int, T] | None = None
        self._own = threading.local()
        self._lock = threading.RLock()

    def get(self) -> T:
        token = _stamps.bumped().get(self.stamp)
        if token is not None:
            if Stamp.objects.filter(name=self.stamp, version=token).exists():
                return self._get_own(token)
            _stamps.bumped().pop(self.stamp)  # the transaction that bumped it was rolled back
        # The stamp is read before the value: a value newer than its stamp is only loaded once more.
        version = _stamps.version(self.stamp)
        kept = self._kept
        if kept is None or kept[0] != version:
            with self._lock:
                kept = self._kept
                if kept is None or kept[0] != version:
                    kept = self._kept = (version, self._load())
        return kept[1]

    __call__ = get

    def _get_own(self, token: int) -> T:
        if getattr(self._own, "kept", (None,))[0] != token:
            self._own.kept = (token, self._load())
        value: T = self._own.kept[1]
        return value
