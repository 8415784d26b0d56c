"""Zones across the tree: listed wherever they reach, counted once."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from linli.foundation.paths import under
from linli.kernel.places.models import Zone, ZoneMember
from linli.kernel.places.queries.checks import fact


def zones_under(path: str, kind: str = "") -> QuerySet[Zone]:
    """Return the zones that have a place at or under the path, each once, by name."""
    reached = ZoneMember.objects.filter(under(path, "place__path")).values("zone_id")
    zones = Zone.objects.filter(id__in=reached).order_by("name", "id")
    return zones.filter(kind=kind) if kind else zones


def zones_of(place_id: UUID) -> QuerySet[Zone]:
    """Return the zones a place belongs to."""
    return Zone.objects.filter(members__place_id=place_id).order_by("kind", "name", "id")


def zone_total(path: str, kind: str, key: str) -> int | None:
    """Add up a fact over the zones of a kind under a path, each counted once.

    None where no zone has the fact: nothing counted is not nought.
    """
    values = [value for zone in zones_under(path, kind) if (value := fact(zone, key)) is not None]
    return sum(values) if values else None


def members(zone_id: UUID) -> list[UUID]:
    """Return the places of a zone."""
    rows = ZoneMember.objects.filter(zone_id=zone_id).order_by("place__short")
    return list(rows.values_list("place_id", flat=True))
