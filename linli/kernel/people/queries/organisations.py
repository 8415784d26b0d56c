"""Organisations where they stand: at a place, along the chain above it, and where a grid has none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from linli.foundation.canonical import canonical
from linli.foundation.paths import under
from linli.kernel.journal.queries import sm3
from linli.kernel.people.choices import OrganisationKind
from linli.kernel.people.models import Organisation
from linli.kernel.places.choices import Level
from linli.kernel.places.models import Place
from linli.kernel.places.queries import PlaceRef, along, held_on
from linli.kernel.rulebook import queries as rulebook

CHAIN = "party_chain"


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain: what it is called here, the place it belongs to, and who is there."""

    label: str
    place: PlaceRef
    organisations: tuple[Organisation, ...]


def organisations_at(place: PlaceRef) -> list[Organisation]:
    """Return the organisations of this place itself, by name. One query."""
    return list(
        Organisation.objects.filter(place_id=place.id).select_related("parent").order_by("kind", "name")
    )


def organisations_above(place: PlaceRef) -> QuerySet[Organisation]:
    """Return what stands at this place or above it: the bodies one of this place may belong to."""
    return Organisation.objects.filter(place_id__in=[one.id for one in along(place.path)]).order_by(
        "path", "name"
    )


def party_chain(way_down: Sequence[PlaceRef], on: date) -> list[Link]:
    """Return the chain of party organisations along places from the top down, in the words of the last.

    A level that the local rule does not name is no link; a link may have nobody yet. One query.
    """
    if not way_down:
        return []
    version = rulebook.rule_or_none(CHAIN, way_down[-1].path, on)
    labels = {link["level"]: link["label"] for link in version.data["links"]} if version else {}
    linked = [place for place in way_down if place.level in labels]
    there = Organisation.objects.filter(
        kind=OrganisationKind.PARTY, place_id__in=[place.id for place in linked]
    )
    found = list(there.order_by("name"))
    return [
        Link(labels[place.level], place, tuple(one for one in found if one.place_id == place.id))
        for place in linked
    ]


def grids_without_party(path: str, on: date) -> QuerySet[Place]:
    """Return the grids of a day at or under a path that have no party organisation of their own."""
    theirs = Organisation.objects.filter(kind=OrganisationKind.PARTY, place_id=OuterRef("pk"))
    return grids_under(path, on).exclude(Exists(theirs))


def grids_under(path: str, on: date) -> QuerySet[Place]:
    return Place.objects.filter(under(path), held_on(on), level=Level.GRID).order_by("path")


def digest_of_words(*words: object) -> str:
    """Return a digest of what a row calls itself: an event holds no text, but can say that it was this one."""
    return sm3(canonical([str(word) for word in words])).hex()
