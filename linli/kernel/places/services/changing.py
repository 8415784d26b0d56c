"""Changing single places: add, rename, move, merge, end; codes, aliases, facts, tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.foundation import paths
from linli.foundation.errors import Absent, InvalidInput, WrongState
from linli.foundation.rules import Actor
from linli.foundation.text import clean
from linli.kernel.places.choices import HOUSED, TIERS, Level, Scheme
from linli.kernel.places.models import Alias, Code, Housing, Outline, Place, ZoneMember
from linli.kernel.places.queries.searching import initials
from linli.kernel.places.queries.tree import tier
from linli.kernel.places.services import register
from linli.kernel.places.services.divisions import MOVED_HERE, county_of, is_local, move_under

FACT_KEYS = ("value", "source", "on")


@transaction.atomic
def add_place(
    *,
    level: str,
    name: str,
    parent_id: UUID | None,
    now: datetime,
    actor: Actor,
    kind: str = "",
    code: str = "",
    scheme: str = Scheme.LOCAL,
    valid_from: date | None = None,
    tags: Sequence[str] = (),
    post_id: UUID | None = None,
) -> Place:
    """Add a place under another. A building added under a grid is housed there from its first day."""
    change = register.begin(now=now, actor=actor, post_id=post_id)
    above = locked(parent_id) if parent_id else None
    grid = above if above and above.level == Level.GRID and level in HOUSED else None
    parent = above.parent if grid and above else above
    _check_level(level, parent)
    [short] = change.shorts(1)
    place = Place(
        short=short,
        level=level,
        kind=kind,
        name=_name(name),
        parent=parent,
        path=paths.child(parent.path if parent else "", short),
        valid_from=valid_from,
        tags=list(tags),
        revision=change.revision,
    )
    place.initials = initials(place.name)
    place.county = county_of(level, code, parent, _code_of(parent))
    place.save(force_insert=True)
    if code:
        _open_code(change, place, scheme, code, valid_from)
    if grid is not None:
        Housing.objects.create(building=place, grid=grid, valid_from=valid_from, revision=change.revision)
    change.note(place, "add", {"level": level, "parent": str(parent.id) if parent else "", "code": code})
    return place


@transaction.atomic
def rename(*, place_id: UUID, name: str, now: datetime, actor: Actor, post_id: UUID | None = None) -> Place:
    """Give a place a new name. The old one stays as an alias and still finds it."""
    change = register.begin(now=now, actor=actor, post_id=post_id)
    place = locked(place_id)
    old, new = place.name, _name(name)
    if old == new:
        return place
    alias = _add_alias(change, place, old, str(_("曾用名")))
    place.name, place.official, place.initials, place.revision = new, "", initials(new), change.revision
    place.save(update_fields=["name", "official", "initials", "revision"])
    change.note(place, "rename", {"alias": alias.pk})
    return place


@transaction.atomic
def move(
    *, place_id: UUID, parent_id: UUID, now: datetime, actor: Actor, post_id: UUID | None = None
) -> Place:
    """Put a place under another parent, with all that lies under it.

    A later import of the statistical divisions leaves it there.
    """
    change = register.begin(now=now, actor=actor, post_id=post_id)
    place, parent = locked(place_id), locked(parent_id)
    if paths.contains(place.path, parent.path):
        raise InvalidInput(_("不能把一个地方移到它自己下面。"), field="parent")
    _check_level(place.level, parent)
    if MOVED_HERE not in place.tags:
        place.tags = [*place.tags, MOVED_HERE]
    move_under(change, place, parent, (_code_of(place), _code_of(parent)))
    return place


@transaction.atomic
def merge(
    *,
    place_ids: Sequence[UUID],
    into_id: UUID,
    on: date,
    now: datetime,
    actor: Actor,
    post_id: UUID | None = None,
) -> Place:
    """End places on a day and let another of their level take over what they had.

    Children, open housings and zones go to the heir; the names become its aliases;
    codes and outlines end. The heir's own outline is for an import to redraw.
    """
    change = register.begin(now=now, actor=actor, post_id=post_id)
    heir = locked(into_id)
    for place_id in dict.fromkeys(place_ids):
        place = locked(place_id)
        if place.id == heir.id or place.level != heir.level:
            raise InvalidInput(_("只能并入同一层级的另一个地方。"), field="into")
        _hand_over(change, place, heir, on)
        _end(change, place, on, merged_into=heir)
        change.note(place, "merge", {"into": str(heir.id), "on": on.isoformat()})
    return heir


@transaction.atomic
def end_place(*, place_id: UUID, on: date, now: datetime, actor: Actor, post_id: UUID | None = None) -> Place:
    """Let a place end on a day. What still lies in it must be moved or ended first."""
    change = register.begin(now=now, actor=actor, post_id=post_id)
    place = locked(place_id)
    open_ = Q(valid_to__isnull=True) | Q(valid_to__gt=on)
    if (
        Place.objects.filter(open_, parent=place).exists()
        or Housing.objects.filter(open_, grid=place).exists()
    ):
        raise WrongState(_("下面还有在用的地方，请先移走或停用它们。"))
    _end(change, place, on, merged_into=None)
    change.note(place, "end", {"on": on.isoformat()})
    return place


@transaction.atomic
def add_code(*, place_id: UUID, scheme: str, code: str, on: date | None, now: datetime, actor: Actor) -> Code:
    """Give a place a code from a day on. Its earlier code of this scheme ends that day."""
    change = register.begin(now=now, actor=actor)
    place = locked(place_id)
    if on is not None:
        for earlier in place.codes.filter(scheme=scheme, valid_to__isnull=True):
            close(change, earlier, on)
    opened = _open_code(change, place, scheme, code, on)
    change.note(place, "code", {"scheme": scheme, "code": code, "on": on.isoformat() if on else ""})
    return opened


@transaction.atomic
def add_alias(*, place_id: UUID, name: str, source: str, now: datetime, actor: Actor) -> Alias:
    """Let a place be found by another name too."""
    change = register.begin(now=now, actor=actor)
    place = locked(place_id)
    alias = _add_alias(change, place, _name(name), source)
    change.note(place, "alias", {"alias": alias.pk})
    return alias


@transaction.atomic
def set_facts(
    *, place_id: UUID, facts: Mapping[str, Mapping[str, Any]], now: datetime, actor: Actor
) -> Place:
    """Write counted facts of a place: ``{"households": {"value": 4029, "source": "…", "on": "2026-06-30"}}``.

    Values are whole numbers, not negative; every fact names its source. ``on`` is
    the day it was counted and may be left out. Facts not named stay.
    """
    change = register.begin(now=now, actor=actor)
    place = locked(place_id)
    for key, fact in facts.items():
        _check_fact(key, fact)
    place.facts = {**place.facts, **{key: dict(fact) for key, fact in facts.items()}}
    place.revision = change.revision
    place.save(update_fields=["facts", "revision"])
    change.note(place, "facts", {key: fact["value"] for key, fact in facts.items()})
    return place


def locked(place_id: UUID) -> Place:
    """Return a place as the database has it; the register's lock keeps it so."""
    place = Place.objects.filter(id=place_id).select_related("parent").first()
    if place is None:
        raise Absent(_("没有这个地方。"))
    return place


