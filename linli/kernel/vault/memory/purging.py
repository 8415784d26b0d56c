"""Who may take a month out of the log of reading that is past its term; told at start-up by who knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from linli.foundation.rules import Actor


@dataclass(frozen=True, slots=True)
class Ask:
    """Who wants to do which step (``propose``, ``approve``, ``refuse``); ``other`` is who proposed it."""

    step: str
    actor: Actor
    other: UUID | None
    now: datetime


Guard = Callable[[Ask], Any]
GUARDS: list[Guard] = []


def guard(refuse: Guard) -> Guard:
    """Let ``refuse(ask)`` raise NotAllowed: who may propose, who may approve, who is one person with whom."""
    if refuse not in GUARDS:
        GUARDS.append(refuse)
    return refuse
