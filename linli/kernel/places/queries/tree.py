"""The tree in memory: who lies under whom, answered without a query.

Everything down to the building is kept, as one tuple a place; units and
households are too many and are read one by one, the last ones remembered. The
tree is read when first asked for. When the stamp moves, only what is newer than
the last known revision is read, into a copy that then takes the old one's place,
so that a reader always sees one whole state.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from datetime import date
from sys import intern
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Max, QuerySet

from linli.foundation import paths
from linli.kernel.journal.memory import Remembered
from linli.kernel.places.choices import DEEP, HOUSED, TIERS, Level
from linli.kernel.places.models import Alias, Code, Housing, Place, Revision
from linli.kernel.places.queries.days import held_on, midnight, today

STAMP = "places"  # moves with every change of the register
_PIECE = 1_000
_MOST_DEEP = 20_000  # units and households kept at once, about 10 MB
_ABOVE_COUNTY = (Level.PROVINCE.value, Level.CITY.value)
_KEPT = ("id", "short", "level", "kind", "name", "path", "county", "valid_from", "valid_to")
_COLUMNS = ("id", "short", "level", "kind", "name", "path", "county", "parent_id", "valid_from", "valid_to")


class PlaceRef(NamedTuple):
    """A place as the other modules see it. ``full_name`` reads from the county down."""

    id: UUID
    short: int
    level: str
    kind: str
    name: str
    path: str
    county: str
    parent_id: UUID | None
    full_name: str


class Row(NamedTuple):
    """A place as it is kept."""

    id: UUID
    short: int
    level: str
    kind: str
    name: str
    path: str
    county: str
    parent_id: UUID | None
    valid_from: date | None
    valid_to: date | None


class Span(NamedTuple):
    """A place for a time: the grid of a building, or the bearer of a code."""

    key: int
    place_id: UUID
    valid_from: date | None
    valid_to: date | None


def is_valid(row: Row | Span, on: date) -> bool:
    """Did it hold on that day? The last day is not included."""
    return (row.valid_from is None or row.valid_from <= on) and (row.valid_to is None or on < row.valid_to)


class Tree:
    """One whole state of the register. Nothing in it changes but its caches."""

    def __init__(
        self,
        revision: int,
        rows: dict[UUID, Row],
        codes: dict[str, tuple[Span, ...]],
        housings: dict[UUID, tuple[Span, ...]],
    ) -> None:
        self.revision = revision
        self.rows = rows
        self.codes = codes
        self.housings = housings
        self.by_short = {row.short: row.id for row in rows.values()}
        self._below: dict[UUID | None, list[UUID]] | None = None
        self._named: dict[str, list[UUID]] | None = None
        self._refs: dict[UUID, PlaceRef] = {}
        self._refs_until = 0.0
        self._deep: dict[UUID, Row] = {}

    def row(self, place_id: UUID) -> Row | None:
        """Return the place, asking the database only for a unit or household not met before."""
        found = self.rows.get(place_id) or self._deep.get(place_id)
        if found is None:
            values = Place.objects.filter(id=place_id, level__in=DEEP).values_list(*_COLUMNS).first()
            if values is None:
                return None
            found = Row(*values)
            if len(self._deep) >= _MOST_DEEP:
                self._deep.clear()
            self._deep[place_id] = found
        return found

    def ref(self, place_id: UUID) -> PlaceRef | None:
        """Return the place with its full name as of today."""
        if time.time() >= self._refs_until:
            self._refs_until = midnight()
            self._refs = {}
        found = self._refs.get(place_id)
        if found is None and (row := self.row(place_id)) is not None:
            found = PlaceRef(*row[:8], self._full_name(row, today()))
            if row.level not in DEEP:
                self._refs[place_id] = found
        return found

    def grid_of(self, building_id: UUID, on: date) -> UUID | None:
        """Return the grid a building belongs to on that day."""
        for span in self.housings.get(building_id, ()):
            if is_valid(span, on):
                return span.place_id
        return None

    def lineage(self, place_id: UUID, on: date) -> list[Row]:
        """Return the place and what it lies in, upwards, a building's grid of the day put in."""
        line: list[Row] = []
        next_id: UUID | None = place_id
        while next_id is not None and (row := self.row(next_id)) is not None:
            line.append(row)
            grid_id = self.grid_of(row.id, on) if row.level in HOUSED else None
            if grid_id is not None and (grid := self.row(grid_id)) is not None:
                line.append(grid)
            next_id = row.parent_id
        return line

    def below(self, place_id: UUID | None) -> list[UUID]:
        """Return the children kept in memory, in the order of their short ids."""
        if self._below is None:
            below: dict[UUID | None, list[UUID]] = {}
            for row in sorted(self.rows.values(), key=lambda row: row.short):
                below.setdefault(row.parent_id, []).append(row.id)
            self._below = below
        return self._below.get(place_id, [])

    def named(self, name: str) -> list[UUID]:
        """Return the places kept in memory that have this name or alias."""
        if self._named is None:
            named: dict[str, list[UUID]] = {}
            for row in self.rows.values():
                named.setdefault(row.name, []).append(row.id)
            for place_id, alias in Alias.objects.values_list("place_id", "name"):
                named.setdefault(alias, []).append(place_id)
            self._named = named
        return self._named.get(name, [])

    def _full_name(self, row: Row, on: date) -> str:
        line = self.lineage(row.id, on)
        # A city without counties (贵安新区) stands where the county would.
        has_county = any(step.level == Level.COUNTY for step in line)
        left_out = _ABOVE_COUNTY if has_county else (Level.PROVINCE.value,)
        kept = [step.name for step in line if step.level not in left_out]
        return "".join(reversed(kept)) or row.name