def _code_of(place: Place | None) -> str:
    """Return the code a place was born with, "" if it has none."""
    first = place.codes.order_by("id").first() if place is not None else None
    return first.code if first is not None else ""


def _check_level(level: str, parent: Place | None) -> None:
    if level not in Level:
        raise InvalidInput(_("没有这个层级。"), field="level")
    if parent is None:
        if level != Level.PROVINCE:
            raise InvalidInput(_("要写明它在哪里。"), field="parent")
    elif level in TIERS and parent.level in TIERS and tier(parent.level) >= tier(level):
        raise InvalidInput(_("上级的层级不比它高。"), field="parent")


def _check_fact(key: str, fact: Mapping[str, Any]) -> None:
    if not (key.isascii() and key.isidentifier()):
        raise InvalidInput(_("数据的名称要用英文标识。"), field="facts")
    value = fact.get("value")
    if not isinstance(value, int) or isinstance(value, bool) or value < 0 or set(fact) - set(FACT_KEYS):
        raise InvalidInput(_("数据要写成不小于零的整数。"), field=key)
    if not str(fact.get("source") or "").strip():
        raise InvalidInput(_("每个数据都要写明来源。"), field=key)


def _name(name: str) -> str:
    if not (cleaned := clean(name, 60)):
        raise InvalidInput(_("没有写名称。"), field="name")
    return cleaned


