"""Writing a version. Every way to a rule ends here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from linli.foundation.canonical import plain
from linli.foundation.errors import Absent, InvalidInput
from linli.foundation.rules import Actor
from linli.foundation.worktime import SHANGHAI
from linli.kernel.journal import services as journal
from linli.kernel.places import queries as places
from linli.kernel.places.queries import PlaceRef
from linli.kernel.rulebook import registry, schemas
from linli.kernel.rulebook.models import RuleSet
from linli.kernel.rulebook.queries.proposals import digest_of

STAMP = "rulebook"
SUBJECT = "rule"


def lock() -> None:
    """Let one change of the rules happen at a time: the stamp's row is held until the end."""
    journal.bump(STAMP)


def write(*, rule: RuleSet, actor: Actor, name: str, now: datetime) -> RuleSet:
    """Number, save and journal a version; the caller holds the lock."""
    last = RuleSet.objects.filter(key=rule.key, place_id=rule.place_id).order_by("-version").first()
    rule.version = last.version + 1 if last else 1
    rule.made_at = now
    rule.save(force_insert=True)
    journal.record(
        subject_kind=SUBJECT,
        subject_id=rule.id,
        county=rule.county,
        name=name,
        actor=actor,
        at=now,
        data={"key": rule.key, "version": rule.version, "place": rule.place_id, "digest": digest_of(rule)},
    )
    journal.bump(STAMP)  # what was read under the lock is old now
    if rule.key.startswith("calendar."):
        year = int(rule.key.removeprefix("calendar."))
        for listener in registry.LISTENERS:
            listener(year, now)
    return rule


def draft(
    *,
    key: str,
    place: PlaceRef | None,
    valid_from: date,
    valid_to: date | None,
    data: Mapping[str, Any],
    basis: str,
    inherits: bool = False,
) -> RuleSet:
    """Return a version that has passed its schema, not yet saved."""
    if not basis.strip():
        raise InvalidInput(_("请写明规则的依据。"), field="basis")
    if valid_to is not None and valid_to <= valid_from:
        raise InvalidInput(_("终止日期要晚于起始日期。"), field="valid_to")
    if place is not None and key.startswith("calendar."):
        raise InvalidInput(_("日历全国一样，不能按地方另写。"), field="place")
    body = as_stored(data)
    if not inherits:
        schemas.check(key, body)
    elif body or place is None:
        raise InvalidInput(_("恢复上级规则时，要指明地方，不能再写内容。"), field="inherits")
    return RuleSet(
        key=key,
        place_id=place.id if place else None,
        path=place.path if place else "",
        county=place.county if place else "",
        valid_from=valid_from,
        valid_to=valid_to,
        inherits=inherits,
        data=body,
        basis=basis.strip(),
    )


def as_stored(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data as the database will give it back; a fraction is refused."""
    try:
        body: dict[str, Any] = plain(dict(data))
    except (TypeError, ValueError) as refusal:
        raise InvalidInput(_("规则里只能写文字、整数、是否和它们的列表。"), field="data") from refusal
    return body


def place_of(place_id: UUID | None) -> PlaceRef | None:
    """Return the place of a rule, None for everywhere."""
    if place_id is None:
        return None
    found = places.get(place_id)
    if found is None:
        raise Absent(_("没有这个地方。"))
    return found


def day_of(now: datetime) -> date:
    return now.astimezone(SHANGHAI).date()


def ask(step: str, actor: Actor, path: str, now: datetime, other: UUID | None = None) -> None:
    """Let those who know people refuse."""
    for refuse in registry.GUARDS:
        refuse(registry.Ask(step, actor, path, now, other))
