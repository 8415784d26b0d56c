"""Which version of a rule counts at a place on a day.

The nearest place up the path that has a rule valid on that day; there, what was
made locally before what is shipped, and the latest version. All versions stand in
memory until the stamp "rulebook" moves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from linli.foundation import paths
from linli.foundation.errors import Absent
from linli.kernel.journal.memory import Remembered
from linli.kernel.rulebook.choices import Origin
from linli.kernel.rulebook.models import RuleSet

MOST_REMEMBERED = 100_000  # about 20 MB


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """One version, as it will stay. ``data`` cannot be changed: mappings and tuples all the way down."""

    id: UUID
    key: str
    version: int
    data: Mapping[str, Any]
    basis: str
    place_id: UUID | None
    origin: str
    valid_from: date
    valid_to: date | None
    inherits: bool = False
    path: str = ""

    def is_valid_on(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


@dataclass(frozen=True)
class Index:
    """All versions: by id, and by key and short id of the place (None: everywhere), best first.

    ``memo`` holds what is computed from them and goes when they go; ``nearest`` what
    was found for a key, path and day.
    """

    by_id: Mapping[UUID, RuleVersion]
    at: Mapping[tuple[str, int | None], list[RuleVersion]]
    memo: dict[Any, Any] = field(default_factory=dict)
    nearest: dict[tuple[str, str, date], RuleVersion | None] = field(default_factory=dict)


def rule(key: str, path: str, on: date) -> RuleVersion:
    """Return the version of ``key`` that counts at ``path`` on the day ``on``, or raise Absent."""
    found = rule_or_none(key, path, on)
    if found is None:
        raise Absent(_("这里还没有“%(key)s”这条规则。") % {"key": key})
    return found


def rule_or_none(key: str, path: str, on: date) -> RuleVersion | None:
    """As :func:`rule`; None where nothing rules."""
    known = index()
    asked = (key, path, on)
    try:
        return known.nearest[asked]
    except KeyError:
        if len(known.nearest) >= MOST_REMEMBERED:
            known.nearest.clear()
        found = known.nearest[asked] = _nearest(known, key, path, on)
        return found


def _nearest(known: Index, key: str, path: str, on: date) -> RuleVersion | None:
    for short in [*reversed(paths.shorts(path)), None]:
        if found := _in_force(known.at.get((key, short), ()), on):
            return found
    return None


def above(version: RuleVersion, on: date) -> RuleVersion | None:
    """Return what would count on that day without it: what is shipped for the place, else the rule up the path."""
    short = paths.shorts(version.path)[-1] if version.place_id else None
    if version.origin != Origin.SHIPPED:
        for other in index().at[version.key, short]:
            if other.origin == Origin.SHIPPED and other.is_valid_on(on):
                return other
    return rule_or_none(version.key, paths.parent(version.path), on) if version.place_id else None


def known_keys() -> list[str]:
    """Return every key that has a version anywhere, in the order of the alphabet."""
    return sorted({key for key, _short in index().at})


def by_id(rule_id: UUID) -> RuleVersion:
    """Return that version, whether it still counts or not: what is under way keeps its own."""
    found = index().by_id.get(rule_id)
    if found is None:
        raise Absent(_("没有这一版规则。"))
    return found


def index() -> Index:
    return _remembered.get()


def _in_force(versions: Iterable[RuleVersion], on: date) -> RuleVersion | None:
    """Pick among the versions of one place, best first."""
    given_up = False
    for version in versions:
        if not version.is_valid_on(on) or (given_up and version.origin != Origin.SHIPPED):
            continue
        if not version.inherits:
            return version
        given_up = True
    return None


def _load() -> Index:
    at: dict[tuple[str, int | None], list[RuleVersion]] = defaultdict(list)
    known: dict[UUID, RuleVersion] = {}
    for row in RuleSet.objects.order_by("-version"):
        version = _version(row)
        known[row.id] = version
        at[row.key, paths.shorts(row.path)[-1] if row.place_id else None].append(version)
    for versions in at.values():
        versions.sort(key=lambda version: version.origin == Origin.SHIPPED)  # stable: local first
    return Index(known, dict(at))


def _version(row: RuleSet) -> RuleVersion:
    return RuleVersion(
        id=row.id,
        key=row.key,
        version=row.version,
        data=_frozen(row.data),
        basis=row.basis,
        place_id=row.place_id,
        origin=row.origin,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        inherits=row.inherits,
        path=row.path,
    )


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({key: _frozen(item) for key, item in value.items()})
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return value


_remembered = Remembered("rulebook", _load)
