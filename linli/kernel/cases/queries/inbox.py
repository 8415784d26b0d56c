"""The desk's inbox: ordered by deadline, paged by keyset, the same cost at any length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Q, QuerySet

from linli.foundation.sql import Asked
from linli.foundation.worktime import SHANGHAI
from linli.kernel.cases.models import NEVER, Assignment, Case
from linli.kernel.cases.queries.seeing import AskedAs, open_to

if TYPE_CHECKING:
    from linli.kernel.people.queries import Viewer

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
BANDS: dict[str, tuple[str, ...]] = {
    "over": ("now",),
    "soon": ("now", "today"),
    "fine": ("today",),
    "halt": (),
}
MOST_CALLS = 20
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
    asked = _page(band if band in BANDS else "", flow, goes_on=bool(after), limit=limit)
    start = {"sort_at": after[0], "pk": after[1]} if after else {}
    rows = asked.every(Case, viewer, **_times(band, now), **start)
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, (rows[-1].sort_at, rows[-1].pk) if more else None)


@lru_cache(maxsize=1000)
def _page(band: str, flow: str, *, goes_on: bool, limit: int) -> AskedAs:
    def build(viewer: Viewer, **given: Any) -> QuerySet[Case]:
        held = _held(viewer) & _band(band, given)
        if flow:
            held &= Q(flow=flow)
        if goes_on:
            held &= Q(sort_at__gt=given["sort_at"]) | Q(sort_at=given["sort_at"], id__gt=given["pk"])
        return Case.objects.filter(held).order_by("sort_at", "id")[: limit + 1]

    start = {"sort_at": EARLIEST + timedelta(days=3), "pk": UUID(int=3)} if goes_on else {}
    return AskedAs(build, **_times(band, EARLIEST + timedelta(days=1)), **start)


def band_counts(viewer: Viewer, now: datetime) -> dict[str, int]:
    """Count what is over, due today, later and paused; up to ``COUNTED_TO`` in all. One query."""
    counted: Counter[str] = Counter()
    for sort_at, paused in _COUNTED.rows(viewer):
        counted[band_of(sort_at, paused, now)] += 1
    return {band: counted[band] for band in BANDS}


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


def called_to(viewer: Viewer) -> list[Assignment]:
    """Return the open calls (吹哨) to the viewer's desks, the most pressing first.

    A call ends with its case, and with the case's turning out to be a protected matter.
    One query where there are none, which is most of the time; two otherwise.
    """
    calls = _CALLED.every(Assignment, desks=_desks(viewer))
    cases = Case.objects.in_bulk([call.case_id for call in calls]) if calls else {}
    for call in calls:
        call.case = cases[call.case_id]
    return calls


def _desks(viewer: Viewer) -> list[UUID]:
    return [post.desk_id for post in viewer.posts if post.desk_id]


def _held(viewer: Viewer) -> Q:
    return (Q(holder_id__in=_desks(viewer)) | open_to(viewer)) & Q(closed_at=None)


def _times(band: str, now: datetime) -> dict[str, datetime]:
    """Return the moments that the condition of a band asks for."""
    both = {"now": now, "today": end_of_day(now)}
    return {name: both[name] for name in BANDS.get(band, ())}


def _band(band: str, at: Mapping[str, datetime]) -> Q:
    if band == "over":
        return Q(sort_at__lt=at["now"], paused_since=None)
    if band == "soon":
        return Q(sort_at__gte=at["now"], sort_at__lt=at["today"], paused_since=None)
    if band == "fine":
        return Q(sort_at__gte=at["today"], sort_at__lte=NEVER, paused_since=None)
    return Q(paused_since__isnull=False) if band == "halt" else Q()


_COUNTED = AskedAs(
    lambda viewer: (
        Case.objects.filter(_held(viewer))
        .order_by("sort_at", "id")
        .values_list("sort_at", "paused_since")[:COUNTED_TO]
    )
)
_CALLED = Asked(
    lambda desks: Assignment.objects.filter(
        desk_id__in=desks, done_at=None, case__closed_at=None, case__confidential=False
    ).order_by("due_at", "id")[:MOST_CALLS],
    desks=[UUID(int=1)],
)