def in_pieces(rows: QuerySet[Any], by: str, *columns: str) -> Iterator[tuple[Any, ...]]:
    """Give the rows in the order of one unique column, read a thousand at a time.

    A driver keeps a whole answer beside what is made of it, and the memory of a large one
    is not given back. What changes in between is read again: its stamp has moved.
    """
    at, after = columns.index(by), None
    while True:
        later = rows if after is None else rows.filter(**{f"{by}__gt": after})
        piece = list(later.order_by(by).values_list(*columns)[:_PIECE])
        yield from piece
        if len(piece) < _PIECE:
            return
        after = piece[-1][at]


def _load_rows(newer_than: int | None, known: dict[int, UUID]) -> dict[UUID, Row]:
    """Read places; ``known`` has the ids by short id and learns the new ones.

    A parent's id is looked up from the path: making ids costs more than all else here.
    """
    places = Place.objects.exclude(level__in=DEEP)
    if newer_than is not None:
        places = places.filter(revision__gt=newer_than)
    rows: dict[UUID, Row] = {}
    days: dict[date | None, date | None] = {}  # few, and each is kept once
    for place_id, short, level, kind, name, path, county, start, end in in_pieces(places, "path", *_KEPT):
        known[short] = place_id
        above = path.rsplit("/", 3)[-3] if path.count("/") > 2 else ""
        parent_id = known.get(int(above, 36)) if above else None
        rows[place_id] = Row(
            place_id,
            short,
            intern(level),
            intern(kind),
            intern(name),
            path,
            intern(county),
            parent_id,
            days.setdefault(start, start),
            days.setdefault(end, end),
        )
    return rows


def _load_spans(
    model: Any, key: str, place: str, known: dict[int, UUID], newer_than: int | None
) -> dict[Any, tuple[Span, ...]]:
    """Read what places are for a time, by ``key``; the short id of a place (``…__short``) stands for its id."""
    spans = model.objects.all()
    if newer_than is not None:
        spans = spans.filter(revision__gt=newer_than)
    found: dict[Any, tuple[Span, ...]] = {}
    days: dict[date | None, date | None] = {}
    columns = (key, "id", f"{place}__short", "valid_from", "valid_to")
    for owner, span_id, short, start, end in in_pieces(spans, "id", *columns):
        owner = known.get(owner) if key.endswith("__short") else owner  # noqa: PLW2901 -- the same, said otherwise
        # A place that came in after the places were read is known the next time.
        if owner is not None and short in known:
            span = Span(span_id, known[short], days.setdefault(start, start), days.setdefault(end, end))
            found[owner] = (*found[owner], span) if owner in found else (span,)
    return found


def _merged(
    old: dict[Any, tuple[Span, ...]], new: dict[Any, tuple[Span, ...]]
) -> dict[Any, tuple[Span, ...]]:
    """Put the changed spans in the place of those they were, by key."""
    whole = dict(old)
    for owner, spans in new.items():
        by_key = {span.key: span for span in (*whole.get(owner, ()), *spans)}
        whole[owner] = tuple(by_key[key] for key in sorted(by_key))
    return whole


class _Loader:
    """Reads the register; keeps the last state to start the next from."""

    def __init__(self) -> None:
        self._last: Tree | None = None

    def __call__(self) -> Tree:
        last = self._last
        # The revision is read first: what comes in meanwhile is read again next time.
        revision = Revision.objects.aggregate(newest=Max("id"))["newest"] or 0
        if last is not None and Revision.objects.filter(id=last.revision).exists():
            made = self._newer(revision, last)
        else:
            made = self._whole(revision)
        self._last = made
        return made

    def _whole(self, revision: int) -> Tree:
        known: dict[int, UUID] = {}
        rows = _load_rows(None, known)
        codes = _load_spans(Code, "code", "place", known, None)
        return Tree(revision, rows, codes, _load_spans(Housing, "building__short", "grid", known, None))

    def _newer(self, revision: int, last: Tree) -> Tree:
        known = dict(last.by_short)
        rows = {**last.rows, **_load_rows(last.revision, known)}
        codes = _merged(last.codes, _load_spans(Code, "code", "place", known, last.revision))
        housings = _load_spans(Housing, "building__short", "grid", known, last.revision)
        return Tree(revision, rows, codes, _merged(last.housings, housings))


