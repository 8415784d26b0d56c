"""Masks, exact search, and the log of who looked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from linli.foundation.canonical import canonical
from linli.kernel.journal.queries import sm3
from linli.kernel.vault.choices import Result
from linli.kernel.vault.fields import FIELDS, Personal
from linli.kernel.vault.memory import ciphers, keys
from linli.kernel.vault.models import ReadEntry, Record

READ_DIGESTED = (
    "county",
    "at",
    "actor_kind",
    "actor_id",
    "post_id",
    "purpose",
    "task",
    "subject_kind",
    "subject_id",
    "codes",
    "result",
)


def about(kind: str, subject_id: UUID, code: str, county: str) -> bytes:
    """Return what a value is bound to: moved to another subject, it cannot be opened."""
    return canonical([kind, subject_id, code, county])


def opened(records: Iterable[Record]) -> dict[int, str]:
    """Decrypt; the values by record id, without those whose key is gone. For this module's services only."""
    rows = [record for record in records if record.key_id and record.cipher]
    secrets = keys.secrets_of([row.key_id for row in rows if row.key_id])
    found = {}
    for row in rows:
        if row.key_id in secrets:
            bound = about(row.subject_kind, row.subject_id, row.code, row.county)
            with suppress(ciphers.Unreadable):  # tampered with: it stays closed, and the entry says so
                found[row.pk] = ciphers.unseal(secrets[row.key_id], row.cipher, bound).decode()
    return found


def masked(subject_kind: str, ids: Iterable[UUID], codes: Sequence[str]) -> dict[UUID, dict[str, str]]:
    """Return the masked values of many subjects at once; needs no read entry because nothing is shown."""
    rows = list(Record.objects.filter(subject_kind=subject_kind, subject_id__in=list(ids), code__in=codes))
    values = opened(rows)
    found: dict[UUID, dict[str, str]] = defaultdict(dict)
    for row in rows:
        if row.pk in values:
            found[row.subject_id][row.code] = FIELDS[row.code].mask(values[row.pk])
    return dict(found)


def kept_until(subject_kind: str, subject_ids: Iterable[UUID]) -> dict[str, datetime | None]:
    """Return until when the values of subjects of one matter are kept, by code; None while it is open."""
    rows = Record.objects.filter(subject_kind=subject_kind, subject_id__in=list(subject_ids), erased_at=None)
    return dict(rows.values_list("code", "keep_until"))


def lookup_of(declared: Personal, value: str) -> bytes | None:
    """Return what a value is found by, or None if its kind cannot be searched."""
    if declared.lookup is None:
        return None
    return ciphers.mac(keys.index_key(), declared.code, declared.lookup(value))


def find(code: str, value: str) -> list[UUID]:
    """Return the subjects that hold exactly this value (after normalising), oldest first."""
    lookup = lookup_of(FIELDS[code], value)
    if lookup is None:
        raise LookupError(f"{code} is not declared with a look-up.")
    rows = Record.objects.filter(lookup=lookup, code=code).order_by("id")
    return list(rows.values_list("subject_id", flat=True))


def reads_of(
    *, person_id: UUID | None = None, subject_kind: str = "", subject_id: UUID | None = None
) -> QuerySet[ReadEntry]:
    """Return who looked, newest first: at everything of a person, or at one subject. What was refused is no look."""
    looks = ReadEntry.objects.exclude(result=Result.REFUSED)
    if subject_id is not None:
        return looks.filter(subject_kind=subject_kind, subject_id=subject_id).order_by("-id")
    held = Record.objects.filter(person_id=person_id).values_list("subject_kind", "subject_id").distinct()
    by_kind: dict[str, list[UUID]] = defaultdict(list)
    for kind, held_id in held:
        by_kind[kind].append(held_id)
    wanted = Q(pk__in=[])
    for kind, ids in by_kind.items():
        wanted |= Q(subject_kind=kind, subject_id__in=ids)
    return looks.filter(wanted).order_by("-id")


def digest_of_read(entry: ReadEntry) -> bytes:
    """Return what the entry's digest must be."""
    return sm3(canonical({name: getattr(entry, name) for name in READ_DIGESTED}))
