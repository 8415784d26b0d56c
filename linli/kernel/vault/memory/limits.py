"""How much one person may open alone, and who may let them open more; told at start-up by who knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from linli.foundation.rules import Actor


@dataclass(frozen=True, slots=True)
class Limits:
    """How many files one person opens alone, and how far another person may let them go beyond.

    an_hour   files opened in an hour; after that somebody else must have agreed
    a_minute  faster than this is slowed down
    most      the largest number, and ``longest`` the most hours, that can be asked for
    at_once   files that the broken glass opens, within an hour
    """

    an_hour: int = 30
    a_minute: int = 20
    most: int = 300
    longest: int = 12
    at_once: int = 10


@dataclass(frozen=True, slots=True)
class Ask:
    """Who wants to ask for leave, or to decide about somebody else's; ``post_id`` is the reader's post."""

    step: str
    actor: Actor
    reader_id: UUID
    post_id: UUID
    now: datetime


Guard = Callable[[Ask], Any]
LimitsOf = Callable[[str, datetime], Limits]

PARTS: set[str] = set()
GUARDS: list[Guard] = []
LIMITS: list[LimitsOf] = []


def register_part(kind: str) -> None:
    """Say that subjects of this kind belong to the file of their task, and are not files of their own."""
    PARTS.add(kind)


def guard(refuse: Guard) -> Guard:
    """Let ``refuse(ask)`` raise NotAllowed: who may ask, who may decide, who is one person with whom."""
    if refuse not in GUARDS:
        GUARDS.append(refuse)
    return refuse


def register_limits(limits_of: LimitsOf) -> None:
    """Let ``limits_of(county, now)`` say what holds; what nobody has ruled is as :class:`Limits` has it."""
    LIMITS[:] = [limits_of]


def limits(county: str, now: datetime) -> Limits:
    return LIMITS[0](county, now) if LIMITS else Limits()
