"""The register of places as its pages show it: what lies where, who is organised there, what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.foundation import paths
from linli.foundation.templatetags.ui import figure
from linli.kernel.people import queries as people
from linli.kernel.people.queries import Viewer
from linli.kernel.places import queries as places
from linli.kernel.places.choices import Level
from linli.kernel.places.models import Place, Zone, ZoneMember
from linli.kernel.places.queries import PlaceRef

MOST = 200  # rows of one list; what lies deeper is found by going down
FACTS = (
    ("households", gettext_lazy("户数")),
    ("people", gettext_lazy("人数")),
    ("buildings", gettext_lazy("楼栋")),
)


def is_mine(viewer: Viewer, place: PlaceRef) -> bool:
    """Does the place lie on ground of one of the viewer's posts?"""
    return any(paths.contains(post.path or paths.ROOT, place.path) for post in viewer.posts)


def own_ground(viewer: Viewer) -> PlaceRef | None:
    """Return the place of the acting post; for a post everywhere, the first place there is."""
    if viewer.post is None:
        return None
    return places.by_path(viewer.post.path) or next(iter(places.children(None)), None)


def page(place: PlaceRef, viewer: Viewer, on: date) -> dict[str, Any]:
    """Return what is known of a place. The number of queries does not depend on how much there is."""
    row = Place.objects.get(pk=place.id)
    zones = list(places.zones_under(place.path)[:MOST])
    both: list[Place | Zone] = [row, *zones]
    return {
        "place": {
            "name": place.name,
            "full_name": place.full_name,
            "level": row.kind or row.get_level_display(),
        },
        "crumbs": [_link(above) for above in places.along(place.path)[:-1] if is_mine(viewer, above)],
        "aliases": "、".join(row.aliases.order_by("name").values_list("name", flat=True)),
        "facts": _facts(row),
        "warnings": [str(warned.sentence) for one in both for warned in places.warnings(one)],
        "children": _children(place),
        "zones": _zones(zones),
        "zones_total": {key: figure(_sum(zones, key)) for key, _label in FACTS[:2]},
        "organisations": people.organisations_at(place),
        "chain": people.party_chain(places.chain(place.id, on)[::-1], on),
        "party": _party(place, on),
        "unassigned": _unassigned(place, on),
    }


def _link(place: PlaceRef) -> dict[str, Any]:
    return {"name": place.name, "url": f"/desk/places/{place.id}"}


def _facts(row: Place) -> list[dict[str, Any]]:
    return [
        {"label": label, "value": figure(places.fact(row, key)), "source": row.facts[key]["source"]}
        for key, label in FACTS
        if key in row.facts
    ]


def _children(place: PlaceRef) -> list[dict[str, Any]]:
    below = places.children(place)[:MOST]
    rows = {row.pk: row for row in Place.objects.filter(pk__in=[child.id for child in below])}
    return [
        _link(child)
        | {"level": rows[child.id].get_level_display()}
        | {key: figure(places.fact(rows[child.id], key)) for key, _label in FACTS[:2]}
        for child in below
        if child.id in rows
    ]


def _zones(zones: Sequence[Zone]) -> list[dict[str, Any]]:
    """Each zone once, with the names of all the places it reaches into. One query."""
    reached: dict[Any, list[str]] = {}
    members = ZoneMember.objects.filter(zone__in=zones).order_by("place__path")
    for zone_id, name in members.values_list("zone_id", "place__name"):
        reached.setdefault(zone_id, []).append(name)
    return [
        {
            "name": zone.name,
            "kind": zone.get_kind_display(),
            "places": "、".join(reached.get(zone.pk, [])),
            **{key: figure(places.fact(zone, key)) for key, _label in FACTS[:2]},
        }
        for zone in zones
    ]


def _sum(zones: Sequence[Zone], key: str) -> int | None:
    values = [value for zone in zones if (value := places.fact(zone, key)) is not None]
    return sum(values) if values else None


def _party(place: PlaceRef, on: date) -> dict[str, Any] | None:
    """How many grids there are, how many have a party organisation, and exactly which have none."""
    if place.level not in (
        Level.COMMUNITY,
        Level.STREET,
        Level.COUNTY,
        Level.CITY,
        Level.PROVINCE,
        Level.GRID,
    ):
        return None
    grids = people.grids_under(place.path, on).count()
    without = people.grids_without_party(place.path, on)
    lacking = without.count()
    missing = [_link(found) for grid in without[:MOST] if (found := places.get(grid.pk))]
    return {
        "grids": grids,
        "with": grids - lacking,
        "lacking": lacking,
        "missing": missing,
        "more": lacking - len(missing),
    }


def _unassigned(place: PlaceRef, on: date) -> dict[str, Any]:
    buildings = places.unassigned_buildings(place.path, on)
    households = places.unassigned_households(place.path, on)
    count = households.count()
    return {
        "buildings": [_link(found) for row in buildings[:MOST] if (found := places.get(row.pk))],
        "households": list(households.select_related("parent", "parent__parent")[:MOST]) if count else [],
        "count": count,
        "said": _("%(n)s 户没有划进网格") % {"n": figure(count)} if count else "",
    }
