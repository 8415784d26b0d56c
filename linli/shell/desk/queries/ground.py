"""The ground of the map: which places it draws, how much is open in each, which cases lie where.

One level is drawn at a time, the one below the place shown: a county's streets, a
street's communities, a community's grids. The cases are those the viewer may see,
and of them the ``MOST`` most pressing. Who supervises the ground is shown how much is
open in each part, from the rollups; anybody else how many of those cases lie in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.utils.translation import gettext as _

from linli.foundation import geometry, paths
from linli.foundation.errors import Absent
from linli.foundation.templatetags.ui import figure
from linli.kernel.cases import queries as cases
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import showing
from linli.kernel.cases.queries.inbox import band_of
from linli.kernel.figures import queries as figures
from linli.kernel.people.queries import Viewer
from linli.kernel.places import queries as places
from linli.kernel.places.choices import TIERS, Level
from linli.kernel.places.models import Place
from linli.kernel.places.queries import PlaceRef

MOST = 300  # cases drawn and listed at most; the page says so when there are more
OPEN, OVERDUE = "requests.open", "requests.overdue_now"
BANDS = ("over", "soon", "fine", "halt")
_DRAWN = TIERS[: TIERS.index(Level.GRID) + 1]


@dataclass(frozen=True, slots=True)
class Ground:
    """What the map shows. ``place`` None is everywhere; ``chosen`` is the part that was pressed."""

    own: str
    place: PlaceRef | None
    level: str
    chosen: PlaceRef | None

    @property
    def path(self) -> str:
        return self.place.path if self.place else paths.ROOT

    @property
    def name(self) -> str:
        return self.place.name if self.place else _("全部")

    def url(self, page: str = "", *, place: UUID | None = None, grid: UUID | None = None) -> str:
        """Return the address of the map, or of its data, at this or another place."""
        at = place or (self.place.id if self.place else None)
        query = urlencode({name: value for name, value in (("place", at), ("grid", grid)) if value})
        return f"/desk/map{page}{'?' if query else ''}{query}"

    def url_of(self, part: PlaceRef) -> str:
        """Return where a press on a part leads: further down, or to the list of a grid."""
        if part.level != Level.GRID:
            return self.url(place=part.id)
        return self.url(grid=None if self.chosen and self.chosen.id == part.id else part.id)


@dataclass(frozen=True, slots=True)
class Part:
    """One place drawn, with what is counted in it; ``households`` None is not known."""

    place: PlaceRef
    url: str
    households: int | None
    open: int
    over: int
    current: bool

    @property
    def hint(self) -> str:
        words = {"households": figure(self.households), "open": figure(self.open)}
        return (
            _("%(households)s 户，在办 %(open)s") % words if self.households else _("在办 %(open)s") % words
        )


def ground_of(viewer: Viewer, place_id: UUID | None, grid_id: UUID | None) -> Ground:
    """Return the ground of the acting post, or of a place in it; raise Absent for any other."""
    if viewer.post is None:
        raise Absent(_("没有这个页面。"))
    own = viewer.post.path or paths.ROOT
    place = _within(own, place_id) if place_id else places.by_path(own)
    level = _below(place.level if place else "")
    chosen = _within(place.path if place else own, grid_id) if grid_id else None
    return Ground(own, place, level, chosen)


def _within(path: str, place_id: UUID) -> PlaceRef:
    found = places.get(place_id)
    if found is None or found.level not in _DRAWN or not paths.contains(path, found.path):
        raise Absent(_("没有这个地方，或者不在您的辖区里。"))
    return found


def _below(level: str) -> str:
    """Return the tier under a level; a grid is drawn by itself."""
    if level not in _DRAWN:
        return Level.GRID if level else _DRAWN[0]
    return _DRAWN[min(_DRAWN.index(Level(level)) + 1, len(_DRAWN) - 1)]


def parts(ground: Ground, viewer: Viewer, now: datetime, found: Pressing | None = None) -> list[Part]:
    """Return the places drawn, with their counts. Two queries, one where ``found`` tells the counts."""
    below = [ground.place] if ground.place and ground.place.level == Level.GRID else _children(ground)
    counted = _counted(ground, now) if viewer.supervises(ground.path) else _seen(ground, viewer, now, found)
    rows = Place.objects.filter(id__in=[place.id for place in below]).values_list("id", "facts")
    households = {place_id: facts.get("households", {}).get("value") for place_id, facts in rows}
    return [
        Part(
            place=place,
            url=ground.url_of(place),
            households=households.get(place.id),
            open=counted.get(place.path, {}).get(OPEN, 0),
            over=counted.get(place.path, {}).get(OVERDUE, 0),
            current=ground.chosen is not None and ground.chosen.id == place.id,
        )
        for place in below
    ]


def _children(ground: Ground) -> list[PlaceRef]:
    return [place for place in places.children(ground.place) if place.level == ground.level]


def _counted(ground: Ground, now: datetime) -> Mapping[str, Mapping[str, int]]:
    today = figures.last_days(1, now)
    if ground.place and ground.place.level == Level.GRID:
        return {ground.path: figures.totals([OPEN, OVERDUE], ground.path, today)}
    return figures.totals_by_child([OPEN, OVERDUE], ground.path, today)


def _seen(
    ground: Ground, viewer: Viewer, now: datetime, found: Pressing | None
) -> Mapping[str, Mapping[str, int]]:
    """Count what the viewer may see, by the part it lies in; all parts, whichever was pressed."""
    if found is None or ground.chosen:
        found = pressing(replace(ground, chosen=None), viewer, now)
    counted: dict[str, Counter[str]] = {}
    for case, band in found.cases:
        part = next((place for place in places.along(case.path) if place.level == ground.level), None)
        if part:
            counted.setdefault(part.path, Counter()).update([OPEN, OVERDUE] if band == "over" else [OPEN])
    return counted


@dataclass(frozen=True, slots=True)
class Pressing:
    """The open cases on the ground that the viewer may see, the most pressing first, with their band."""

    cases: Sequence[tuple[Case, str]]
    is_cut: bool

    @property
    def counts(self) -> dict[str, str]:
        """How many of each band; more than were read is said with a plus."""
        more = "+" if self.is_cut else ""
        return {name: f"{sum(band == name for _case, band in self.cases)}{more}" for name in BANDS}


def pressing(ground: Ground, viewer: Viewer, now: datetime) -> Pressing:
    """Confidential matters are on no map, not even for the desk that holds them. One query."""
    at = ground.chosen.path if ground.chosen else ground.path
    open_here = paths.under(at) if at != paths.ROOT else paths.under("")
    found = cases.visible_to(viewer).filter(open_here, closed_at=None, confidential=False)
    rows = list(found.order_by("sort_at", "id")[: MOST + 1])
    banded = [(case, band_of(case.sort_at, case.paused_since, now)) for case in rows[:MOST]]
    return Pressing(banded, len(rows) > MOST)


def points(found: Pressing, ground: Ground) -> list[dict[str, Any]]:
    """Return the cases as GeoJSON points, those of one spot and band as one. One query."""
    spots = _spots([case for case, _band in found.cases])
    heaps: dict[tuple[tuple[float, float], str], list[Case]] = {}
    for case, band in found.cases:
        if case.pk in spots:
            heaps.setdefault((spots[case.pk], band), []).append(case)
    return [_point(spot, band, heap, ground) for (spot, band), heap in heaps.items()]


def _point(spot: tuple[float, float], band: str, heap: list[Case], ground: Ground) -> dict[str, Any]:
    first = heap[0]
    name = showing.title_of(first)
    if len(heap) > 1:
        name = _("%(name)s等 %(n)d 件") % {"name": name, "n": len(heap)}
    grid = next((place for place in places.along(first.path) if place.level == Level.GRID), None)
    is_one = len(heap) == 1 or grid is None
    url = first.get_absolute_url() if is_one else ground.url(grid=grid.id)  # type: ignore[union-attr]  # asked in is_one
    return {
        "type": "Feature",
        "properties": {"name": name, "url": url, "state": band, "count": len(heap)},
        "geometry": {"type": "Point", "coordinates": list(spot)},
    }


def _spots(rows: Sequence[Case]) -> dict[UUID, tuple[float, float]]:
    """Return where each case lies: the point given with it, else inside the nearest outline up its path."""
    spots = {
        case.pk: geometry.degrees(case.lon, case.lat)
        for case in rows
        if case.lon is not None and case.lat is not None
    }
    lines = {
        case.pk: [case.place_id, *(place.id for place in reversed(places.along(case.path)))]
        for case in rows
        if case.pk not in spots
    }
    known = places.points_of({place_id for line in lines.values() for place_id in line}) if lines else {}
    for pk, line in lines.items():
        if nearest := next((known[place_id] for place_id in line if place_id in known), None):
            spots[pk] = nearest
    return spots
