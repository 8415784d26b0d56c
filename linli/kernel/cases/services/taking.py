"""The one door: every step of every case goes through ``take``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation import locks
from linli.foundation.errors import Absent, WrongState
from linli.foundation.flow import Step
from linli.foundation.rules import Moment
from linli.foundation.sql import Asked
from linli.kernel.cases import registry
from linli.kernel.cases.models import Case
from linli.kernel.cases.services.applying import apply
from linli.kernel.cases.services.change import Change
from linli.kernel.cases.services.forms_in import cleaned
from linli.kernel.rulebook import queries as rulebook

_LOCKED = Asked(lambda pk: Case.objects.select_for_update().filter(pk=pk), pk=UUID(int=1))


@locks.bounded()
@transaction.atomic
def take(
    *, case_id: UUID, step: str, data: dict[str, Any], moment: Moment, version: int | None = None
) -> Case:
    """Lock, version, right, state, form, service, advance, event: one transaction.

    ``version`` is what the caller saw; None is for the clock, which saw nothing.
    Raises Absent, NotAllowed (says why), WrongState (the step is off, somebody was
    faster, or the state does not offer it), InvalidInput; Busy if the lock is not to be had.
    """
    case = _LOCKED.one(Case, pk=case_id)
    if case is None:
        raise Absent(_("没有这件事。"))
    if version is not None and version != case.version:
        raise WrongState(_("刚才有人先办了一步，请看过最新情况再操作。"))
    app = registry.get(case.flow)
    compiled = rulebook.profile_of(case.flow, case.rules_id)
    now = replace(moment, subject=case, profile=compiled.profile)
    row = compiled.take(step, now)
    now = _acting(row, now)
    entry = cleaned(row, data, case, now)
    change = row.service(case, entry, now) if row.service else Change()
    apply(case, row, change, now, app)
    vars(case).pop("calls", None)
    return case


def _acting(row: Step, now: Moment) -> Moment:
    """Return the moment with the post that the right comes from, the chosen one first.

    A right that needs no post is not used from one: staff who reported something
    themselves are not named by their desk.
    """
    bare = replace(now, posts=(), post=None)
    if row.who.allows(bare):
        return bare
    for post in (now.post, *now.posts):
        if post and row.who.allows(replace(now, posts=(post,), post=post)):
            return replace(now, post=post)
    return now
