"""Giving and taking posts. Work stays with the desk, whoever sits there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from linli.foundation.errors import Absent, InvalidInput, NotAllowed, WrongState
from linli.foundation.paths import ROOT
from linli.foundation.rules import IMPORT, Actor
from linli.foundation.worktime import SHANGHAI
from linli.kernel.journal import services as journal
from linli.kernel.people.choices import ADMINISTRATORS, AccountKind
from linli.kernel.people.models import Account, Desk, Post
from linli.kernel.people.queries import RoleDef, coming_and_in_force, in_force, role, shanghai_day
from linli.kernel.people.queries.organisations import digest_of_words
from linli.kernel.people.rules import (
    SETUP,
    check_is_somebody_else,
    check_may_appoint,
    check_may_confirm,
    check_three_persons,
)
from linli.kernel.places import queries as places


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a post is: a desk, or a place without one, or (administrators) everywhere."""

    path: str = ROOT
    county: str = ""
    place_id: UUID | None = None
    organisation_id: UUID | None = None
    desk_id: UUID | None = None
    name: str = ""
    desk_kind: str = ""


@transaction.atomic
def appoint(
    *,
    account_id: UUID,
    role_code: str,
    by: Actor,
    now: datetime,
    desk_id: UUID | None = None,
    place_id: UUID | None = None,
    organisation_id: UUID | None = None,
    zone_id: UUID | None = None,
    starts_on: date | None = None,
    ends_on: date | None = None,
    basis: str = "",
    title: str = "",
) -> Post:
    """Give somebody a post from ``starts_on`` (today) to ``ends_on`` included (until further notice).

    A desk brings its place and organisation. Roles that may appoint or administer
    wait for a second person's :func:`confirm_post`. Raises NotAllowed, InvalidInput,
    Absent, WrongState.
    """
    account = _lock_account(account_id)
    ground = _ground(role_code, desk_id, place_id, organisation_id)
    first = starts_on or shanghai_day(now)
    found = role(role_code, on=first, path=ground.path)
    acting = check_may_appoint(by, ground.path, now)
    check_is_somebody_else(by, account_id)
    _check_fits(account, found, ground, now)
    _check_term(first, ends_on, now)
    _close_lapsed(account, now)
    post = Post(
        account=account,
        role=role_code,
        title=title or f"{ground.name}{found.label}",
        organisation_id=ground.organisation_id,
        desk_id=ground.desk_id,
        place_id=ground.place_id,
        path=ground.path,
        county=ground.county,
        zone_id=zone_id,
        starts_on=first,
        ends_on=ends_on,
        basis=basis,
        made_by=by.id if by.kind == "person" else None,
        made_at=now,
        needs_confirming=found.is_weighty and by not in (IMPORT, SETUP),
    )
    post.save(force_insert=True)
    _journal(post, "post.appoint", by, now, acting.id if acting else None)
    return post


@transaction.atomic
def confirm_post(*, post_id: UUID, by: Actor, now: datetime) -> Post:
    """Put a waiting appointment into force, as a second person."""
    post = _lock_post(post_id)
    acting = check_may_confirm(by, post, now)
    if not post.needs_confirming or post.confirmed_at or post.ends_at:
        raise WrongState(_("这项任命不用确认，或者已经有了结果。"))
    post.confirmed_by, post.confirmed_at = by.id, now
    post.save(update_fields=["confirmed_by", "confirmed_at"])
    _journal(post, "post.confirm", by, now, acting.id if acting else None)
    return post


@transaction.atomic
def end_post(*, post_id: UUID, by: Actor, now: datetime) -> Post:
    """End a post at this moment. Its holder's sessions end with it."""
    post = _lock_post(post_id)
    acting = check_may_appoint(by, post.path, now)
    check_is_somebody_else(by, post.account_id)
    if post.ends_at or (post.ends_on and post.ends_on < shanghai_day(now)):
        raise WrongState(_("这个岗位已经结束了。"))
    if post.role in ADMINISTRATORS:
        _check_not_the_last(post, now)
    _end(post, by, now, acting.id if acting else None)
    return post


@transaction.atomic
def replace_holder(*, post_id: UUID, account_id: UUID, by: Actor, now: datetime, basis: str = "") -> Post:
    """End a post and give the same one to somebody else: the desk keeps its work."""
    old = _lock_post(post_id)
    if old.role in ADMINISTRATORS:
        raise NotAllowed(_("管理员要先任命并确认接替的人，再免去原来的人。"))
    if old.account_id == account_id:
        raise InvalidInput(_("接替的人就是现在的人。"), field="account")
    end_post(post_id=post_id, by=by, now=now)
    return appoint(
        account_id=account_id,
        role_code=old.role,
        desk_id=old.desk_id,
        place_id=old.place_id,
        organisation_id=old.organisation_id,
        zone_id=old.zone_id,
        title=old.title,
        basis=basis,
        by=by,
        now=now,
    )


