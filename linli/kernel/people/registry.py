"""What people ask of modules above: entered by them at start-up."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

HasWork = Callable[[UUID], bool]
_asked: list[HasWork] = []


def before_closing(has_work: HasWork) -> None:
    """Ask ``has_work(desk_id)`` before a desk is closed: what lies on a closed desk lies with nobody."""
    _asked.append(has_work)


def has_work(desk_id: UUID) -> bool:
    return any(asked(desk_id) for asked in _asked)
