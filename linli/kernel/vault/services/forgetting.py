"""Answering a person who wants to be forgotten: erased at once, or restricted until what needs it is over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from linli.foundation.errors import NotAllowed
from linli.kernel.vault import registry
from linli.kernel.vault.fields import FIELDS
from linli.kernel.vault.models import Record
from linli.kernel.vault.registry import Asking, Part, Subject, Whose
from linli.kernel.vault.services.erasing import empty
from linli.kernel.vault.services.reading import NOT_YOURS

BATCH = 500


@dataclass(frozen=True, slots=True)
class Hold:
    """A need that somebody decided on: its code, the matter it is for, and the day on which it ends."""

    need: str
    matter: UUID
    until: datetime


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many values were erased, how many restricted, and which needs those have."""

    erased: int
    restricted: int
    needs: frozenset[str]


def subjects_of(whose: Whose) -> list[Subject]:
    """Return what of theirs hangs on which subject, as all modules have it."""
    return [subject for holder in registry.HOLDERS.values() for subject in holder.subjects(whose)]


def copy_of(asking: Asking) -> list[Part]:
    """Return all that is held about somebody, part by part, for them; what is opened leaves its entries."""
    if asking.actor.id != asking.whose.id:
        raise NotAllowed(NOT_YOURS)
    with transaction.atomic():
        return [part for holder in registry.HOLDERS.values() for part in holder.export(asking)]


@transaction.atomic
def forget(*, whose: Whose, now: datetime, hold: Hold | None = None) -> Forgotten:
    """Erase everything of theirs, in the vault and outside; what is still needed is restricted instead.

    Restricted: what names or reaches the person goes at once, the link to their account too;
    the rest is open to the purposes of the need alone. ``hold`` keeps all that belongs to matters.
    Doing it again changes nothing.
    """
    found = subjects_of(whose)
    if hold is not None:
        found = [Subject(one.kind, one.id, hold.need, hold.matter) if one.matter else one for one in found]
    free, needed = [one for one in found if not one.need], [one for one in found if one.need]
    theirs = Q(person_id=whose.id) if whose.kind == "person" else Q(pk__in=[])
    erased = empty(Record.objects.filter(_rows(free) | (theirs & ~_rows(needed))), now)
    for holder in registry.HOLDERS.values():
        erased += holder.erase(free, now)
    restricted = _restrict(needed, now, hold.until if hold else None)
    return Forgotten(erased, restricted, frozenset(one.need for one in needed))


def finish_restricted(now: datetime) -> int:
    """Erase what was restricted and is no longer needed; return how many matters were done."""
    done = 0
    for why, need in registry.NEEDS.items():
        waiting = Record.objects.filter(restricted_why=why, erased_at=None, restricted_for__isnull=False)
        over = waiting.filter(Q(restricted_until=None) | Q(restricted_until__lte=now))
        matters = list(over.order_by().values_list("restricted_for", flat=True).distinct()[:BATCH])
        still = set(need.still([one for one in matters if one], now))
        for matter in matters:
            if matter and matter not in still:
                _finish(why, matter, now)
                done += 1
    return done


@transaction.atomic
def _finish(why: str, matter: UUID, now: datetime) -> None:
    """Erase what waited for this matter, with what was written about it since; what is needed anew stays."""
    rows = Record.objects.filter(restricted_why=why, restricted_for=matter)
    held = {Subject(kind, pk) for kind, pk in rows.values_list("subject_kind", "subject_id")}
    of_matters = [one for subject in {matter, *(one.id for one in held)} for one in _belonging(subject)]
    needed = {(one.kind, one.id): one for one in of_matters if one.need}
    held |= {Subject(one.kind, one.id) for one in of_matters}
    free = [one for one in held if (one.kind, one.id) not in needed]
    empty(Record.objects.filter(_rows(free)), now)
    for holder in registry.HOLDERS.values():
        holder.erase(free, now)
    for one in needed.values():
        rows.filter(subject_kind=one.kind, subject_id=one.id).update(
            restricted_why=one.need, restricted_for=one.matter, restricted_until=None
        )


def _belonging(matter: UUID) -> list[Subject]:
    return subjects_of(Whose("case", matter))


def _restrict(needed: list[Subject], now: datetime, until: datetime | None) -> int:
    count = 0
    identifying = [code for code, field in FIELDS.items() if field.identifies]
    for subject in needed:
        mine = Record.objects.filter(_rows([subject]), erased_at=None)
        empty(mine.filter(code__in=identifying), now)
        count += mine.filter(restricted_at=None).update(
            restricted_at=now, restricted_why=subject.need, restricted_for=subject.matter,
            restricted_until=until, person_id=None,
        )  # fmt: skip
    return count


def _rows(subjects: Iterable[Subject]) -> Q:
    by_kind: dict[str, list[UUID]] = {}
    for subject in subjects:
        by_kind.setdefault(subject.kind, []).append(subject.id)
    found = Q(pk__in=[])
    for kind, ids in by_kind.items():
        found |= Q(subject_kind=kind, subject_id__in=ids)
    return found
