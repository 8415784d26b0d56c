"""Taking in outlines of places that exist: checked one by one, saved whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import shapely
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from shapely.geometry.base import BaseGeometry

from linli.foundation.errors import InvalidInput
from linli.foundation.rules import IMPORT, Actor
from linli.kernel.places.models import Code, Outline, Place
from linli.kernel.places.services import register, shapes
from linli.kernel.places.services.reports import ADDED, CHANGED, REFUSED, REPAIRED, UNCHANGED, Line, Report


@dataclass(frozen=True, slots=True)
class Source:
    """Where outlines come from, and from which day they hold (None: ever)."""

    name: str
    review_number: str = ""
    is_schematic: bool = False
    on: date | None = None


@transaction.atomic
def import_outlines(
    *,
    geojson: Mapping[str, Any],
    source: str,
    now: datetime,
    actor: Actor = IMPORT,
    on: date | None = None,
    system: str = "wgs84",
    code_property: str = "adcode",
    review_number: str = "",
    is_schematic: bool = False,
    repairing: bool = False,
) -> Report:
    """Take in outlines; each feature names its place by code (six digits are filled up to twelve).

    ``system`` is what the coordinates are in: wgs84, gcj02 or bd09. An outline that
    crosses itself is refused with the place and a point; with ``repairing`` it is
    mended and the report says so, and by how much the area changed. One refused
    feature, and nothing is saved. The same outlines again change nothing.
    """
    if system not in shapes.SYSTEMS:
        raise InvalidInput(_("坐标系要写 wgs84、gcj02 或 bd09。"), field="system")
    change = register.begin(now=now, actor=actor)
    report = Report()
    grounds = _read_all(shapes.features(geojson), code_property, _Reader(system, repairing), report)
    if report.refused:
        transaction.set_rollback(True)
        return report
    drawn = Source(source, review_number, is_schematic, on)
    mended = {line.number for line in report.lines}
    for number, (place, ground) in enumerate(grounds.items(), start=1):
        outcome = draw(change, place, ground, drawn)
        if number not in mended:
            report.add(Line(number, place.name, outcome))
    _finish(change, report, next(iter(grounds)))
    return report


def draw(change: register.Change, place: Place, ground: BaseGeometry, source: Source) -> str:
    """Let a place have this ground; return whether that is new, changed, or as it was."""
    wkb, box = shapes.store(ground)
    current = Outline.objects.filter(place=place, valid_to__isnull=True).first()
    described = (source.name, source.review_number, source.is_schematic)
    if current is not None:
        if bytes(current.wkb) == wkb and described == (
            current.source,
            current.review_number,
            current.is_schematic,
        ):
            return UNCHANGED
        _supersede(change, current, source.on)
    change.redraw()
    Outline.objects.create(
        place=place,
        wkb=wkb,
        box=box,
        source=source.name,
        review_number=source.review_number,
        is_schematic=source.is_schematic,
        valid_from=source.on,
        revision=change.revision,
    )
    return ADDED if current is None else CHANGED


def _supersede(change: register.Change, current: Outline, on: date | None) -> None:
    """End the outline that holds; one without a day between them was a mistake and goes."""
    if on is None or (current.valid_from is not None and current.valid_from >= on):
        current.delete()
        return
    current.valid_to, current.revision = on, change.revision
    current.save(update_fields=["valid_to", "revision"])


@dataclass(frozen=True, slots=True)
class _Reader:
    """How features are read: the system of their coordinates, and whether bad ones are mended."""

    system: str
    repairing: bool

    def read(self, number: int, place: Place, feature: Mapping[str, Any]) -> tuple[BaseGeometry, Line | None]:
        """Return the ground, with a line for the report if it had to be mended."""
        ground = shapes.read(feature, self.system)
        try:
            return shapes.check(ground), None
        except shapes.Bad as bad:
            if not self.repairing:
                raise
            mended = shapes.check(shapes.repair(ground))
            before, after = abs(shapely.area(ground)), shapely.area(mended)
            why = _("%(why)s已修补，面积变化 %(share)s‰。") % {
                "why": bad.why,
                "share": round(abs(after - before) * 1000 / after, 2),
            }
            return mended, Line(number, place.name, REPAIRED, why, bad.point)


def _read_all(
    found: list[Mapping[str, Any]], code_property: str, reader: _Reader, report: Report
) -> dict[Place, BaseGeometry]:
    """Read every feature; those refused or mended have their line in the report."""
    codes = [str((feature.get("properties") or {}).get(code_property, "")) for feature in found]
    places = _by_code(codes)
    grounds: dict[Place, BaseGeometry] = {}
    for number, (code, feature) in enumerate(zip(codes, found, strict=True), start=1):
        place = places.get(_filled(code))
        if place is None or place in grounds:
            why = _("没有这个代码的地方。") if place is None else _("这个地方在文件里出现了两次。")
            report.add(Line(number, f"{code} {place.name if place else ''}".strip(), REFUSED, why))
            continue
        try:
            grounds[place], line = reader.read(number, place, feature)
        except shapes.Bad as bad:
            line = Line(number, f"{code} {place.name}", REFUSED, bad.why, bad.point)
        if line is not None:
            report.add(line)
    return grounds


def _by_code(codes: list[str]) -> dict[str, Place]:
    wanted = {_filled(code) for code in codes}
    rows = Code.objects.filter(code__in=wanted, valid_to__isnull=True).select_related("place")
    return {row.code: row.place for row in rows}


def _filled(code: str) -> str:
    return code.ljust(12, "0") if code.isdigit() else code


def _finish(change: register.Change, report: Report, place: Place) -> None:
    report.lines.sort(key=lambda line: line.number)
    report.is_saved = True
    if set(report.counts) != {UNCHANGED}:
        change.note(place, "import_outlines", report.counts)
