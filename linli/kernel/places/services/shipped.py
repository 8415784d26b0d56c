"""Loading the divisions that come with the product: statistical, then local, then aliases."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.foundation.rules import IMPORT, Actor
from linli.kernel.places.models import Alias, Code
from linli.kernel.places.queries.searching import initials
from linli.kernel.places.services import register
from linli.kernel.places.services.divisions import import_divisions
from linli.kernel.places.services.reports import ADDED, REFUSED, UNCHANGED, Line, Report

DIVISIONS = Path("catalog/divisions/guizhou_2023.csv.gz")
LOCAL = Path("catalog/places/local.csv")
ALIASES = Path("catalog/places/aliases.csv")
SOURCE = "国家统计局 2023"
MOST_BYTES = 64 * 1024 * 1024  # ten times the outlines or the divisions of a province
_DIGITS = (2, 4, 6, 9)


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file, plain or gzipped, UTF-8 with or without a mark.

    What is no such file raises OSError, ValueError or csv.Error, with the line where it can be told.
    """
    rows = csv.DictReader(io.StringIO(contents(path).decode("utf-8-sig"), newline=""), strict=True)
    try:
        yield from rows
    except csv.Error as error:
        raise csv.Error(f"line {rows.line_num}: {error}") from error


def contents(path: Path) -> bytes:
    """Return what is in a file, plain or gzipped; more than :data:`MOST_BYTES` raises ValueError."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValueError(f"it holds more than {MOST_BYTES // 1024**2} MiB")
    return content


def load_shipped(*, now: datetime, within: Sequence[str] = (), actor: Actor = IMPORT) -> list[Report]:
    """Load the shipped divisions, local places and aliases; ``within`` limits them.

    ``within`` holds the beginnings of codes ("5206", "520103"): what begins so is
    loaded, with all that it lies in. Loading again changes nothing.
    """
    root = Path(settings.ROOT)
    chosen = list(_within(rows_of(root / DIVISIONS), within))
    codes = {row["code"] for row in chosen}
    local = [
        row
        for row in rows_of(root / LOCAL)
        if not within or row["code"] in codes or _fits(row["code"], within)
    ]
    known = codes | {row["code"] for row in local}
    local = [row for row in local if row["parent"] in known]
    aliases = [row for row in rows_of(root / ALIASES) if row["code"] in known]
    reports = [import_divisions(rows=chosen, source=SOURCE, now=now, actor=actor)]
    if local:
        reports.append(
            import_divisions(rows=local, source=str(LOCAL.name), now=now, actor=actor, settling=True)
        )
    return [*reports, import_aliases(rows=aliases, now=now, actor=actor)]


@transaction.atomic
def import_aliases(*, rows: Iterable[Mapping[str, Any]], now: datetime, actor: Actor = IMPORT) -> Report:
    """Take in other names of places: columns code, name, source. All or nothing, a line for each row."""
    change = register.begin(now=now, actor=actor)
    given = list(rows)
    codes = Code.objects.filter(code__in={row["code"] for row in given}, valid_to__isnull=True)
    places = {row.code: row.place for row in codes.select_related("place")}
    known = set(Alias.objects.filter(place__in=places.values()).values_list("place_id", "name"))
    report, added = Report(), []
    for number, row in enumerate(given, start=1):
        place, name = places.get(row["code"]), row["name"].strip()
        if place is None or not name:
            why = _("没有这个代码的地方。") if place is None else _("没有写名称。")
            report.add(Line(number, f"{row['code']} {name}".strip(), REFUSED, why))
        elif (place.id, name) in known:
            report.add(Line(number, name, UNCHANGED))
        else:
            known.add((place.id, name))
            source = row.get("source") or ""
            added.append(
                Alias(
                    place=place, name=name, source=source, initials=initials(name), revision=change.revision
                )
            )
            report.add(Line(number, name, ADDED))
    if report.refused:
        transaction.set_rollback(True)
        return report
    Alias.objects.bulk_create(added)
    report.is_saved = True
    return report


def _within(rows: Iterable[dict[str, str]], within: Sequence[str]) -> Iterator[dict[str, str]]:
    above = {
        beginning[:digits].ljust(12, "0")
        for beginning in within
        for digits in _DIGITS
        if digits <= len(beginning)
    }
    for row in rows:
        if not within or row["code"] in above or _fits(row["code"], within):
            yield row


def _fits(code: str, within: Sequence[str]) -> bool:
    return any(code.startswith(beginning) for beginning in within)
