"""Putting values in, and keeping the keys in order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linli.foundation import sql
from linli.kernel.vault.fields import FIELDS
from linli.kernel.vault.memory import ciphers, keys
from linli.kernel.vault.models import DataKey, IndexKey, Record
from linli.kernel.vault.queries import about, lookup_of
from linli.kernel.vault.rules import kept_for

REWRAP = 1000
UNIQUE = ["subject_id", "code", "subject_kind"]
REPLACED = ["county", "person_id", "key_id", "cipher", "lookup", "keep_until", "erased_at"]


def put(
    *,
    subject_kind: str,
    subject_id: UUID,
    county: str,
    values: Mapping[str, str],
    person_id: UUID | None = None,
    keep_until: datetime | None = None,
    is_new: bool = False,
) -> None:
    """Keep the values of a subject, one INSERT for all; a value that is there already is replaced.

    Each subject and code has a key of its own, so one value can be erased without the
    others; a replaced value stays under its key, so its older versions go with it.
    A caller that has just made the subject says ``is_new`` and saves a look. Raises
    ``KeyError`` for a code that was never declared.
    """
    declared = {code: FIELDS[code] for code in values}
    before = {} if is_new else _before(subject_kind, subject_id, list(values))
    held = keys.held_or_minted({code: before[code].key_id if code in before else None for code in values})
    rows = [
        Record(
            county=county,
            subject_kind=subject_kind,
            subject_id=subject_id,
            code=code,
            person_id=person_id or getattr(before.get(code), "person_id", None),
            key_id=held[code].id,
            cipher=ciphers.seal(
                held[code].secret, value.encode(), about(subject_kind, subject_id, code, county)
            ),
            lookup=lookup_of(declared[code], value),
            keep_until=keep_until or getattr(before.get(code), "keep_until", None),
        )
        for code, value in values.items()
    ]
    if is_new:
        sql.insert(*rows)
    else:
        Record.objects.bulk_create(rows, update_conflicts=True, unique_fields=UNIQUE, update_fields=REPLACED)


def _before(subject_kind: str, subject_id: UUID, codes: list[str]) -> dict[str, Record]:
    mine = Record.objects.filter(subject_kind=subject_kind, subject_id=subject_id, code__in=codes)
    return {row.code: row for row in mine.defer("cipher")}


def settle(*, subject_kind: str, subject_id: UUID, at: datetime | None) -> None:
    """Start the retention: the matter was closed ``at`` this time; None: it is open again, and all is kept."""
    with transaction.atomic():
        rows = list(
            Record.objects.select_for_update().filter(
                subject_kind=subject_kind, subject_id=subject_id, erased_at=None
            )
        )
        for row in rows:
            row.keep_until = at + kept_for(FIELDS[row.code]) if at else None
        Record.objects.bulk_update(rows, ["keep_until"])


def mint(now: datetime) -> int:
    """Mint keys ahead if this process runs low; return how many."""
    return keys.top_up(now)


def rotate(now: datetime) -> int:
    """Wrap a batch of keys anew under the newest master key; return how many. 0 means: all done."""
    current = keys.current_generation()
    with transaction.atomic(using=keys.STORE):
        old = DataKey.objects.using(keys.STORE).select_for_update().filter(generation__lt=current)[:REWRAP]
        rows = list(old)
        for row in rows:
            row.wrapped = keys.rewrap(row.wrapped, row.generation, row.id.bytes)
            row.generation = current
        DataKey.objects.using(keys.STORE).bulk_update(rows, ["wrapped", "generation"])
        index = IndexKey.objects.using(keys.STORE).select_for_update().filter(generation__lt=current)
        for named in index:
            named.wrapped = keys.rewrap(named.wrapped, named.generation, named.name.encode())
            named.generation = current
            named.save(update_fields=["wrapped", "generation"])
    return len(rows)
