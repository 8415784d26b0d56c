"""What is wrong with the register: people per household, buildings and households in no grid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise
from typing import Any
from uuid import UUID

import shapely
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from linli.foundation.paths import child, shorts, under
from linli.kernel.journal.verify import Finding, Report
from linli.kernel.places.choices import Level
from linli.kernel.places.models import Housing, Outline, Place, Zone
from linli.kernel.places.queries.days import held_on

# People to a household, as exact fractions: below 3/2 or above 8 somebody has miscounted.
_LEAST, _MOST = (3, 2), (8, 1)


@dataclass(frozen=True, slots=True)
class Warned:
    """Something about a place that a person should look at: a code for it, and a sentence."""

    code: str
    sentence: Any


def fact(place: Place | Zone, key: str) -> int | None:
    """Return the value of a fact, or None where it was not counted."""
    found = place.facts.get(key)
    return found["value"] if found else None


def warnings(place: Place | Zone) -> list[Warned]:
    """Return what looks wrong in the facts of a place (a row of the register, or a zone)."""
    people, households = fact(place, "people"), fact(place, "households")
    if people is None or households is None:
        return []
    if households == 0:
        return [Warned("no_households", _("有人口，却没有户。"))] if people else []
    few = people * _LEAST[1] < households * _LEAST[0]
    many = people * _MOST[1] > households * _MOST[0]
    if not few and not many:
        return []
    sentence = _("%(name)s有%(households)d户、%(people)d人，平均每户不在1.5到8人之间，请核对。") % {
        "name": place.name,
        "households": households,
        "people": people,
    }
    return [Warned("people_per_household", sentence)]


def unassigned_households(path: str, on: date) -> QuerySet[Place]:
    """Return the households under a path that belong to no grid on a day.

    A household belongs to a grid by its building, or, where there are no buildings,
    by lying directly under the grid.
    """
    held = Housing.objects.filter(
        held_on(on), Q(building_id=OuterRef("parent_id")) | Q(building_id=OuterRef("parent__parent_id"))
    )
    return (
        Place.objects.filter(under(path), held_on(on), level=Level.HOUSEHOLD)
        .exclude(parent__level=Level.GRID)
        .exclude(Exists(held))
        .order_by("path")
    )


def unassigned_buildings(path: str, on: date) -> QuerySet[Place]:
    """Return the buildings under a path that belong to no grid on a day."""
    held = Housing.objects.filter(held_on(on), building_id=OuterRef("id"))
    buildings = Place.objects.filter(under(path), held_on(on), level=Level.BUILDING)
    return buildings.exclude(Exists(held)).order_by("path")


def leads_to(path: str, place_id: UUID) -> bool:
    """Does a path lead to a place, each part of it lying in the one before or housed by it at some time?"""
    line = shorts(path)
    rows = {place.short: place for place in Place.objects.filter(short__in=line)}
    found = [rows[short] for short in line if short in rows]
    if len(found) != len(line) or not found or found[-1].id != place_id or found[0].parent_id:
        return False
    apart = [(above, below) for above, below in pairwise(found) if below.parent_id != above.id]
    return all(Housing.objects.filter(building=below, grid=above).exists() for above, below in apart)


def check_register(report: Report) -> Iterator[Finding]:
    """Look over the register for ``verify``: paths follow parents, grids of a community do not overlap."""
    lines = Place.objects.order_by("path").values_list("id", "short", "path", "parent_id", "parent__path")
    for id, short, path, parent_id, above in lines.iterator(chunk_size=5000):
        report.count("places")
        if path != child(above or "", short) or (parent_id and above is None):
            yield Finding("places.register", _("地方的路径和它的上级对不上。"), str(id))
    rows = Outline.objects.filter(valid_to__isnull=True, place__level=Level.GRID).order_by("place__parent_id")
    found = rows.values_list("place__parent_id", "wkb").iterator(1000)
    for community_id, grids in groupby(found, key=lambda row: row[0]):
        report.count("communities with grids")
        if not shapely.coverage_is_valid(shapely.from_wkb([bytes(wkb) for _parent, wkb in grids])):
            yield Finding("places.register", _("社区的网格重叠，或者边界没有对齐。"), str(community_id))
