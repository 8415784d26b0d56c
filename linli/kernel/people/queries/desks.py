"""The registry of desks, kept in memory: where a matter of some kind at some place lies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from sys import intern
from typing import Protocol
from uuid import UUID

from linli.kernel.journal.memory import Remembered
from linli.kernel.people.choices import GENERAL_DESKS
from linli.kernel.people.models import Desk
from linli.kernel.places.queries import tree

STAMP = "desks"


class OnTheWay(Protocol):
    """A place in a chain; ``places.queries.PlaceRef`` and ``Place`` are."""

    @property
    def id(self) -> UUID: ...

    @property
    def path(self) -> str: ...


@dataclass(frozen=True, slots=True)
class DeskRef:
    id: UUID
    kind: str
    name: str
    organisation_id: UUID
    place_id: UUID
    path: str
    county: str
    phone: str

    @property
    def is_general(self) -> bool:
        return self.kind in GENERAL_DESKS


class Desks:
    """All open desks. ``chain`` is a place and its ancestors, nearest first."""

    def __init__(self, desks: Iterable[DeskRef]) -> None:
        self._by_id = {desk.id: desk for desk in desks}
        self._at: dict[UUID, tuple[DeskRef, ...]] = {}
        for desk in self._by_id.values():
            self._at[desk.place_id] = (*self._at.get(desk.place_id, ()), desk)

    def get(self, desk_id: UUID) -> DeskRef | None:
        return self._by_id.get(desk_id)

    def at(self, place_id: UUID) -> tuple[DeskRef, ...]:
        return self._at.get(place_id, ())

    def nearest(self, kind: str, chain: Sequence[OnTheWay]) -> DeskRef | None:
        """Return the desk of ``kind`` at the nearest place of the chain that has one."""
        for place in chain:
            for desk in self.at(place.id):
                if desk.kind == kind:
                    return desk
        return None

    def parent_of(self, desk_id: UUID, chain: Sequence[OnTheWay]) -> DeskRef | None:
        """Return the general desk one level up, or None at the top.

        A grid's matter climbs to its community, street, county. A department's desk
        stands beside the general desk of its own level, so that one comes first.
        """
        desk = self._by_id.get(desk_id)
        if desk is None:
            return None
        limit = _depth(desk.path) + (0 if desk.is_general else 1)
        for place in chain:
            if _depth(place.path) < limit:
                for candidate in self.at(place.id):
                    if candidate.is_general and candidate.id != desk_id:
                        return candidate
        return None


def _depth(path: str) -> int:
    return path.count("/")


def load_desks() -> Desks:
    """Read the open desks. A province has tens of thousands: what several have is kept once, and is the places' own."""
    ground = tree.tree().rows
    found = []
    for pk, kind, name, body, place_id, path, county, phone in tree.in_pieces(
        Desk.objects.filter(closed_at__isnull=True), "id", *_COLUMNS
    ):
        place = ground.get(place_id)
        at, along = (place.id, place.path) if place and place.path == path else (place_id, path)
        found.append(DeskRef(pk, intern(kind), intern(name), body, at, along, intern(county), intern(phone)))
    return Desks(found)


_COLUMNS = ("id", "kind", "name", "organisation_id", "place_id", "path", "county", "phone")


def desks() -> Desks:
    """Return the registry as it stands; read again when the stamp "desks" has moved."""
    return _remembered.get()


_remembered = Remembered(STAMP, load_desks)
