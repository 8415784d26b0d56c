"""The one lock under which the register changes, and what every change leaves behind."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max, Value
from django.db.models.functions import Concat, Substr

from linli.foundation.paths import under
from linli.foundation.rules import Actor
from linli.kernel.journal import services as journal
from linli.kernel.places.models import Place, Register, Revision
from linli.kernel.places.queries.locating import OUTLINES
from linli.kernel.places.queries.tree import STAMP

_followers: list[tuple[Any, str]] = []


def follow(model: Any, column: str = "path") -> None:
    """Let a model of a higher module keep its path column true when a place moves.

    Called once at start-up for each column that holds a place's path.
    """
    if (model, column) not in _followers:
        _followers.append((model, column))


def followers() -> Iterator[tuple[Any, str]]:
    """Yield each path column to be rewritten when a place moves, the register's own first."""
    yield Place, "path"
    yield from _followers


@dataclass
class Change:
    """One change of the register, under its lock until the transaction ends."""

    revision: int
    now: datetime
    actor: Actor
    post_id: UUID | None
    register: Register = field(repr=False)
    is_redrawn: bool = False

    def shorts(self, count: int) -> range:
        """Take this many fresh short ids."""
        first = self.register.next_short
        self.register.next_short = first + count
        self.register.save(update_fields=["next_short"])
        return range(first, first + count)

    def redraw(self) -> None:
        """Make every process build its index of grids anew."""
        if not self.is_redrawn:
            journal.bump(OUTLINES)
            self.is_redrawn = True

    def forget_history(self) -> None:
        """Make every process read the register whole: a row is gone, which no revision tells."""
        Revision.objects.exclude(id=self.revision).delete()

    def note(self, place: Any, name: str, data: Mapping[str, Any], *, kind: str = "place") -> None:
        """Write what happened to a place (or a zone) into the journal."""
        journal.record(
            subject_kind=kind,
            subject_id=place.id,
            county=place.county,
            name=f"{kind}.{name}",
            actor=self.actor,
            post_id=self.post_id,
            at=self.now,
            data=dict(data),
        )


def begin(*, now: datetime, actor: Actor, post_id: UUID | None = None) -> Change:
    """Lock the register, mint the revision that all changed rows carry, tell the processes.

    Revisions rise by the clock and never repeat, also after a transaction was
    rolled back or a backup restored: a process that knows one the database does
    not have reads everything anew.
    """
    Register.objects.get_or_create(id=1)
    register = Register.objects.select_for_update().get(id=1)
    newest = Revision.objects.aggregate(newest=Max("id"))["newest"] or 0
    revision = max(newest + 1, time.time_ns())
    Revision.objects.create(id=revision, at=now)
    journal.bump(STAMP)
    return Change(revision, now, actor, post_id, register)


def rewrite_paths(change: Change, old: str, new: str) -> None:
    """Put ``new`` in the place of ``old`` at the head of every path under it."""
    for model, column in followers():
        moved: dict[str, Any] = {column: Concat(Value(new), Substr(column, len(old) + 1))}
        if model is Place:
            moved["revision"] = Value(change.revision)
        model.objects.filter(under(old, column)).update(**moved)
