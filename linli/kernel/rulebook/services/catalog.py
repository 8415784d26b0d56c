"""Loading what is shipped: every TOML file of catalog/ is one version of one rule."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation.errors import InvalidInput
from linli.foundation.rules import IMPORT
from linli.kernel.places import queries as places
from linli.kernel.places.queries import PlaceRef
from linli.kernel.rulebook import registry
from linli.kernel.rulebook.choices import Origin
from linli.kernel.rulebook.models import RuleSet
from linli.kernel.rulebook.services import versions

HEAD = {"key": str, "place": str, "valid_from": date, "basis": str, "data": dict}


@dataclass
class Loaded:
    """What came of it: ``made`` new versions, ``same`` as before, ``waiting`` and for what."""

    made: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    waiting: dict[str, str] = field(default_factory=dict)


@transaction.atomic
def load_catalog(*, now: datetime, folder: Path | None = None) -> Loaded:
    """Bring the shipped rules up to the files. Loading twice changes nothing.

    A file whose place is not in the register, or whose flow nobody has registered,
    waits for the next time. A changed file becomes a new version from today on; what
    was made locally stays and stays in force.
    """
    versions.lock()
    shipped = _latest_shipped()
    done = Loaded()
    folder = folder or settings.ROOT / "catalog"
    for file in sorted(folder.rglob("*.toml")):
        _load(file, file.relative_to(folder).as_posix(), shipped, done, now)
    return done


def _load(
    file: Path, name: str, shipped: dict[tuple[str, str], RuleSet], done: Loaded, now: datetime
) -> None:
    head = _read(file, name)
    key, today = head["key"], versions.day_of(now)
    place = places.by_code(head["place"], today) if head["place"] else None
    if why := _must_wait(head, place):
        done.waiting[name] = why
        return
    rule = _draft(head, place, name)
    before = shipped.get((key, _seat(rule)))
    if before and _same(before, rule):
        done.same.append(name)
        return
    if before:
        rule.valid_from = max(rule.valid_from, today)  # what has begun keeps what it began with
    rule.origin = Origin.SHIPPED
    shipped[key, _seat(rule)] = versions.write(rule=rule, actor=IMPORT, name="rulebook.ship", now=now)
    done.made.append(name)


def _read(file: Path, name: str) -> dict[str, Any]:
    with file.open("rb") as stream:
        head = tomllib.load(stream)
    known = {**HEAD, "valid_to": date}
    wrong = [word for word, kind in HEAD.items() if not isinstance(head.get(word), kind)]
    wrong += sorted(set(head) - set(known))
    if wrong:
        words = {"name": name, "words": "、".join(wrong)}
        raise InvalidInput(_("文件“%(name)s”的开头不对：%(words)s。") % words, field=name)
    return head


def _must_wait(head: dict[str, Any], place: PlaceRef | None) -> str:
    if head["place"] and place is None:
        return f"place {head['place']}"
    flow = head["key"].removeprefix("profile.")
    if flow != head["key"] and flow not in registry.FLOWS:
        return f"flow {flow}"
    return ""


def _draft(head: dict[str, Any], place: PlaceRef | None, name: str) -> RuleSet:
    try:
        return versions.draft(
            key=head["key"],
            place=place,
            valid_from=head["valid_from"],
            valid_to=head.get("valid_to"),
            data=head["data"],
            basis=head["basis"],
        )
    except InvalidInput as refusal:
        why = {"name": name, "why": refusal.message}
        raise InvalidInput(_("文件“%(name)s”：%(why)s") % why, field=name) from refusal


def _latest_shipped() -> dict[tuple[str, str], RuleSet]:
    rows = RuleSet.objects.filter(origin=Origin.SHIPPED).order_by("version")
    return {(row.key, _seat(row)): row for row in rows}


def _seat(rule: RuleSet) -> str:
    return str(rule.place_id or "")


def _same(before: RuleSet, rule: RuleSet) -> bool:
    """Does the file still say what was loaded? A first day moved to the day of loading is the same."""
    return (
        before.data == rule.data
        and before.basis == rule.basis
        and before.valid_to == rule.valid_to
        and before.valid_from >= rule.valid_from
    )
