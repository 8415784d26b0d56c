"""What other modules tell the vault at start-up: words for the lint, and how they answer people for what they hold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from linli.foundation.rules import Actor
from linli.kernel.vault.choices import Purpose
from linli.kernel.vault.fields import FIELDS

Words = Callable[[], Iterable[tuple[str, str]]]
WORDS: dict[str, Words] = {}


def register_words(source: str, words: Words) -> None:
    """Have the lint read ``words()``: pairs of (where, text), such as the headers of an import."""
    WORDS[source] = words


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose data: a person's, by account, or what the bearer of one case's tracking code reported."""

    kind: str  # "person" or "case"
    id: UUID


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that values in the vault hang on. ``need`` says why it cannot be erased yet, ``matter`` for what."""

    kind: str
    id: UUID
    need: str = ""
    matter: UUID | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for a copy, on whose behalf, for which task; what is opened for it leaves an entry."""

    whose: Whose
    actor: Actor
    task: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is held: what it is, as it stands, what for, and until when (None: not set yet)."""

    label: Any
    text: str
    why: str = ""
    until: datetime | None = None


def line_of(code: str, text: str, until: datetime | None) -> Line:
    """Return the line of a declared field, with what it is held for besides the copy itself."""
    field = FIELDS[code]
    why = "、".join(str(one.label) for one in field.purposes if one != Purpose.OWN)
    return Line(field.label, text, why, until)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of what is held: a heading, since when, and its lines. ``id`` is the subject's, if it has one."""

    title: Any
    at: datetime | None
    lines: Sequence[Line]
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """How a module answers for what it holds about people.

    subjects  what of theirs hangs on which subject
    export    what it holds about them, for the copy they ask for
    erase     removes what it holds of these subjects outside the vault; returns how much
    mask      what is shown in place of it to who need not see it
    """

    module: str
    subjects: Callable[[Whose], list[Subject]]
    export: Callable[[Asking], list[Part]]
    erase: Callable[[Collection[Subject], datetime], int]
    mask: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Need:
    """A reason for which something may not be erased yet. What is kept for it serves its purposes and no other.

    label  the sentence that the person concerned is told
    still  (matters, now) -> those of them that still have the need
    """

    code: str
    label: Any
    purposes: frozenset[Purpose]
    still: Callable[[Collection[UUID], datetime], Collection[UUID]]


HOLDERS: dict[str, Holder] = {}
ANSWERED_BY: dict[str, str] = {}  # module -> the module that answers for it
NOTHING_HELD: dict[str, str] = {}  # module -> why what looks like a link to a person is nothing about one
NEEDS: dict[str, Need] = {}


def register_holder(holder: Holder) -> None:
    """Let a module answer for what it holds about people; ``vault.E004`` refuses one that does not."""
    HOLDERS[holder.module] = holder


def answered_by(module: str, other: str) -> None:
    """Say that all this module holds about people hangs on subjects for which another one answers."""
    ANSWERED_BY[module] = other


def holds_nothing(module: str, why: str) -> None:
    """Explain a module that keeps ids of accounts or subjects and nothing else about people."""
    NOTHING_HELD[module] = why


def register_need(need: Need) -> None:
    NEEDS[need.code] = need
