"""What has passed through somebody's desks, wherever it lies now."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import QuerySet

from linli.kernel.cases.models import Case

if TYPE_CHECKING:
    from linli.kernel.people.queries import Viewer


def passed_through(
    viewer: Viewer, rows: QuerySet[Case], *, after: UUID | None = None, limit: int
) -> list[Case]:
    """Return those of ``rows`` that have passed through the viewer's desks, newest first.

    ``after`` is the id of the last one seen. One query a desk, along that desk's own index,
    whatever the number of cases. A confidential case has left every list.
    """
    found: dict[UUID, Case] = {}
    for desk_id in sorted(viewer.desk_ids):
        onward = {"passages__case_id__lt": after} if after else {}
        passed = rows.filter(passages__desk_id=desk_id, confidential=False, **onward)
        found |= {case.pk: case for case in passed.order_by("-passages__case_id")[:limit]}
    return [found[pk] for pk in sorted(found, reverse=True)[:limit]]
