"""The map: the parts of my ground, what is open in each, and the cases on it."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linli.foundation.addresses import asks_for
from linli.foundation.paths import contains
from linli.foundation.templatetags.ui import figure
from linli.kernel.cases.queries import showing, visible_to
from linli.kernel.people import queries as people
from linli.kernel.places import queries as places
from linli.kernel.places.choices import Level
from linli.shell.desk.queries import drawing, ground

LISTED = 30  # rows beside the map; the register has the rest
PARTS = {
    Level.GRID: gettext_lazy("网格"), Level.COMMUNITY: gettext_lazy("社区（村）"), Level.STREET: gettext_lazy("街道（乡镇）"), Level.COUNTY: gettext_lazy("区县"),
    Level.CITY: gettext_lazy("市（州）"), Level.PROVINCE: gettext_lazy("省"),
}  # fmt: skip


@require_safe
@asks_for("place", "grid", "case")
def show(request: HttpRequest) -> HttpResponse:
    """The page: the drawing, the list and the table say the same, with or without a script."""
    if case_id := _id(request, "case"):
        return redirect(_where(request, case_id))
    here, viewer, now = _ground(request), people.looking(request), timezone.now()
    found = ground.pressing(here, viewer, now)
    shown = ground.parts(here, viewer, now, found)
    outlines = places.grid_features(here.path, here.level)
    box = drawing.box_of(outlines["features"])
    chosen = here.chosen.id if here.chosen else None
    context = {
        "title": _title(here, shown, supervises=viewer.supervises(here.path)),
        "views": _views(here),
        "counts": found.counts,
        "map": {
            "outlines_url": here.url("/outlines", grid=chosen) if box else "",
            "cases_url": here.url("/cases", grid=chosen),
            "style_url": settings.BASE_MAP,
            "box": ",".join(f"{edge:.6f}" for edge in box) if box else "",
            "note": _note(outlines, found),
        },
        "drawing": drawing.draw(outlines["features"], shown, _bands(here, found)),
        "parts_label": PARTS[Level(here.level)],
        "grids": [_grid(part) for part in shown],
        "rows": [showing.row_of(case, now) for case, _band in found.cases[:LISTED]],
        "more": max(0, len(found.cases) - LISTED),
        "selected": _selected(here, shown),
    }
    return render(request, "desk/map.html", context)


@never_cache
@require_safe
@asks_for("place", "grid")
def outlines(request: HttpRequest) -> JsonResponse:
    """The parts as GeoJSON, each with its words and a point to write them at."""
    here, viewer, now = _ground(request), people.looking(request), timezone.now()
    collection = places.grid_features(here.path, here.level)
    shown = {str(part.place.id): part for part in ground.parts(here, viewer, now)}
    labels = places.points_of(part.place.id for part in shown.values())
    for feature in collection["features"]:
        if part := shown.get(feature["id"]):
            feature["properties"] |= {
                "url": part.url, "hint": part.hint, "current": part.current, "point": labels.get(part.place.id),
            }  # fmt: skip
    return JsonResponse(collection)


@never_cache
@require_safe
@asks_for("place", "grid")
def cases(request: HttpRequest) -> JsonResponse:
    """The open cases the viewer may see as GeoJSON points; ``most`` is how many are drawn at most."""
    here, viewer, now = _ground(request), people.looking(request), timezone.now()
    found = ground.pressing(here, viewer, now)
    features = ground.points(found, here)
    return JsonResponse(
        {"type": "FeatureCollection", "features": features, "most": ground.MOST, "is_cut": found.is_cut}
    )


def _ground(request: HttpRequest) -> ground.Ground:
    return ground.ground_of(people.looking(request), _id(request, "place"), _id(request, "grid"))


def _id(request: HttpRequest, name: str) -> UUID | None:
    if not (text := request.GET.get(name, "")):
        return None
    try:
        return UUID(text)
    except ValueError as wrong:
        raise Http404 from wrong


def _where(request: HttpRequest, case_id: UUID) -> str:
    """Return the address of the map that shows a case: its community, with its grid pressed."""
    viewer = people.looking(request)
    case = visible_to(viewer).filter(pk=case_id, confidential=False).first()
    if case is None:
        raise Http404
    here = ground.ground_of(viewer, None, None)
    grid = next((place for place in places.along(case.path) if place.level == Level.GRID), None)
    if grid is None or not contains(here.own, grid.path):
        return here.url()
    above = grid.parent_id if here.own != grid.path else grid.id
    return here.url(place=above, grid=grid.id)


def _title(here: ground.Ground, shown: list[ground.Part], *, supervises: bool) -> str:
    words = {
        "place": here.name, "n": figure(len(shown)), "part": PARTS[Level(here.level)],
        "open": figure(sum(part.open for part in shown)),
    }  # fmt: skip
    if here.place and here.place.level == Level.GRID:
        said = _("%(place)s，在办 %(open)s 件") if supervises else _("%(place)s，您能看到的在办 %(open)s 件")
    elif supervises:
        said = _("%(place)s，%(n)s 个%(part)s，在办 %(open)s 件")
    else:
        said = _("%(place)s，%(n)s 个%(part)s，您能看到的在办 %(open)s 件")
    return said % words


def _views(here: ground.Ground) -> list[dict[str, Any]]:
    """Return the ways back up, as far as the own ground reaches; none when this is its top."""
    if here.place is None:
        return []
    above = [place for place in places.along(here.path) if contains(here.own, place.path)]
    if len(above) < 2:
        return []
    return [
        {"label": place.name, "url": here.url(place=place.id), "current": place.id == here.place.id}
        for place in above
    ]


def _note(outlines: dict[str, Any], found: ground.Pressing) -> str:
    said = []
    if outlines["is_schematic"]:
        said.append(_("界线是示意，不作划界依据。"))
    numbers = {one["properties"]["review_number"] for one in outlines["features"]} - {""}
    if numbers:
        said.append(_("审图号：%(numbers)s。") % {"numbers": "、".join(sorted(numbers))})
    if not outlines["features"]:
        said.append(_("这里还没有录入界线，先看名单。"))
    if found.is_cut:
        said.append(_("只画最急的 %(n)d 件。") % {"n": ground.MOST})
    return "".join(said)


def _bands(here: ground.Ground, found: ground.Pressing) -> dict[UUID, dict[str, int]]:
    """Count the cases of each part by band, by the paths they were written down with."""
    counted: dict[UUID, Counter[str]] = {}
    for case, band in found.cases:
        part = next((place for place in places.along(case.path) if place.level == here.level), None)
        if part:
            counted.setdefault(part.id, Counter())[band] += 1
    return {place_id: dict(bands) for place_id, bands in counted.items()}


def _grid(part: ground.Part) -> dict[str, Any]:
    return {
        "name": part.place.name, "url": part.url, "households": part.households, "open": part.open, "over": part.over,
        "current": part.current,
    }  # fmt: skip


def _selected(here: ground.Ground, shown: list[ground.Part]) -> dict[str, Any] | None:
    part = next((part for part in shown if part.current), None)
    if part is None:
        return None
    chain = places.chain(part.place.id, timezone.now().date())
    desk = people.desks().nearest("grid", chain)
    nearest = desk if desk and desk.phone else people.desks().nearest("community", chain)
    return {
        "name": part.place.name, "hint": part.hint, "phone": nearest.phone if nearest else "",
        "holder": nearest.name if nearest else "", "all_url": here.url(),
    }  # fmt: skip
