"""The newest of all a viewer may see, however long the archive has become.

``visible_to`` is one condition with an OR for each reason why a case may be seen. With an
OR no index leads to the newest rows: a database reads the archive backwards until it has
found a page of them, and for a small desk that is the whole archive. So each reason is
asked for its own newest, along its own index, and the newest of them together are the page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q, QuerySet

from linli.foundation import paths
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries.seeing import reasons, supervised, visible_to
from linli.kernel.places import queries as places

if TYPE_CHECKING:
    from linli.kernel.people.queries import Viewer


def newest(viewer: Viewer, rows: QuerySet[Case], *, after: UUID | None = None, limit: int) -> list[Case]:
    """Return those of ``rows`` that the viewer may see, newest first; ``after`` is the id of the last one seen.

    One query for each reason to see a case, and one more. The last asks ``visible_to``
    again, so that nothing is in the page that is not in it.
    """
    onward = rows.filter(pk__lt=after) if after else rows
    found: set[UUID] = set()
    for reason in [*reasons(viewer), *(_under(path) for path in supervised(viewer))]:
        found.update(onward.filter(reason).order_by("-id").values_list("pk", flat=True)[:limit])
    page = sorted(found, reverse=True)[:limit]
    return list(visible_to(viewer).filter(pk__in=page).order_by("-id")) if page else []


def _under(path: str) -> Q:
    """The condition that it lies under a place; with the county, which leads the index by place."""
    place = places.by_path(path)
    county = Q(county=place.county) if place and place.county else Q()
    return county & paths.under(path) & Q(confidential=False)
