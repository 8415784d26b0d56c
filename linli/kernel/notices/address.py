"""Where a recipient can be reached. What knows it registers here at start-up; nothing of it is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from uuid import UUID


class Lookup(Protocol):
    """Return the address of one recipient on one channel, or None if there is none.

    A look-up reads the vault with the purpose ``contact_reporter`` and so leaves a read entry.
    ``task`` is the notice's id: what the entry names as the reason.
    """

    def __call__(self, to_id: UUID, channel: str, *, task: str, now: datetime) -> str | None: ...


_lookups: dict[str, Lookup] = {}


def register(to_kind: str, lookup: Lookup) -> Callable[[], None]:
    """Let ``lookup`` answer for recipients of one kind; the returned function takes it back."""
    before = _lookups.get(to_kind)
    _lookups[to_kind] = lookup

    def undo() -> None:
        _lookups.pop(to_kind, None)
        if before is not None:
            _lookups[to_kind] = before

    return undo


def of(to_kind: str, to_id: UUID, channel: str, *, task: str, now: datetime) -> str | None:
    """Return the address, or None if nobody answers for this kind or there is none."""
    lookup = _lookups.get(to_kind)
    return lookup(to_id, channel, task=task, now=now) if lookup else None
