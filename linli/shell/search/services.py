"""Keeping the index: what is in it, and what leaves it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from linli.foundation.worktime import SHANGHAI
from linli.kernel.cases.models import Case
from linli.kernel.places import queries as places
from linli.kernel.rulebook import queries as rulebook
from linli.kernel.vault.models import Record
from linli.shell.search.models import Entry
from linli.shell.search.queries import tokens_of


@transaction.atomic
def index(case_ids: Iterable[UUID]) -> int:
    """Write the entries of these cases as they are now; return how many stand.

    A protected matter, and one that has become so, has none. Doing it again changes nothing.
    """
    wanted = set(case_ids)
    rows = [_entry(case) for case in Case.objects.filter(pk__in=wanted, confidential=False).order_by("pk")]
    purge(wanted - {row.case_id for row in rows})
    known = dict(Entry.objects.filter(case_id__in=wanted).values_list("case_id", "tokens"))
    Entry.objects.bulk_create(
        [row for row in rows if known.get(row.case_id) != row.tokens],
        update_conflicts=True,
        unique_fields=["case_id"],
        update_fields=["county", "tokens"],
    )
    return len(rows)


def purge(case_ids: Iterable[UUID]) -> int:
    """Take cases out of the index; return how many were in it."""
    return Entry.objects.filter(case_id__in=set(case_ids)).delete()[0]


def purge_erased(limit: int = 500) -> int:
    """Take out cases of which all that was said has been erased; return how many."""
    said = Record.objects.filter(subject_kind=Case.kind(), subject_id=OuterRef("case_id"))
    erased: QuerySet[Entry] = Entry.objects.filter(
        Exists(said.filter(erased_at__isnull=False)), ~Exists(said.filter(erased_at=None))
    )
    return purge(erased.values_list("case_id", flat=True)[:limit])


def _entry(case: Case) -> Entry:
    day = case.opened_at.astimezone(SHANGHAI).date()
    catalogue = rulebook.categories(case.path, day)
    words = [case.number, *(place.name for place in places.chain(case.place_id, day))]
    if case.category in catalogue:
        words += [category.label for category in catalogue.chain(case.category)]
    return Entry(case_id=case.pk, county=case.county, tokens=tokens_of(words))
