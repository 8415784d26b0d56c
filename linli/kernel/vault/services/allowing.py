"""Opening more than one person may alone: somebody asks, another person decides; or the glass is broken.

No step takes free text: a purpose of the list, a number and hours say what is asked for, and
nothing about anybody can be written into it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation.errors import Absent, InvalidInput, NotAllowed, WrongState
from linli.foundation.rules import Actor
from linli.kernel.journal import services as journal
from linli.kernel.vault.choices import Leave, Purpose
from linli.kernel.vault.memory import limits as memory
from linli.kernel.vault.memory.limits import Ask
from linli.kernel.vault.models import Allowance
from linli.kernel.vault.services.limiting import one_at_a_time

NOT_ASKED_FOR = (Purpose.OWN,)
# What each answer makes of what waits: a wish is granted or not, a broken glass was right or not.
ANSWERS = {
    ("grant", Leave.ASKED): Leave.GRANTED,
    ("refuse", Leave.ASKED): Leave.REFUSED,
    ("review", Leave.TAKEN): Leave.REVIEWED,
    ("object", Leave.TAKEN): Leave.OBJECTED,
}
ANSWERING = frozenset(step for step, _state in ANSWERS)


@transaction.atomic
def ask_for_more(
    *, actor: Actor, post_id: UUID, county: str, purpose: str, number: int, hours: int, now: datetime
) -> Allowance:
    """Ask another person for leave to open ``number`` files more, within ``hours`` from their yes."""
    wish = _wish(actor, post_id, county, purpose, now)
    limits = memory.limits(county, now)
    if not 1 <= number <= limits.most:
        raise InvalidInput(_("份数请填 1 到 %(most)d。") % {"most": limits.most}, field="number")
    if not 1 <= hours <= limits.longest:
        raise InvalidInput(_("时间请填 1 到 %(most)d 小时。") % {"most": limits.longest}, field="hours")
    _refuse_second(wish, Leave.ASKED, _("您已经有一份申请在等批准。"))
    wish.number, wish.hours = number, hours
    _write(wish, "reading.ask", Leave.ASKED, actor, now)
    return wish


@transaction.atomic
def break_glass(*, actor: Actor, post_id: UUID, county: str, purpose: str, now: datetime) -> Allowance:
    """Open a few files more at once; others are told, and one of them judges it afterwards."""
    wish = _wish(actor, post_id, county, purpose, now)
    _refuse_second(wish, Leave.TAKEN, _("上一次应急先看还没有人复核，不能再用。"))
    wish.number, wish.hours = memory.limits(county, now).at_once, 1
    wish.in_force_at, wish.until = now, now + timedelta(hours=1)
    _write(wish, "reading.take", Leave.TAKEN, actor, now)
    return wish


@transaction.atomic
def answer_wish(*, allowance_id: UUID, step: str, actor: Actor, now: datetime) -> Allowance:
    """Grant or refuse what was asked; review or object to what was taken. Never one's own."""
    wish = Allowance.objects.select_for_update().filter(pk=allowance_id).first()
    if wish is None:
        raise Absent(_("没有这份申请。"))
    _ask_guards(step, actor, wish, now)
    to_state = ANSWERS.get((step, Leave(wish.state)))
    if to_state is None:
        raise WrongState(_("这份申请已经有结论了。"))
    wish.decided_by, wish.decided_at = actor.id, now
    if to_state == Leave.GRANTED:
        wish.in_force_at, wish.until = now, now + timedelta(hours=wish.hours)
    if to_state == Leave.OBJECTED:
        wish.until = min(wish.until or now, now)
    _write(wish, f"reading.{step}", to_state, actor, now)
    return wish


def _wish(actor: Actor, post_id: UUID, county: str, purpose: str, now: datetime) -> Allowance:
    wish = Allowance(reader_id=actor.id, post_id=post_id, county=county, purpose=purpose, asked_at=now)
    _ask_guards("ask", actor, wish, now)
    if purpose not in Purpose.values or purpose in NOT_ASKED_FOR:
        raise InvalidInput(_("请选择查看个人信息的目的。"), field="purpose")
    return wish


def _ask_guards(step: str, actor: Actor, wish: Allowance, now: datetime) -> None:
    """Ask who knows people. Where nobody does, nobody decides."""
    if actor.kind != "person" or not memory.GUARDS:
        raise NotAllowed(_("只有在岗的工作人员能申请和批准。"))
    if step in ANSWERING and actor.id == wish.reader_id:
        raise NotAllowed(_("自己的申请要由另一个人批准。"))
    for refuse in memory.GUARDS:
        refuse(Ask(step, actor, wish.reader_id, wish.post_id, now))


def _refuse_second(wish: Allowance, state: Leave, why: Any) -> None:
    one_at_a_time(wish.reader_id)
    if Allowance.objects.filter(reader_id=wish.reader_id, state=state).exists():
        raise WrongState(why)


def _write(wish: Allowance, name: str, to_state: Leave, actor: Actor, now: datetime) -> None:
    told = {"reader": wish.reader_id, "post": wish.post_id, "purpose": wish.purpose, "number": wish.number}
    own_post = wish.post_id if actor.id == wish.reader_id else None
    journal.advance(
        wish, name=name, to_state=to_state, actor=actor, post_id=own_post, at=now,
        data=told | {"hours": wish.hours}, save=("in_force_at", "until", "decided_by", "decided_at"),
    )  # fmt: skip
