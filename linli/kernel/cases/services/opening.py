"""How a case is born: the same door, before there is anything to lock."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.foundation import locks
from linli.foundation.errors import DomainError, InvalidInput, NotAllowed, StillRunning
from linli.foundation.rules import Moment
from linli.foundation.sql import Asked
from linli.foundation.worktime import SHANGHAI
from linli.kernel.cases import registry
from linli.kernel.cases.choices import ON_BEHALF, Urgency
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import codes
from linli.kernel.cases.services.applying import apply
from linli.kernel.cases.services.change import Change
from linli.kernel.cases.services.forms_in import cleaned
from linli.kernel.cases.services.numbers import next_number
from linli.kernel.files import queries as files
from linli.kernel.places import queries as places
from linli.kernel.rulebook import queries as rulebook

KEY_LENGTH = (16, 128)  # least and most characters of an idempotency key
STILL_RUNNING = gettext_lazy("这次提交还在处理，请过几秒用同一个提交编号再发一次。")


@dataclass(frozen=True, slots=True)
class Opened:
    """A case that stands, its tracking code, and whether it was already there."""

    case: Case
    code: str
    again: bool = False


def open_case(
    *, flow: str, data: dict[str, Any], moment: Moment, key: str = "", urgent: bool = False
) -> Opened:
    """Open a case. The same key with the same body gives the same case and code again.

    A second send while the first is running waits for it, but not for ever (the
    database's own limit on waiting for a lock), and is then told to come again.
    ``urgent``: whoever raises it says that it cannot wait; it is then 紧急 at least. That
    mark is no part of the body: sent again without it, it is the same case.
    Raises InvalidInput for bad input, for an unknown place, and for a key that was
    used with another body; DomainError for a key that is too short to be a secret;
    NotAllowed where this actor may not; StillRunning, or without a key Busy.
    """
    _refuse_weak(key)
    with locks.bounded(StillRunning(STILL_RUNNING) if key else None):
        return _open(flow, data, moment, key, urgent=urgent)


def _refuse_weak(key: str) -> None:
    """The key alone gives the tracking code again, so it must be as hard to guess."""
    least, most = KEY_LENGTH
    if key and not least <= len(key) <= most:
        rule = {"least": least, "most": most}
        raise DomainError(
            _("提交编号（Idempotency-Key）要有 %(least)d 到 %(most)d 个字符，请用随机生成的。") % rule
        )


def _open(flow: str, data: dict[str, Any], moment: Moment, key: str, *, urgent: bool) -> Opened:
    app = registry.get(flow)
    mark = codes.intake_key(f"{moment.actor.kind}:{moment.actor.id}", key) if key else None
    body = codes.intake_body(flow, _as_sent(data)) if key else ""
    if mark and (known := _known(mark, body)):
        return known  # before anything is judged: rules and places may have changed since it was taken
    entry = cleaned(app.flow.steps[app.birth], data, None, moment)
    if app.divert:
        flow = app.divert(entry, moment)
        app = registry.get(flow)
    case = _unborn(flow, entry, moment)
    case.intake_key, case.intake_body = mark, body
    case.number = next_number(case.county)
    try:
        with transaction.atomic():
            _bear(case, app, entry, moment, Urgency.URGENT if urgent else Urgency.NORMAL)
    except IntegrityError:
        if mark and (known := _known(mark, body)):
            return known
        raise
    return Opened(case, codes.tracking_code(case.pk))


def _as_sent(data: dict[str, Any]) -> str:
    """Write down what was sent; a photo by what it shows, for a page that is sent again uploads it again."""
    photos = data.get("photos")
    shown = files.digests(photos if isinstance(photos, (list, tuple)) else [])
    return json.dumps({**data, "photos": shown}, sort_keys=True, default=str)


_BY_KEY = Asked(lambda mark: Case.objects.filter(intake_key=mark), mark="an example")


def _known(mark: str, body: str) -> Opened | None:
    case = _BY_KEY.one(Case, mark=mark)
    if case is None:
        return None
    if case.intake_body != body:
        raise InvalidInput(_("这个提交编号已经用过，内容却不一样。请刷新页面后重新提交。"))
    return Opened(case, codes.tracking_code(case.pk), again=True)


def _unborn(flow: str, entry: dict[str, Any], moment: Moment) -> Case:
    """Return the case with its ground and its rules, not yet saved."""
    on = _day(moment.now)
    place = _place(entry, on)
    path = places.path_on(place.id, on)
    version, _compiled = rulebook.profile(flow, path, on)
    lon, lat = entry.get("lon"), entry.get("lat")
    case = Case(
        flow=flow,
        county=place.county,
        place_id=place.id,
        path=path,
        lon=lon,
        lat=lat,
        category=entry["category"],
        channel=entry["channel"],
        opened_at=moment.now,
        held_since=moment.now,
        rules_id=version.id,
        limits_id=rulebook.rule("limits", path, on).id,
        by_kind=moment.actor.kind,
        by_id=moment.actor.id,
        confidential=registry.get(flow).flow.confidential,
    )
    case.track = codes.track_of(codes.tracking_code(case.pk))
    return case


def _bear(case: Case, app: registry.FlowApp, entry: dict[str, Any], moment: Moment, least: Urgency) -> None:
    compiled = rulebook.profile_of(case.flow, case.rules_id)
    now = replace(moment, subject=case, profile=compiled.profile)
    step = compiled.steps[app.birth]
    if refusal := step.who.refusal(now):
        raise NotAllowed(refusal)
    change = step.service(case, entry, now) if step.service else Change()
    change = replace(change, set={**change.set, "urgency": max(change.set.get("urgency", 0), int(least))})
    if case.channel not in ON_BEHALF:
        now = replace(now, post=None)  # who reports for themselves does so as a resident
    apply(case, step, change, now, app)


def _place(entry: dict[str, Any], on: date) -> places.PlaceRef:
    """Return the place that was chosen, or that lies under the point; a plate outlives its place."""
    place_id: UUID | None = entry.get("place")
    if place_id is not None:
        if place := places.standing(place_id, on):
            return place
        raise InvalidInput(_("没有找到这个地点，请重新选。"), field="place")
    if entry.get("lon") is not None and entry.get("lat") is not None:
        if place := places.locate(entry["lon"] / 1e7, entry["lat"] / 1e7):
            return place
        raise InvalidInput(_("这个位置不在服务范围内，请从列表里选地点。"), field="place")
    raise InvalidInput(_("请选一个地点。"), field="place")


def _day(now: datetime) -> date:
    return now.astimezone(SHANGHAI).date()