_tree: Remembered[Tree] = Remembered(STAMP, _Loader())


def tree() -> Tree:
    """Return the tree as it is now."""
    return _tree.get()


def get(place_id: UUID) -> PlaceRef | None:
    """Return a place, also one that has ended: identity outlives validity."""
    return tree().ref(place_id)


def standing(place_id: UUID, on: date) -> PlaceRef | None:
    """Return the place, or if it has ended what it was merged into, or else what it lay in."""
    now = tree()
    row, seen = now.row(place_id), {place_id}
    while row is not None and row.valid_to is not None and row.valid_to <= on:
        heir: UUID | None = Place.objects.filter(id=row.id).values_list("merged_into_id", flat=True).first()
        next_id = heir or row.parent_id
        if next_id is None or next_id in seen:
            break
        seen.add(next_id)
        row = now.row(next_id)
    return now.ref(row.id) if row is not None else None


def at_building(place_id: UUID) -> PlaceRef | None:
    """Return the place, or the building of a unit or household: the finest that is shown to who need not go there."""
    now = tree()
    row = now.row(place_id)
    while row is not None and row.level in DEEP and row.parent_id is not None:
        row = now.row(row.parent_id)
    return now.ref(row.id) if row is not None else None


def get_many(place_ids: Iterable[UUID]) -> dict[UUID, PlaceRef]:
    """Return the places there are, by id."""
    now = tree()
    return {place_id: ref for place_id in place_ids if (ref := now.ref(place_id)) is not None}


def chain(place: PlaceRef | Place | UUID, on: date) -> list[PlaceRef]:
    """Return the place, its grid, community, street, county, city, province on that day.

    The nearest first. A building's grid is the one it belonged to on the day.
    """
    now = tree()
    place_id = place if isinstance(place, UUID) else place.id
    return [ref for row in now.lineage(place_id, on) if (ref := now.ref(row.id)) is not None]


def path_on(place: PlaceRef | Place | UUID, on: date) -> str:
    """Return the path as it was seen on that day, with a building's grid put in.

    This is what is written on what happens at a place, so that "under this grid"
    finds it even after the building has moved to another one.
    """
    place_id = place if isinstance(place, UUID) else place.id
    path = ""
    for row in reversed(tree().lineage(place_id, on)):
        path = paths.child(path, row.short)
    return path


def along(path: str) -> list[PlaceRef]:
    """Return the places of a path, from the root down; those not in memory are left out."""
    now = tree()
    ids = (now.by_short.get(short) for short in paths.shorts(path))
    return [ref for place_id in ids if place_id is not None and (ref := now.ref(place_id)) is not None]


def by_path(path: str) -> PlaceRef | None:
    """Return the place a path ends in, if it is one kept in memory."""
    shorts = paths.shorts(path)
    place_id = tree().by_short.get(shorts[-1]) if shorts else None
    return get(place_id) if place_id else None


def by_code(code: str, on: date) -> PlaceRef | None:
    """Return the place that bore this code on that day, in whatever scheme."""
    now = tree()
    for span in now.codes.get(code, ()):
        if is_valid(span, on):
            return now.ref(span.place_id)
    return None


def children(place: PlaceRef | Place | UUID | None, on: date | None = None) -> list[PlaceRef]:
    """Return what lies directly under a place on a day (today), None for the roots.

    Under a grid these are the buildings it houses.
    """
    now = tree()
    on = on or today()
    place_id = place if place is None or isinstance(place, UUID) else place.id
    row = now.row(place_id) if place_id else None
    if row is not None and row.level in (*HOUSED, Level.UNIT):
        ids = list(Place.objects.filter(parent_id=place_id).order_by("short").values_list("id", flat=True))
    else:
        ids = list(now.below(place_id))
    if row is not None and row.level == Level.GRID:
        ids += housed_in(row.id, on)
    valid = (row.id for child_id in ids if (row := now.row(child_id)) is not None and is_valid(row, on))
    return [ref for child_id in valid if (ref := now.ref(child_id)) is not None]


def housed_in(grid_id: UUID, on: date) -> list[UUID]:
    """Return the buildings of a grid on a day."""
    rows = Housing.objects.filter(held_on(on), grid_id=grid_id).order_by("building__short")
    return list(rows.values_list("building_id", flat=True))


def tier(level: str) -> int:
    """Return how far down the tree a level stands; those beside the tiers come last."""
    return TIERS.index(Level(level)) if level in TIERS else len(TIERS)
