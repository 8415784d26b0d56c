"""Which pictures a subject has."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from linli.kernel.files.choices import State
from linli.kernel.files.models import Attachment


def of(subject_kind: str, ids: Collection[UUID]) -> dict[UUID, list[Attachment]]:
    """Return the pictures of each subject in the order they were added; one query for all."""
    found: dict[UUID, list[Attachment]] = {id: [] for id in ids}
    if not found:
        return found
    rows = Attachment.objects.filter(subject_kind=subject_kind, subject_id__in=found, same_as=None)
    for row in rows.exclude(state__in=(State.GONE, State.ERASED)).order_by("subject_id", "ordinal"):
        if row.subject_id is not None:
            found[row.subject_id].append(row)
    return found


def standing(id: UUID) -> Attachment | None:
    """Return the picture of this id, or the one it was found to be the same as; None if deleted."""
    there = Attachment.objects.select_related("same_as").exclude(state__in=(State.GONE, State.ERASED))
    row = there.filter(id=id).first()
    return row and (row.same_as or row)


def digests(ids: Iterable[object]) -> list[str]:
    """Return what the pictures of these ids show, by digest and in their order; an unknown id stands for itself."""
    named = {str(id): id if isinstance(id, UUID) else _uuid(str(id)) for id in ids}
    known = [id for id in named.values() if id]
    found = dict(Attachment.objects.filter(id__in=known).values_list("id", "digest")) if known else {}
    return [found.get(id, name) if id else name for name, id in named.items()]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
