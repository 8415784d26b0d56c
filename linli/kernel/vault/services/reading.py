"""Opening personal values. No entry, no value."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import DatabaseError, transaction
from django.utils.translation import gettext_lazy as _

from linli.foundation import sql
from linli.foundation.errors import Busy, InvalidInput, NotAllowed
from linli.foundation.rules import Actor
from linli.foundation.sql import Asked
from linli.foundation.standby import NoStandby
from linli.kernel.vault.choices import Purpose, Result
from linli.kernel.vault.fields import FIELDS
from linli.kernel.vault.models import ReadEntry, Record
from linli.kernel.vault.queries import digest_of_read, opened
from linli.kernel.vault.registry import NEEDS
from linli.kernel.vault.services import limiting
from linli.kernel.vault.services.limiting import Stopped, TooFast

File = tuple[str, UUID]  # the kind of a subject and its id

WINDOW = timedelta(minutes=10)
TASK = re.compile(r"[A-Za-z0-9:._/-]{1,64}")

# What makes two readings within the window one.
SAME = ("subject_id", "subject_kind", "actor_kind", "post_id", "purpose", "task", "codes", "result")
_HELD = Asked(
    lambda subjects, codes: Record.objects.filter(subject_id__in=subjects, code__in=codes, erased_at=None),
    subjects=[UUID(int=1)],
    codes=["a code"],
)
_WRITTEN = Asked(
    lambda actor, since, until, subjects: ReadEntry.objects.filter(
        actor_id=actor, at__gt=since, at__lte=until, subject_id__in=subjects
    ).values_list(*SAME),
    actor=UUID(int=0),
    since=datetime(2000, 1, 1, tzinfo=UTC),
    until=datetime(2000, 1, 2, tzinfo=UTC),
    subjects=[UUID(int=1)],
)

WHY = _("请选择查看个人信息的目的。")
WHAT_FOR = _("请说明是为哪一件事查看。")
NOT_FOR_THIS = _("这一项信息不能用于这个目的。")
NOT_YOURS = _("只能查看与自己有关的信息。")
RESTRICTED = _("本人已申请删除，这项信息现在限制使用，不能为这个目的查看。")
NO_LOG = _("现在无法登记查看记录，所以暂时不能显示个人信息，请稍后再试。")


def read(
    *,
    subject_kind: str,
    subject_id: UUID,
    codes: Sequence[str],
    actor: Actor,
    post_id: UUID | None,
    purpose: str,
    task: str,
    now: datetime,
) -> dict[str, str]:
    """Open values of one subject, and write who did so, why, and for which task.

    One entry per reader, subject, codes and purpose in ten minutes. Raises
    :class:`InvalidInput` for a purpose or task that is none, or not this value's;
    :class:`NotAllowed` for somebody else's data as one's own; :class:`Busy` if the entry
    cannot be written: then nothing is shown.
    """
    return read_many(
        subject_kind=subject_kind,
        subject_ids=[subject_id],
        codes=codes,
        actor=actor,
        post_id=post_id,
        purpose=purpose,
        task=task,
        now=now,
    )[subject_id]


def read_many(
    *,
    subject_kind: str,
    subject_ids: Sequence[UUID],
    codes: Sequence[str],
    actor: Actor,
    post_id: UUID | None,
    purpose: str,
    task: str,
    now: datetime,
) -> dict[UUID, dict[str, str]]:
    """As :func:`read`, for several subjects of one task at once: an entry each, the same few queries."""
    found = read_together(
        wanted={(subject_kind, one): codes for one in subject_ids}, actor=actor, post_id=post_id,
        purpose=purpose, task=task, now=now,
    )  # fmt: skip
    return {subject_id: values for (_kind, subject_id), values in found.items()}


def read_together(
    *,
    wanted: Mapping[File, Sequence[str]],
    actor: Actor,
    post_id: UUID | None,
    purpose: str,
    task: str,
    now: datetime,
) -> dict[File, dict[str, str]]:
    """As :func:`read`, for subjects of several kinds, each with its own codes: the same few queries.

    Raises :class:`TooFast` (429) and :class:`Stopped` (403) beyond what one person opens
    alone; then nothing at all is shown, and that is written down.
    """
    _refuse_without_reason({code for codes in wanted.values() for code in codes}, purpose, task)
    entries = {
        subject: ReadEntry(
            at=now, actor_kind=actor.kind, actor_id=actor.id, post_id=post_id, purpose=str(purpose), task=task,
            subject_kind=subject[0], subject_id=subject[1], codes=sorted(codes),
        )
        for subject, codes in wanted.items()
    }  # fmt: skip
    try:
        return _opened(entries, actor, purpose) if entries else {}
    except (Stopped, TooFast) as stop:
        limiting.note(list(entries.values()), stop)
        raise
    except (DatabaseError, NoStandby) as error:
        raise Busy(NO_LOG) from error


@transaction.atomic
def _opened(entries: dict[File, ReadEntry], actor: Actor, purpose: str) -> dict[File, dict[str, str]]:
    rows = _held(entries)
    every = [row for held in rows.values() for row in held]
    if purpose == Purpose.OWN:
        _refuse_others(every, actor, _first(entries).post_id)
    else:
        _refuse_restricted(every, purpose)
    for subject, entry in entries.items():
        entry.county = rows[subject][0].county if rows[subject] else ""
    written = _written(entries)
    if limiting.is_limited(actor, purpose):
        county = next((entry.county for entry in entries.values() if entry.county), "")
        limiting.check(list(entries.values()), [(row[1], row[0]) for row in written], county)
    found = opened(every)
    for subject, entry in entries.items():
        entry.result = _result(rows[subject], found)
    _note(entries, written)
    return {
        subject: {row.code: found[row.pk] for row in held if row.pk in found}
        for subject, held in rows.items()
    }


def _held(entries: dict[File, ReadEntry]) -> dict[File, list[Record]]:
    codes = sorted({code for entry in entries.values() for code in entry.codes})
    rows: dict[File, list[Record]] = {subject: [] for subject in entries}
    for row in _HELD.every(Record, subjects=[subject_id for _kind, subject_id in entries], codes=codes):
        subject = (row.subject_kind, row.subject_id)
        if subject in entries and row.code in entries[subject].codes:
            rows[subject].append(row)
    return rows


def _first(entries: dict[File, ReadEntry]) -> ReadEntry:
    return next(iter(entries.values()))


def _refuse_without_reason(codes: Collection[str], purpose: str, task: str) -> None:
    if purpose not in Purpose.values:
        raise InvalidInput(WHY, field="purpose")
    if not TASK.fullmatch(task):
        raise InvalidInput(WHAT_FOR, field="task")
    for code in codes:
        if code not in FIELDS or (purpose != Purpose.OWN and purpose not in FIELDS[code].purposes):
            raise InvalidInput(NOT_FOR_THIS, field="purpose")


def _refuse_others(rows: list[Record], actor: Actor, post_id: UUID | None) -> None:
    """Nobody opens as their own what is known to be another's, and nobody does so in office."""
    others = actor.kind == "person" and any(row.person_id not in (None, actor.id) for row in rows)
    if others or post_id is not None:
        raise NotAllowed(NOT_YOURS)


