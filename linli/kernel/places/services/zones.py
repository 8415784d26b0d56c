"""Zones that cross the tree, and the grid each building belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.foundation.errors import Absent, InvalidInput
from linli.foundation.rules import Actor
from linli.foundation.text import clean
from linli.kernel.places.choices import HOUSED, Level, ZoneKind
from linli.kernel.places.models import Housing, Place, Zone, ZoneMember
from linli.kernel.places.services import register
from linli.kernel.places.services.changing import close, locked


@transaction.atomic
def add_zone(
    *,
    kind: str,
    name: str,
    place_ids: Sequence[UUID],
    now: datetime,
    actor: Actor,
    facts: Mapping[str, Any] | None = None,
    tags: Sequence[str] = (),
) -> Zone:
    """Add a zone of these places, which may lie in different branches of the tree."""
    change = register.begin(now=now, actor=actor)
    cleaned = clean(name, 60)
    if kind not in ZoneKind or not cleaned:
        raise InvalidInput(_("要写明名称和种类。"), field="kind" if cleaned else "name")
    zone = Zone.objects.create(kind=kind, name=cleaned, facts=dict(facts or {}), tags=list(tags))
    _set_members(zone, place_ids)
    change.note(zone, "add", {"kind": kind, "places": [str(place_id) for place_id in place_ids]}, kind="zone")
    return zone


@transaction.atomic
def set_zone_members(*, zone_id: UUID, place_ids: Sequence[UUID], now: datetime, actor: Actor) -> Zone:
    """Let a zone consist of exactly these places."""
    change = register.begin(now=now, actor=actor)
    zone = Zone.objects.filter(id=zone_id).first()
    if zone is None:
        raise Absent(_("没有这个区域。"))
    _set_members(zone, place_ids)
    change.note(zone, "members", {"places": [str(place_id) for place_id in place_ids]}, kind="zone")
    return zone


@transaction.atomic
def house(
    *,
    building_ids: Iterable[UUID],
    grid_id: UUID,
    on: date | None,
    now: datetime,
    actor: Actor,
) -> None:
    """Let buildings belong to a grid of their community from a day on (None: ever).

    Where a building was before ends that day; a building is never in two grids at once.
    """
    change = register.begin(now=now, actor=actor)
    grid = locked(grid_id)
    if grid.level != Level.GRID or grid.valid_to is not None:
        raise InvalidInput(_("要选一个在用的网格。"), field="grid")
    housed = [_house(change, locked(building_id), grid, on) for building_id in dict.fromkeys(building_ids)]
    moved = [str(building.id) for building in housed if building is not None]
    if moved:
        change.note(grid, "house", {"buildings": moved, "on": on.isoformat() if on else ""})


def _house(change: register.Change, building: Place, grid: Place, on: date | None) -> Place | None:
    """Move one building; return it, or None if it is there already."""
    if building.level not in HOUSED:
        raise InvalidInput(_("只有楼栋能划进网格。"), field="building")
    if building.parent_id != grid.parent_id:
        raise InvalidInput(
            _("%(building)s和%(grid)s不在同一个社区。") % {"building": building.name, "grid": grid.name},
            field="building",
        )
    current = Housing.objects.filter(building=building, valid_to__isnull=True).first()
    if current is not None and current.grid_id == grid.id:
        return None
    if current is not None and on is not None:
        close(change, current, on)
    begun = Q() if on is None else Q(valid_to__isnull=True) | Q(valid_to__gt=on)
    if Housing.objects.filter(begun, building=building).exists():
        raise InvalidInput(
            _("%(building)s在那一天已经属于别的网格。") % {"building": building.name}, field="building"
        )
    Housing.objects.create(building=building, grid=grid, valid_from=on, revision=change.revision)
    return building


def _set_members(zone: Zone, place_ids: Sequence[UUID]) -> None:
    wanted = list(dict.fromkeys(place_ids))
    places = {place.id: place for place in Place.objects.filter(id__in=wanted)}
    if not wanted or len(places) != len(wanted):
        raise InvalidInput(_("有的地方在系统里没有。"), field="places")
    ZoneMember.objects.filter(zone=zone).exclude(place_id__in=wanted).delete()
    kept = set(ZoneMember.objects.filter(zone=zone).values_list("place_id", flat=True))
    ZoneMember.objects.bulk_create(
        ZoneMember(zone=zone, place_id=place_id) for place_id in wanted if place_id not in kept
    )
    # A zone counts for one county; one that crosses counties belongs to none.
    counties = {place.county for place in places.values()}
    zone.county = counties.pop() if len(counties) == 1 else ""
    zone.save(update_fields=["county"])