def facts_of(post: Post) -> dict[str, Any]:
    """Return what the journal keeps of a post: none of it ever changes."""
    return {
        "account": str(post.account_id),
        "role": post.role,
        "desk": str(post.desk_id or ""),
        "place": str(post.place_id or ""),
        "zone": str(post.zone_id or ""),
        "organisation": str(post.organisation_id or ""),
        "words": digest_of_words(post.title, post.basis),
        "starts_on": post.starts_on.isoformat(),
        "ends_on": post.ends_on.isoformat() if post.ends_on else "",
        "needs_confirming": post.needs_confirming,
    }


def _ground(
    role_code: str, desk_id: UUID | None, place_id: UUID | None, organisation_id: UUID | None
) -> Ground:
    if role_code in ADMINISTRATORS:
        if desk_id or place_id:
            raise InvalidInput(_("管理员岗位不坐柜台，也不属于某个地方。"), field="desk")
        return Ground()
    if desk_id:
        return _ground_of_desk(desk_id)
    place = places.get(place_id) if place_id else None
    if place is None:
        raise InvalidInput(_("请选择岗位所在的地方。"), field="place")
    return Ground(place.path, place.county, place.id, organisation_id, name=place.name)


def _ground_of_desk(desk_id: UUID) -> Ground:
    desk = Desk.objects.filter(id=desk_id, closed_at__isnull=True).first()
    if desk is None:
        raise Absent(_("没有这个岗台，或者已经撤销。"))
    return Ground(desk.path, desk.county, desk.place_id, desk.organisation_id, desk.id, desk.name, desk.kind)


def _check_fits(account: Account, found: RoleDef, ground: Ground, now: datetime) -> None:
    """One person: either an administrator, of one kind, or somebody who handles matters."""
    if not account.is_active:
        raise WrongState(_("这个账号已经停用。"))
    if account.kind != AccountKind.STAFF and found.code in ADMINISTRATORS:
        raise InvalidInput(_("管理员要用工作人员账号。"), field="account")
    if ground.desk_kind and not found.sits_at(ground.desk_kind):
        raise InvalidInput(_("这个角色不坐这类岗台。"), field="role")
    if found.code in ADMINISTRATORS:
        check_three_persons(account.id)
    held = list(account.posts.filter(coming_and_in_force(now)))
    if any(post.role in ADMINISTRATORS for post in held):
        raise NotAllowed(_("管理员不兼任别的岗位：系统、安全、审计三员分设。"))
    if held and found.code in ADMINISTRATORS:
        raise NotAllowed(_("管理员不兼任别的岗位，请先免去现有岗位。"))
    if any(
        (post.role, post.desk_id) == (found.code, ground.desk_id) and post.path == ground.path
        for post in held
    ):
        raise WrongState(_("这个人已经在这个岗位上。"))


def _check_term(starts_on: date, ends_on: date | None, now: datetime) -> None:
    if ends_on and ends_on < max(starts_on, shanghai_day(now)):
        raise InvalidInput(_("结束的日期要在开始之后，也不能已经过去。"), field="ends_on")


def _check_not_the_last(post: Post, now: datetime) -> None:
    others = Post.objects.filter(in_force(now), role=post.role).exclude(id=post.id)
    if not others.exists():
        raise NotAllowed(_("这是最后一位这样的管理员，请先任命并确认接替的人。"))


def _end(post: Post, by: Actor, now: datetime, acting_id: UUID | None) -> None:
    post.ends_at = now
    post.save(update_fields=["ends_at"])
    Account.objects.filter(id=post.account_id).update(epoch=F("epoch") + 1)
    _journal(post, "post.end", by, now, acting_id)


def _close_lapsed(account: Account, now: datetime) -> None:
    """Mark terms that have run out as ended, so that the same post can be given again."""
    for post in account.posts.filter(ends_at__isnull=True, ends_on__lt=shanghai_day(now)):
        if post.ends_on:
            post.ends_at = datetime.combine(post.ends_on + timedelta(days=1), time(), SHANGHAI)
            post.save(update_fields=["ends_at"])


def _lock_account(account_id: UUID) -> Account:
    account = Account.objects.select_for_update().filter(id=account_id).first()
    if account is None:
        raise Absent(_("没有这个账号。"))
    return account


def _lock_post(post_id: UUID) -> Post:
    post = Post.objects.select_for_update().filter(id=post_id).first()
    if post is None:
        raise Absent(_("没有这个岗位。"))
    return post


def _journal(post: Post, name: str, by: Actor, now: datetime, acting_id: UUID | None) -> None:
    journal.record(
        subject_kind="post",
        subject_id=post.id,
        county=post.county,
        name=name,
        actor=by,
        post_id=acting_id,
        at=now,
        data=facts_of(post),
    )
