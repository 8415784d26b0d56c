"""Who may look at the pictures of a subject. What owns the subject registers the answer at start-up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

# Asked with the request's viewer, or with a tracking code (a string) where one was given.
MaySee = Callable[[Any, UUID], bool]

_answers: dict[str, MaySee] = {}


def register(subject_kind: str, may_see: MaySee) -> None:
    """Let ``may_see(viewer_or_code, subject_id)`` decide for subjects of one kind."""
    _answers[subject_kind] = may_see


def allows(viewer_or_code: Any, subject_kind: str, subject_id: UUID) -> bool:
    """Return the owner's answer; what nobody answers for is not shown."""
    may_see = _answers.get(subject_kind)
    return may_see is not None and may_see(viewer_or_code, subject_id)
