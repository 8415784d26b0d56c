"""What a step's service answers: only what changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Call:
    """A desk to be called by a whistle: its part, and until when it must have come and be done."""

    desk_id: UUID
    part: str
    arrive_by: datetime | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What changes. A service knows no flow, no request, no transaction.

    to         the outcome, for a row that has several
    holder     the desk that holds the case from now on
    set        columns of the case
    data       ids, codes and numbers for the event; never text about people
    personal   vault field code → text
    files      attachment ids and what they show ("before", "after", "proof")
    calls      desks called by a whistle
    arrived    the desk that has come
    finished   the desk that has done its part
    called_off the desk whose call is taken back, and why
    closed_how why it ended, for a step that ends it
    new_round  a new round begins
    pause      True stops the clock until ``resume_at``, False lets it go on
    reclock    the deadline is computed anew from the same start
    """

    to: str = ""
    holder: UUID | None = None
    set: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    personal: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[UUID] = ()
    part: str = ""
    calls: Sequence[Call] = ()
    arrived: UUID | None = None
    finished: UUID | None = None
    called_off: tuple[UUID, str] | None = None
    closed_how: str = ""
    new_round: bool = False
    pause: bool | None = None
    resume_at: datetime | None = None
    reclock: bool = False
