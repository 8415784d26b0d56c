"""The rules that count on a ground: the list, and one rule compared place by place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from linli.foundation import paths
from linli.foundation.errors import Absent
from linli.foundation.flow import CompiledFlow
from linli.kernel.people import queries as people
from linli.kernel.people.queries import Viewer
from linli.kernel.places import queries as places
from linli.kernel.places.queries import PlaceRef
from linli.kernel.rulebook import queries as rulebook
from linli.kernel.rulebook.choices import Origin
from linli.kernel.rulebook.models import Proposal, RuleSet
from linli.kernel.rulebook.queries import RuleVersion
from linli.shell.desk.queries import wording
from linli.shell.desk.queries.wording import Lines, Said

MOST_PROPOSALS = 100
HISTORY = 20
NOT_HERE = Said("—", is_off=True)


@dataclass(frozen=True, slots=True)
class Here:
    """The place that rules are read at (None: everywhere) and the ground of the acting post."""

    own: str
    place: PlaceRef | None
    on: date

    @property
    def path(self) -> str:
        return self.place.path if self.place else ""

    @property
    def place_id(self) -> UUID | None:
        return self.place.id if self.place else None

    @property
    def name(self) -> str:
        return self.place.name if self.place else _("全部地方")

    def url(self, key: str, tail: str = "") -> str:
        return f"/desk/rules/{key}{tail}" + (f"?place={self.place.id}" if self.place else "?place=everywhere")


def here_of(viewer: Viewer, asked: str, now: datetime) -> Here:
    """Return the acting post's place, or one above or below it; raise Absent for any other."""
    if viewer.post is None:
        raise Absent(_("没有这个页面。"))
    own, on = viewer.post.path or paths.ROOT, places.today()
    if asked == "everywhere":
        return Here(own, None, on)
    place = _asked(asked) if asked else places.by_path(own)
    if asked and (place is None or not _concerns(own, place.path)):
        raise Absent(_("没有这个地方，或者不在您的辖区里。"))
    return Here(own, place, on)


def _asked(text: str) -> PlaceRef | None:
    try:
        return places.get(UUID(text))
    except ValueError:
        return None


def _concerns(own: str, path: str) -> bool:
    """Does a rule at ``path`` concern this ground: made above it, for it, or within it?"""
    return paths.contains(own, path) or paths.contains(path, own)


def place_name(place_id: UUID | None) -> str:
    if place_id is None:
        return _("全部地方")
    place = places.get(place_id)
    return place.name if place else ""


def sets(here: Here) -> list[dict[str, Any]]:
    """Return a row for each rule that counts here today. One query, for what waits."""
    waiting = {proposal.key for proposal in waiting_for(here)}
    found = []
    for key in rulebook.known_keys():
        if key.startswith("calendar.") and int(key.removeprefix("calendar.")) < here.on.year:
            continue
        if version := rulebook.rule_or_none(key, here.path, here.on):
            found.append(_row(here, version, is_pending=key in waiting))
    order = {key: place for place, key in enumerate(wording.KEYS)}
    return sorted(found, key=lambda row: (order.get(row["key"], len(order)), row["key"]))


def _row(here: Here, version: RuleVersion, *, is_pending: bool) -> dict[str, Any]:
    label, hint = wording.name_of(version.key)
    return {
        "key": version.key, "label": label, "hint": hint, "url": here.url(version.key), "place": place_name(version.place_id),
        "version": version.version, "valid_from": version.valid_from.isoformat(), "basis": version.basis,
        "origin_label": str(Origin(version.origin).label), "pending": is_pending,
    }  # fmt: skip


def waiting_for(here: Here) -> list[Proposal]:
    """Return the undecided proposals that concern the ground, the oldest first. One query."""
    rows = rulebook.open_proposals()[:MOST_PROPOSALS]
    return [proposal for proposal in rows if _concerns(here.own, path_of(proposal.place_id))]


def path_of(place_id: UUID | None) -> str:
    place = places.get(place_id) if place_id else None
    return place.path if place else ""


def proposals_list(here: Here) -> list[dict[str, Any]]:
    """Return what waits for a second person, as links to where it is decided. Two queries."""
    waiting = waiting_for(here)
    titles = people.titles_by_account({proposal.made_by for proposal in waiting})
    return [
        {
            "label": wording.name_of(proposal.key)[0],
            "place": place_name(proposal.place_id),
            "who": titles.get(proposal.made_by, ""),
            "at": proposal.made_at,
            "url": f"/desk/rules/{proposal.key}?place={proposal.place_id or 'everywhere'}#waiting",
        }
        for proposal in waiting
    ]


def version_at(here: Here, key: str) -> RuleVersion:
    return rulebook.rule(key, here.path, here.on)


