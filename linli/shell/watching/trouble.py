"""What a check says, and how checks are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Sentence = str | Promise
log = structlog.get_logger("linli.health")
CANNOT_TELL = _("这一项没有查成。")
ASK_AGAIN = _("先看别的几项；它们都好了还这样，请把日志里 check_failed 那一行交给技术人员。")


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong, what to do about it, and whether it stops the work (or only will)."""

    sentence: Sentence
    advice: Sentence
    is_grave: bool = True


@dataclass(frozen=True, slots=True)
class Check:
    """A question to the installation: ``ask(now)`` says what is wrong, and nothing if nothing is."""

    code: str
    label: Sentence
    ask: Callable[[datetime], Iterator[Trouble]]
    needs_database: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """What a check has said. ``was_asked`` is no where the database that it asks does not answer."""

    check: Check
    troubles: list[Trouble] = field(default_factory=list)
    was_asked: bool = True

    @property
    def is_grave(self) -> bool:
        return any(trouble.is_grave for trouble in self.troubles)


def ask(checks: Iterable[Check], now: datetime) -> list[Found]:
    """Ask all, those first that need no database: where these are in grave trouble, no other is asked in vain."""
    found, stops = [], False
    for check in sorted(checks, key=lambda one: one.needs_database):
        if check.needs_database and stops:
            found.append(Found(check, was_asked=False))
            continue
        one = Found(check, _asked(check, now))
        stops = stops or (check.code == "databases" and one.is_grave)
        found.append(one)
    return found


def _asked(check: Check, now: datetime) -> list[Trouble]:
    try:
        return list(check.ask(now))
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is a trouble and not a page that fails
        log.error("check_failed", check=check.code, kind=type(error).__name__)
        return [Trouble(CANNOT_TELL, ASK_AGAIN)]
