"""Taking in the administrative divisions: checked row by row, saved whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.foundation import paths
from linli.foundation.errors import InvalidInput
from linli.foundation.rules import IMPORT, Actor
from linli.foundation.text import clean
from linli.kernel.places.choices import Level, Scheme
from linli.kernel.places.models import Alias, Code, Place
from linli.kernel.places.queries.days import today
from linli.kernel.places.queries.searching import initials
from linli.kernel.places.queries.tree import tier
from linli.kernel.places.services import register
from linli.kernel.places.services.reports import ADDED, CHANGED, KEPT, REFUSED, UNCHANGED, Line, Report

MOVED_HERE = "moved_here"  # the tag of a place put elsewhere than the statistical tree has it
LEVELS = {
    "1": Level.PROVINCE,
    "2": Level.CITY,
    "3": Level.COUNTY,
    "4": Level.STREET,
    "5": Level.COMMUNITY,
}
_PARTS = {"1": (0, 2), "2": (2, 4), "3": (4, 6), "4": (6, 9), "5": (9, 12)}  # a level's own digits
_TWELVE = re.compile(r"[0-9]{12}")
_NAME = 60
_BATCH = 2000
# What the statistical names of committees end in; the last four are misprints of the published list.
_COMMITTEES = (
    *("村民委员会", "居民委员会", "村委会", "居委会"),
    *("居民委会员", "村民委会员", "村委员会", "和民委员会"),
)
_KINDS = ("特区", "新区", "自治州", "自治县", "街道", "镇", "乡", "省", "市", "州", "盟", "区", "县")


@dataclass(frozen=True, slots=True)
class Division:
    """One row that can be taken: its number, code, level, names, and its parent's code."""

    number: int
    code: str
    level: Level
    kind: str
    name: str
    official: str
    parent: str
    scheme: Scheme


def is_local(code: str) -> bool:
    """Is this 12-digit code of the range kept for places the statistical office has no code for?

    Cities 91–99 (GB/T 2260 gives 01–70 to cities and prefectures, 90 to what a
    province governs directly), streets and communities 900–999 (the statistical
    rules of 2009 stop at 599).
    """
    return code[2:4] >= "91" or code[6] == "9" or code[9] == "9"


def short_name(level: Level, name: str, code: str) -> str:
    """Return a community's name as people say it: 旺家社区居民委员会 is 旺家社区."""
    ending = next((ending for ending in _COMMITTEES if name.endswith(ending)), "")
    if level != Level.COMMUNITY or not ending:
        return name
    stem = name.removesuffix(ending)
    if stem.endswith(("社区", "村")):
        return stem
    return stem + ("村" if _is_village(code) else "居委会")


def kind_of(level: Level, name: str, code: str) -> str:
    """Return what a place is called: 街道, 镇 and 乡 are one tier, 社区 and 村 another."""
    if level == Level.COMMUNITY:
        return "村" if _is_village(code) else "社区"
    return next((kind for kind in _KINDS if name.endswith(kind)), "")


def _is_village(code: str) -> bool:
    """The statistical rules: communities are 001–199 and 400–499, villages 200–399 and 500–599."""
    return code[9] in "235"


@transaction.atomic
def import_divisions(
    *,
    rows: Iterable[Mapping[str, Any]],
    source: str,
    now: datetime,
    actor: Actor = IMPORT,
    on: date | None = None,
    settling: bool = False,
) -> Report:
    """Take in divisions with columns code, level (1 to 5), name, parent; return a line for each row.

    A place that is known by its code keeps its identity: a new name is taken over
    and the old one stays as an alias, a new parent moves it. Taking in the same rows
    again changes nothing. Places that are missing from the rows stay as they are.
    If any row is refused nothing is saved; the report says which, and why.
    With ``settling`` the rows say who governs a place in fact: later imports of the
    statistical tree leave it under that parent.
    """
    change = register.begin(now=now, actor=actor)
    work = _Import(change, source, on, settling=settling)
    work.read(rows)
    if work.report.refused:
        transaction.set_rollback(True)
        return work.report
    work.save()
    return work.report