def category_labels(here: Here) -> dict[str, str]:
    return {category.code: category.label for category in rulebook.categories(here.path, here.on)}


def own_versions(here: Here, key: str) -> list[RuleVersion]:
    """Return the versions that count somewhere on the way down to here: the shipped one first."""
    found: list[RuleVersion] = []
    for path in ["", *(place.path for place in places.along(here.path))]:
        version = rulebook.rule_or_none(key, path, here.on)
        if version and version.id not in {one.id for one in found}:
            found.append(version)
    return found


def compared(
    here: Here, key: str, *, beside: RuleVersion | None = None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the columns, one a version on the way down, and the lines, what differs from the first marked.

    ``beside`` is an older version, put last.
    """
    versions = own_versions(here, key)
    if beside and beside.id not in {one.id for one in versions}:
        versions.append(beside)
    labels = category_labels(here)
    said = [wording.lines_of(key, version.data, labels) for version in versions]
    names = list(dict.fromkeys(name for lines in said for name in lines))
    rows = [{"label": name, "cells": _cells(name, said)} for name in names]
    columns = [_column(version, place, rows) for place, version in enumerate(versions)]
    return columns, rows


def _column(version: RuleVersion, place: int, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "place": place_name(version.place_id),
        "hint": _("第 %(n)d 版，%(origin)s") % {"n": version.version, "origin": Origin(version.origin).label},
        "differs": sum(row["cells"][place]["differs"] for row in rows),
    }


def _cells(name: str, said: Sequence[Lines]) -> list[dict[str, Any]]:
    first = said[0].get(name, NOT_HERE)
    cells = [lines.get(name, NOT_HERE) for lines in said]
    return [
        {"value": cell.value, "note": cell.note, "off": cell.is_off, "differs": cell.value != first.value}
        for cell in cells
    ]


def changes(here: Here, proposal: Proposal) -> list[dict[str, Any]]:
    """Return the lines that a proposal would change, as they are and as they would be."""
    before = rulebook.rule_or_none(proposal.key, path_of(proposal.place_id), here.on)
    labels = category_labels(here)
    if proposal.inherits:
        return [{"label": _("这里自己的规则"), "before": _("有"), "after": _("不再有，用上一级的")}]
    old = wording.lines_of(proposal.key, before.data, labels) if before else {}
    new = wording.lines_of(proposal.key, proposal.data, labels)
    names = dict.fromkeys((*old, *new))
    pairs = [(name, old.get(name, NOT_HERE).value, new.get(name, NOT_HERE).value) for name in names]
    return [{"label": name, "before": one, "after": other} for name, one, other in pairs if one != other]


def history(key: str, place_id: UUID | None, current: UUID) -> list[dict[str, Any]]:
    """Return the versions made for one place, the latest first, with who proposed and who approved. Two queries."""
    rows = list(rulebook.history(key, place_id)[:HISTORY])
    titles = people.titles_by_account({one for row in rows for one in (row.made_by, row.approved_by) if one})
    return [
        {
            "what": _("第 %(n)d 版，从 %(day)s 起") % {"n": row.version, "day": row.valid_from.isoformat()},
            "at": row.made_at, "who": who_made(row, titles), "said": row.basis, "photos": [],
            "state": "now" if row.id == current else "", "url": f"/desk/rules/{row.id}",
        }
        for row in rows
    ]  # fmt: skip


def who_made(row: RuleSet, titles: Mapping[UUID, str]) -> str:
    if row.origin != Origin.LOCAL:
        return str(Origin(row.origin).label)
    words = {"made": titles.get(row.made_by, ""), "approved": titles.get(row.approved_by, "")}  # type: ignore[arg-type]  # local ones have both
    return _("%(made)s提出，%(approved)s审核") % words


def facts(version: RuleVersion) -> list[dict[str, str]]:
    until = _("，到 %(day)s 为止") % {"day": version.valid_to.isoformat()} if version.valid_to else ""
    return [
        {"label": _("用的是"), "value": place_name(version.place_id)},
        {"label": _("版本"), "value": _("第 %(n)d 版") % {"n": version.version}},
        {"label": _("从"), "value": version.valid_from.isoformat() + until},
        {"label": _("依据"), "value": version.basis},
        {"label": _("谁定的"), "value": str(Origin(version.origin).label)},
    ]


def ways(compiled: CompiledFlow) -> list[dict[str, str]]:
    """Return every step that people take under a profile: from where, called what, to where."""
    states = compiled.flow.states
    return [
        {
            "from": "、".join(str(states[one]) for one in step.sources if one) or _("开始"),
            "step": str(step.label),
            "to": _or(str(states[one]) for one in step.targets) or _("留在原处"),
        }
        for step in compiled.steps.values()
    ]


def _or(names: Iterable[str]) -> str:
    return _(" 或 ").join(names)
