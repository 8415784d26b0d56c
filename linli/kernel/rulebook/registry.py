"""What other modules register at start-up: flows, schemas, guards, listeners to new calendars."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from linli.foundation.flow import Flow
from linli.foundation.rules import Actor

Check = Callable[[Mapping[str, Any]], Any] | type[BaseModel]
Published = Callable[[int, datetime], Any]
Guard = Callable[["Ask"], Any]
Fits = Callable[[Any], bool]

FLOWS: dict[str, Flow] = {}
SETTINGS: dict[str, Mapping[str, Fits]] = {}
SCHEMAS: dict[str, Check] = {}
LISTENERS: list[Published] = []
GUARDS: list[Guard] = []


@dataclass(frozen=True, slots=True)
class Ask:
    """Who wants to do what to the rules of which place.

    step   "propose", "approve", "refuse" or "publish"
    other  the account that proposed, when somebody decides
    """

    step: str
    actor: Actor
    path: str
    now: datetime
    other: UUID | None = None


def register_flow(flow: Flow, settings: Mapping[str, Fits] | None = None) -> Flow:
    """Make the flow known, so that its profiles ("profile.<name>") can be checked and compiled.

    ``settings`` are all that a profile of it may set, each with what a value must fit;
    what nobody reads could be set and would change nothing.
    """
    FLOWS[flow.name] = flow
    SETTINGS[flow.name] = dict(settings or {})
    return flow


def register_schema(key: str, check: Check) -> None:
    """Let ``check(data)`` judge what is saved under ``key``; it raises InvalidInput.

    ``check`` is a function or a pydantic model. A key that ends in ".*" stands for
    all that begin so ("calendar.*"). A key without a schema cannot be saved.
    """
    SCHEMAS[key] = check


def schema(key: str) -> Check | None:
    """Return the check of ``key``: its own, or that of its family."""
    return SCHEMAS.get(key) or SCHEMAS.get(key.partition(".")[0] + ".*")


def on_published(listener: Published) -> Published:
    """Call ``listener(year, now)`` in the transaction that publishes the calendar of ``year``."""
    if listener not in LISTENERS:
        LISTENERS.append(listener)
    return listener


def guard(refuse: Guard) -> Guard:
    """Let ``refuse(ask)`` raise NotAllowed: who may, and whether two accounts are one person, people know."""
    if refuse not in GUARDS:
        GUARDS.append(refuse)
    return refuse