def _open_code(change: register.Change, place: Place, scheme: str, code: str, on: date | None) -> Code:
    if not code.isascii() or not code.strip():
        raise InvalidInput(_("代码只能用数字和英文字母。"), field="code")
    if scheme not in Scheme:
        raise InvalidInput(_("没有这种代码。"), field="scheme")
    if (
        len(code) == 12
        and code.isdigit()
        and scheme != Scheme.GRID
        and is_local(code) != (scheme == Scheme.LOCAL)
    ):
        raise InvalidInput(_("本地代码和统计代码的号段不能混用。"), field="code")
    taken = Code.objects.filter(scheme=scheme, code=code)
    if on is not None:
        taken = taken.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=on))
    if taken.exists():
        raise InvalidInput(_("这个代码已经有地方在用。"), field="code")
    return Code.objects.create(place=place, scheme=scheme, code=code, valid_from=on, revision=change.revision)


def _add_alias(change: register.Change, place: Place, name: str, source: str) -> Alias:
    alias, _made = Alias.objects.get_or_create(
        place=place,
        name=name,
        defaults={"source": source, "initials": initials(name), "revision": change.revision},
    )
    return alias


def _hand_over(change: register.Change, place: Place, heir: Place, on: date) -> None:
    for child in Place.objects.filter(parent=place, valid_to__isnull=True):
        move_under(change, child, heir, (_code_of(child), _code_of(heir)))
    for housing in Housing.objects.filter(grid=place, valid_to__isnull=True):
        close(change, housing, on)
        Housing.objects.create(
            building_id=housing.building_id, grid=heir, valid_from=on, revision=change.revision
        )
    for member in ZoneMember.objects.filter(place=place):
        ZoneMember.objects.get_or_create(zone_id=member.zone_id, place=heir)
        member.delete()
    for alias in [place.name, *place.aliases.values_list("name", flat=True)]:
        _add_alias(change, heir, alias, str(_("并入前的名称")))


def _end(change: register.Change, place: Place, on: date, *, merged_into: Place | None) -> None:
    if place.valid_to is not None:
        raise WrongState(_("这个地方已经停用。"))
    if place.valid_from is not None and on <= place.valid_from:
        raise InvalidInput(_("停用的日子要晚于启用的日子。"), field="on")
    place.valid_to, place.merged_into, place.revision = on, merged_into, change.revision
    place.save(update_fields=["valid_to", "merged_into", "revision"])
    for model in (Code, Outline):
        for row in model.objects.filter(place=place, valid_to__isnull=True):
            close(change, row, on)
    for housing in Housing.objects.filter(building=place, valid_to__isnull=True):
        close(change, housing, on)


def close(change: register.Change, row: Any, on: date) -> None:
    """End a dated row on a day; one that would have begun that day or later never was."""
    if row.valid_from is not None and row.valid_from >= on:
        type(row).objects.filter(pk=row.pk).delete()
        change.forget_history()
        return
    row.valid_to, row.revision = on, change.revision
    row.save(update_fields=["valid_to", "revision"])
    if isinstance(row, Outline | Code):
        change.redraw()
