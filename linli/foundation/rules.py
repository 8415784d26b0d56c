"""Rules that say why.

A rule answers with a reason, or with nothing. That is why ``&`` is ``or`` and
``|`` is ``and``: the first refusal counts for "both", the last for "either".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person, the bearer of a tracking code, the clock, or an import.

    ``id`` is the account for a person, the case for a code, ``NOBODY`` otherwise.
    """

    kind: str
    id: UUID = NOBODY


CLOCK = Actor("clock")
IMPORT = Actor("import")
ANYONE = Actor("anonymous")


@dataclass(frozen=True, slots=True)
class Moment:
    """All that a rule may ask: who, with which posts, on what, when, under which profile.

    ``bearer`` is who is signed in while they act with a tracking code in hand, None for
    a resident. It gives no right; a rule may only take one away for it.
    """

    actor: Actor
    subject: Any
    now: datetime
    posts: tuple[Any, ...] = ()
    post: Any = None
    profile: Any = None
    bearer: Any = None


class Rule:
    """A predicate over a :class:`Moment` that can say why it refuses."""

    def __init__(self, refuse: Callable[[Moment], Any]) -> None:
        self._refuse = refuse

    def refusal(self, moment: Moment) -> Any:
        """Return why not (a lazy or plain string), or "" if allowed."""
        return self._refuse(moment)

    def allows(self, moment: Moment) -> bool:
        return not self.refusal(moment)

    def __and__(self, other: Rule) -> Rule:
        return Rule(lambda moment: self.refusal(moment) or other.refusal(moment))

    def __or__(self, other: Rule) -> Rule:
        return Rule(lambda moment: self.refusal(moment) and other.refusal(moment))


def rule(reason: Any) -> Callable[[Callable[[Moment], bool]], Rule]:
    """Make a rule of a function that returns whether it is allowed."""

    def decorate(allows: Callable[[Moment], bool]) -> Rule:
        return Rule(lambda moment: "" if allows(moment) else reason)

    return decorate


anyone = Rule(lambda _moment: "")