def _written(entries: dict[File, ReadEntry]) -> list[tuple[Any, ...]]:
    """Return what stands in the log of the last ten minutes about these subjects, by this reader."""
    first = _first(entries)
    subjects = [subject_id for _kind, subject_id in entries]
    rows = _WRITTEN.rows(actor=first.actor_id, since=first.at - WINDOW, until=first.at, subjects=subjects)
    return [row for row in rows if row[-1] != Result.REFUSED]


def _refuse_restricted(rows: list[Record], purpose: str) -> None:
    """What is only kept for a need serves that need, and answering the person concerned."""
    for why in {row.restricted_why for row in rows if row.restricted_at}:
        need = NEEDS.get(why or "")
        if need is None or purpose not in {*need.purposes, Purpose.ANSWER_DATA_REQUEST}:
            raise NotAllowed(RESTRICTED)


def _note(entries: dict[File, ReadEntry], written: list[tuple[Any, ...]]) -> None:
    """Write the entries of one reading that have not been written in the last ten minutes."""
    fresh = [
        entry for entry in entries.values() if tuple(getattr(entry, name) for name in SAME) not in written
    ]
    for entry in fresh:
        entry.digest = digest_of_read(entry)
    if fresh:
        sql.insert(*fresh)


def _result(rows: list[Record], found: dict[int, str]) -> str:
    if not rows:
        return Result.NOTHING
    return Result.SHOWN if all(row.pk in found for row in rows) else Result.UNREADABLE
