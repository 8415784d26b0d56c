"""The desk's inbox: ordered by deadline, paged by keyset, the same cost at any length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q

from linli.foundation.worktime import SHANGHAI
from linli.kernel.cases.models import NEVER, Assignment, Case
from linli.kernel.cases.queries.seeing import open_to

if TYPE_CHECKING:
    from linli.kernel.people.queries import Viewer

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
COUNTED_TO = 200  # beyond it the strip says "200+": nobody reads a longer count

Cursor = tuple[datetime, UUID]


def cursor(text: str) -> Cursor:
    """Read where a page begins, ``<time>_<id>`` as :func:`mark` wrote it; raise ValueError for anything else."""
    at, _bar, pk = text.partition("_")
    moment = datetime.fromisoformat(at)
    # Outside of these a database could not turn the moment into its own time.
    if moment.tzinfo is None or not EARLIEST <= moment <= NEVER:
        raise ValueError(text)
    return moment, UUID(pk)


def mark(after: Cursor) -> str:
    """Write down where a page begins."""
    return f"{after[0].isoformat()}_{after[1]}"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of cases, and where the next one begins (None at the end)."""

    cases: Sequence[Case]
    after: Cursor | None


def inbox(
    viewer: Viewer,
    *,
    band: str = "",
    now: datetime,
    after: Cursor | None = None,
    limit: int = 50,
    flow: str = "",
) -> Page:
    """Return the open cases that the viewer's desks hold, the most pressing first. One query."""
    held = _held(viewer) & _band(band, now)
    if flow:
        held &= Q(flow=flow)
    if after:
        held &= Q(sort_at__gt=after[0]) | Q(sort_at=after[0], id__gt=after[1])
    rows = list(Case.objects.filter(held).order_by("sort_at", "id")[: limit + 1])
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, (rows[-1].sort_at, rows[-1].pk) if more else None)


def band_counts(viewer: Viewer, now: datetime) -> dict[str, int]:
    """Count what is over, due today, later and paused; up to ``COUNTED_TO`` in all. One query."""
    rows = Case.objects.filter(_held(viewer)).order_by("sort_at", "id")
    counted: Counter[str] = Counter()
    for sort_at, paused in rows.values_list("sort_at", "paused_since")[:COUNTED_TO]:
        counted[band_of(sort_at, paused, now)] += 1
    return {band: counted[band] for band in ("over", "soon", "fine", "halt")}


def band_of(due: datetime, paused: datetime | None, now: datetime) -> str:
    if paused:
        return "halt"
    if due < now:
        return "over"
    return "soon" if due < end_of_day(now) else "fine"


def end_of_day(now: datetime) -> datetime:
    """Return the midnight that ends the Shanghai day of ``now``."""
    day = now.astimezone(SHANGHAI).date() + timedelta(days=1)
    return datetime.combine(day, time(0), SHANGHAI)


def called_to(viewer: Viewer, limit: int = 20) -> list[Assignment]:
    """Return the open calls (吹哨) to the viewer's desks, the most pressing first. One query.

    A call ends with its case, and with the case's turning out to be a protected matter.
    """
    rows = Assignment.objects.filter(
        desk_id__in=_desks(viewer), done_at=None, case__closed_at=None, case__confidential=False
    )
    return list(rows.select_related("case").order_by("due_at", "id")[:limit])


def _desks(viewer: Viewer) -> list[UUID]:
    return [post.desk_id for post in viewer.posts if post.desk_id]


def _held(viewer: Viewer) -> Q:
    return (Q(holder_id__in=_desks(viewer)) | open_to(viewer)) & Q(closed_at=None)


def _band(band: str, now: datetime) -> Q:
    today = end_of_day(now)
    return {
        "over": Q(sort_at__lt=now, paused_since=None),
        "soon": Q(sort_at__gte=now, sort_at__lt=today, paused_since=None),
        "fine": Q(sort_at__gte=today, sort_at__lte=NEVER, paused_since=None),
        "halt": Q(paused_since__isnull=False),
    }.get(band, Q())