class _Import:
    """One import under way."""

    def __init__(self, change: register.Change, source: str, on: date | None, *, settling: bool) -> None:
        self.change = change
        self.source = source
        self.on = on
        self.settling = settling
        self.report = Report()
        self.known = {
            (code.scheme, code.code): code.place
            for code in Code.objects.filter(
                scheme__in=[Scheme.STAT, Scheme.LOCAL], valid_to__isnull=True
            ).select_related("place")
        }
        self.divisions: dict[str, Division] = {}
        self.places: dict[str, Place] = {code: place for (_scheme, code), place in self.known.items()}
        self.added: list[Place] = []
        self.codes: list[Code] = []

    def read(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Check every row by itself, then against its parent."""
        for number, row in enumerate(rows, start=1):
            try:
                division = _division(number, row)
                if division.code in self.divisions:
                    raise InvalidInput(_("这个代码在文件里出现了两次。"), field="code")
                self.divisions[division.code] = division
            except InvalidInput as refusal:
                name = f"{row.get('code') or ''} {row.get('name') or ''}".strip()
                self.report.add(Line(number, name, REFUSED, refusal.message))
        for division in self.divisions.values():
            if why := self._parent_refusal(division):
                self.report.add(Line(division.number, f"{division.code} {division.name}", REFUSED, why))

    def save(self) -> None:
        """Write what is new and what has changed, from the top down."""
        ordered = sorted(
            self.divisions.values(), key=lambda division: (tier(division.level), division.number)
        )
        new = [d for d in ordered if d.code not in self.places]
        for division, short in zip(new, self.change.shorts(len(new)) if new else (), strict=True):
            self._add(division, short)
            self.report.add(Line(division.number, f"{division.code} {division.name}", ADDED))
        Place.objects.bulk_create(self.added, batch_size=_BATCH)
        Code.objects.bulk_create(self.codes, batch_size=_BATCH)
        added = {division.code for division in new}
        for division in ordered:
            if division.code not in added:
                outcome = self._compare(division, self.places[division.code])
                self.report.add(Line(division.number, f"{division.code} {division.name}", outcome))
        self.report.lines.sort(key=lambda line: line.number)
        self.report.is_saved = True
        if ordered and set(self.report.counts) & {ADDED, CHANGED}:
            top = self.places[ordered[0].code]
            self.change.note(top, "import_divisions", {"rows": len(ordered), **self.report.counts})

    def _parent_refusal(self, division: Division) -> Any:
        if not division.parent:
            return "" if division.level == Level.PROVINCE else _("没有写上级代码。")
        parent = self.divisions.get(division.parent) or self.places.get(division.parent)
        if parent is None:
            return _("上级代码在文件里和系统里都没有。")
        if tier(parent.level) >= tier(division.level):
            return _("上级的层级不比它高。")
        return ""

    def _add(self, division: Division, short: int) -> None:
        parent = self.places.get(division.parent)
        place = Place(
            short=short,
            level=division.level,
            kind=division.kind,
            name=division.name,
            official=division.official,
            initials=initials(division.name),
            parent=parent,
            path=paths.child(parent.path if parent else "", short),
            valid_from=self.on,
            revision=self.change.revision,
        )
        place.county = county_of(division.level, division.code, parent, division.parent)
        self.places[division.code] = place
        self.added.append(place)
        self.codes.append(
            Code(
                place=place,
                scheme=division.scheme,
                code=division.code,
                valid_from=self.on,
                revision=self.change.revision,
            )
        )

    def _compare(self, division: Division, place: Place) -> str:
        outcome = UNCHANGED
        if place.name != division.name or place.official != division.official:
            self._rename(division, place)
            outcome = CHANGED
        parent = self.places.get(division.parent)
        if place.parent_id != (parent.id if parent else None):
            if MOVED_HERE in place.tags and not self.settling:
                return KEPT if outcome == UNCHANGED else outcome
            if self.settling and MOVED_HERE not in place.tags:
                place.tags = [*place.tags, MOVED_HERE]
            move_under(self.change, place, parent, (division.code, division.parent))
            # A moved subtree has new paths: those still to come must not stand on the old ones.
            self._reread(place)
            outcome = CHANGED
        return outcome

    def _rename(self, division: Division, place: Place) -> None:
        old = place.name
        if old != division.name:
            Alias.objects.get_or_create(
                place=place,
                name=old,
                defaults={
                    "source": self.source,
                    "initials": place.initials,
                    "revision": self.change.revision,
                },
            )
        place.name, place.official, place.kind = division.name, division.official, division.kind
        place.initials, place.revision = initials(place.name), self.change.revision
        place.save(update_fields=["name", "official", "kind", "initials", "revision"])

    def _reread(self, place: Place) -> None:
        moved = {row.id: row for row in Place.objects.filter(paths.under(place.path))}
        self.places = {code: moved.get(kept.id, kept) for code, kept in self.places.items()}


def _division(number: int, row: Mapping[str, Any]) -> Division:
    """Read one row, or raise :class:`InvalidInput` and say what is wrong with it."""
    code, digit = str(row.get("code") or "").strip(), str(row.get("level") or "").strip()
    if not _TWELVE.fullmatch(code):
        raise InvalidInput(_("区划代码要有 12 位数字。"), field="code")
    if digit not in LEVELS:
        raise InvalidInput(_("层级要写 1 到 5。"), field="level")
    start, end = _PARTS[digit]
    if not code[start:end].strip("0") or code[end:].strip("0"):
        raise InvalidInput(_("代码和层级对不上。"), field="level")
    official = clean(str(row.get("name") or ""), _NAME)
    if not official:
        raise InvalidInput(_("没有写名称。"), field="name")
    level = LEVELS[digit]
    name = short_name(level, official, code)
    return Division(
        number,
        code,
        level,
        kind_of(level, official, code),
        name,
        official if official != name else "",
        str(row.get("parent") or "").strip(),
        Scheme.LOCAL if is_local(code) else Scheme.STAT,
    )


def county_of(level: str, code: str, parent: Place | None, parent_code: str) -> str:
    """Return the six digits of the county a place lies in, "" above counties.

    A city without counties that holds streets directly counts as its own county.
    """
    if level in (Level.PROVINCE, Level.CITY):
        return ""
    if level == Level.COUNTY:
        return code[:6]
    return parent.county if parent is not None and parent.county else parent_code[:6]


def move_under(change: register.Change, place: Place, parent: Place | None, codes: tuple[str, str]) -> None:
    """Put a place and all that lies under it under another parent; ``codes`` are its own and the parent's."""
    old = place.path
    place.parent, place.path = parent, paths.child(parent.path if parent else "", place.short)
    place.county = county_of(place.level, codes[0], parent, codes[1])
    register.rewrite_paths(change, old, place.path)
    if place.county:
        Place.objects.filter(paths.under(place.path)).update(county=place.county)
    place.revision = change.revision
    place.save(update_fields=["parent", "path", "county", "tags", "revision"])
    change.note(place, "move", {"parent": str(parent.id) if parent else "", "on": today().isoformat()})
