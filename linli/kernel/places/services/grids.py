"""Dividing a community into grids: every point of it in exactly one, or nothing is saved.

Grid division follows 任务相当、方便管理、界定清晰、责任明确; 横向至边、纵向到底、不重叠、全覆盖.
The last two words are what is checked here, under the register's lock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import shapely
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from shapely.geometry.base import BaseGeometry

from linli.foundation import paths
from linli.foundation.errors import InvalidInput
from linli.foundation.rules import IMPORT, Actor
from linli.foundation.text import clean
from linli.kernel.places.choices import Level, Scheme
from linli.kernel.places.models import Code, Outline, Place
from linli.kernel.places.queries.searching import initials
from linli.kernel.places.services import register, shapes
from linli.kernel.places.services.changing import locked
from linli.kernel.places.services.coverage import Coverage, cover
from linli.kernel.places.services.outlines import Source, draw
from linli.kernel.places.services.reports import ABSENT, ADDED, CHANGED, REFUSED, Line, Report

# Communities' borders are rounded apart: what is thinner than this (1e-7 degree) is no overlap.
_SLIVER = 2.0


@dataclass
class Wanted:
    """One grid of the file: its row, name and code, and its ground."""

    number: int
    name: str
    code: str
    ground: BaseGeometry


@transaction.atomic
def import_grids(
    *,
    geojson: Mapping[str, Any],
    community_id: UUID,
    source: str,
    now: datetime,
    actor: Actor = IMPORT,
    on: date | None = None,
    system: str = "wgs84",
    is_schematic: bool = False,
    review_number: str = "",
) -> Report:
    """Take in all grids of a community; features have the properties name and (optional) code.

    Known grids are found by code, else by name, and keep their identity. The grids
    must cover the community's outline exactly; where it has none, their union
    becomes its outline and must have no holes. A gap, an overlap (also with another
    community's grid), a shape that crosses itself, or a grid that is missing from the
    file is refused with the place and a point, and nothing is saved.
    """
    if system not in shapes.SYSTEMS:
        raise InvalidInput(_("坐标系要写 wgs84、gcj02 或 bd09。"), field="system")
    change = register.begin(now=now, actor=actor)
    community = locked(community_id)
    if community.level != Level.COMMUNITY:
        raise InvalidInput(_("网格要划在社区或村里。"), field="community")
    report = Report()
    known = _Known(community)
    wanted = _read(geojson, system, report)
    covered = _check(community, wanted, known, report)
    if covered is None:
        transaction.set_rollback(True)
        return report
    drawn = Source(source, review_number, is_schematic, on)
    for grid, ground in zip(wanted, covered.grids, strict=True):
        place = known.find(grid) or _add(change, community, grid, on)
        report.add(Line(grid.number, grid.name, _save(change, place, grid, ground, drawn)))
    if not _same(_outline(community), covered.ground):
        draw(change, community, covered.ground, drawn)
    report.is_saved = True
    if set(report.counts) & {ADDED, CHANGED}:
        change.note(community, "import_grids", report.counts)
    return report


class _Known:
    """The grids a community has now, by code and by name."""

    def __init__(self, community: Place) -> None:
        self.grids = list(
            Place.objects.filter(parent=community, level=Level.GRID, valid_to__isnull=True).order_by("short")
        )
        by_id = {grid.id: grid for grid in self.grids}
        codes = Code.objects.filter(place__in=self.grids, valid_to__isnull=True)
        self.by_code = {row.code: by_id[row.place_id] for row in codes}
        self.by_name = {grid.name: grid for grid in self.grids}

    def find(self, grid: Wanted) -> Place | None:
        return (self.by_code.get(grid.code) if grid.code else None) or self.by_name.get(grid.name)

    def missing_from(self, wanted: list[Wanted]) -> list[str]:
        found = {place.id for grid in wanted if (place := self.find(grid)) is not None}
        return [place.name for place in self.grids if place.id not in found]


def _read(geojson: Mapping[str, Any], system: str, report: Report) -> list[Wanted]:
    wanted: list[Wanted] = []
    seen: set[str] = set()
    for number, feature in enumerate(shapes.features(geojson), start=1):
        given = feature.get("properties") or {}
        name, code = str(given.get("name") or ""), str(given.get("code") or "")
        point = None
        try:
            own = {clean(name, 60), f"#{clean(code, 24)}" if code else clean(name, 60)}
            if "" in own or own & seen:
                raise InvalidInput(_("每个网格要有自己的名称和代码。"), field="name")
            seen |= own
            wanted.append(
                Wanted(number, name.strip(), code.strip(), shapes.check(shapes.read(feature, system)))
            )
            continue
        except shapes.Bad as bad:
            why, point = bad.why, bad.point
        except InvalidInput as refusal:
            why = refusal.message
        report.add(Line(number, name, REFUSED, why, point))
    return wanted


def _check(community: Place, wanted: list[Wanted], known: _Known, report: Report) -> Coverage | None:
    """Return the matched grids, or None if there is anything to refuse."""
    for name in known.missing_from(wanted):
        report.add(Line(0, name, ABSENT, _("文件里没有这个在用的网格；要先把它并入别的网格或停用。")))
        report.add(Line(0, name, REFUSED, _("社区的全部网格要一起导入。")))
    if report.refused:
        return None
    covered = cover([grid.ground for grid in wanted], _outline(community))
    _tell_faults(report, community, wanted, covered.faults)
    _tell_strangers(report, community, covered.ground)
    return None if report.refused else covered


def _tell_faults(report: Report, community: Place, wanted: list[Wanted], faults: list[Any]) -> None:
    for fault in faults:
        names = "、".join(wanted[n].name for n in fault.grids) or community.name
        number = wanted[fault.grids[0]].number if fault.grids else 0
        report.add(Line(number, names, REFUSED, fault.why, fault.point))


def _tell_strangers(report: Report, community: Place, mine: BaseGeometry) -> None:
    """Say where a grid lies on the ground of another community's grid."""
    west, south, east, north = shapely.bounds(mine)
    others = Outline.objects.filter(
        Q(valid_to__isnull=True), place__level=Level.GRID, place__county=community.county
    ).exclude(place__parent=community)
    for other in others.select_related("place__parent"):
        box = other.box
        if box[0] > east or box[2] < west or box[1] > north or box[3] < south:
            continue
        shared = shapely.intersection(mine, shapes.load(other.wkb))
        if not shapely.is_empty(shapely.buffer(shared, -_SLIVER)):
            name = f"{other.place.parent.name if other.place.parent else ''}{other.place.name}"
            why = _("和别的社区的网格重叠。")
            report.add(Line(0, name, REFUSED, why, shapes.inner_point(shared)))


def _outline(community: Place) -> BaseGeometry | None:
    held = Outline.objects.filter(place=community, valid_to__isnull=True).first()
    return shapes.load(held.wkb) if held else None


def _same(one: BaseGeometry | None, other: BaseGeometry) -> bool:
    return one is not None and shapes.store(one)[0] == shapes.store(other)[0]


def _add(change: register.Change, community: Place, grid: Wanted, on: date | None) -> Place:
    [short] = change.shorts(1)
    place = Place.objects.create(
        short=short,
        level=Level.GRID,
        kind="网格",
        name=grid.name,
        initials=initials(grid.name),
        parent=community,
        path=paths.child(community.path, short),
        county=community.county,
        valid_from=on,
        revision=change.revision,
    )
    if grid.code:
        Code.objects.create(
            place=place, scheme=Scheme.GRID, code=grid.code, valid_from=on, revision=change.revision
        )
    return place


def _save(change: register.Change, place: Place, grid: Wanted, ground: BaseGeometry, drawn: Source) -> str:
    outcome = draw(change, place, ground, drawn)
    if place.name == grid.name:
        return outcome
    place.name, place.initials, place.revision = grid.name, initials(grid.name), change.revision
    place.save(update_fields=["name", "initials", "revision"])
    return CHANGED
