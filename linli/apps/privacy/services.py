"""Asking and answering: what changes. What is erased follows from the journal (``jobs``)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _

from linli.apps.privacy.choices import ClosedHow, Hold, State, Why, Wish
from linli.apps.privacy.fields import NOTE, TEXT
from linli.apps.privacy.queries import about, still_open
from linli.apps.privacy.rules import may_come_in_by
from linli.foundation.errors import InvalidInput
from linli.foundation.rules import Moment
from linli.foundation.templatetags.ui import on_day
from linli.foundation.worktime import SHANGHAI
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import routing
from linli.kernel.cases.services import Change
from linli.kernel.people import queries as people

Entry = Mapping[str, Any]


def ask(case: Case, entry: Entry, moment: Moment) -> Change:
    """提出申请: by the person, with the tracking code, or written down at a desk for who comes in person."""
    if not may_come_in_by(entry["channel"], moment):
        raise InvalidInput(_("替别人登记，请在“帮居民登记”里登记，并要有登记的岗位。"), field="channel")
    return Change(set={"facts": {"about": entry["about"]}}, personal={TEXT: entry.get("words", "")})


def grant(case: Case, entry: Entry, moment: Moment) -> Change:
    """同意: an erasure is carried out at once; what is still being worked on is restricted first."""
    waiting = still_open(about(case)) if case.category == Wish.ERASE else []
    said = [entry.get("words", "")]
    if case.category == Wish.ERASE:
        said.append(_("已经删除。备份里的也读不出来了，三十五天之内备份本身也会清掉。"))
    if waiting:
        numbers = "、".join(one.number for one in waiting)
        said.append(
            _("编号 %(numbers)s 还没办完，从现在起只用来办这件事，您的称呼和电话已经删掉，办完自动删除。")
            % {"numbers": numbers}
        )
    return Change(
        to=State.RESTRICTED if waiting else State.CLOSED,
        closed_how="" if waiting else ClosedHow.DONE,
        set={"done_by_id": moment.actor.id},
        data={"about": case.facts["about"], "wish": case.category},
        personal={NOTE: _joined(said)},
    )


def hold(case: Case, entry: Entry, moment: Moment) -> Change:
    """先限制使用: it is needed until a day; told why, and erased then by itself."""
    if case.category != Wish.ERASE:
        raise InvalidInput(_("只有申请删除的，才能先限制使用。"))
    day = entry["until"]
    said = [
        _("现在还不能删除：%(rule)s。") % {"rule": Hold(entry["reason"]).label},
        entry["words"],
        _("从现在起谁也不能拿它办别的事，您的称呼和电话已经删掉。到%(day)s自动删除。") % {"day": on_day(day)},
        _where_to_turn(case),
    ]
    end = datetime.combine(day + timedelta(days=1), time(0), SHANGHAI).astimezone(UTC)
    return Change(
        set={"done_by_id": moment.actor.id, "facts": {**case.facts, "until": end.isoformat()}},
        data={"about": case.facts["about"], "why": entry["reason"], "until": end.isoformat()},
        personal={NOTE: _joined(said)},
    )


def refuse(case: Case, entry: Entry, moment: Moment) -> Change:
    """不同意: the rule, the reason, the next step, and whom to complain to."""
    said = [
        _("没有同意：%(rule)s。") % {"rule": Why(entry["reason"]).label},
        _("理由：“%(words)s”。") % {"words": entry["words"]},
        _("您可以在三十天之内点“不同意这个答复”，由上一级换一个人重新看。"),
        _where_to_turn(case),
    ]
    return Change(
        closed_how=ClosedHow.REFUSED,
        set={"done_by_id": moment.actor.id},
        data={"reason": entry["reason"]},
        personal={NOTE: _joined(said)},
    )


def contest(case: Case, entry: Entry, moment: Moment) -> Change:
    """不同意这个答复: once, to a person one level up."""
    up = routing.above(case, case.holder_id)
    holder = up.id if up else routing.if_open(case.holder_id)
    return Change(
        holder=holder,
        new_round=True,
        set={"facts": {**case.facts, "contested": True}},
        personal={NOTE: entry["words"]},
    )


def withdraw(case: Case, entry: Entry, moment: Moment) -> Change:
    """撤回: the data stays as it is."""
    return Change(closed_how=ClosedHow.WITHDRAWN, personal={NOTE: entry.get("words", "")})


def supplement(case: Case, entry: Entry, moment: Moment) -> Change:
    """补充: words from who asked."""
    return Change(personal={NOTE: entry["words"]})


def complete(case: Case, entry: Entry, moment: Moment) -> Change:
    """到时删除: what it was kept for is over, and it has been erased."""
    return Change(closed_how=ClosedHow.DONE)


def overdue(case: Case, entry: Entry, moment: Moment) -> Change:
    """超期: said, and on top of the desk's list."""
    return Change(set={"overdue_at": moment.now}, data={"clock": case.due_on_what})


def schedule(case: Case, entry: Entry, moment: Moment) -> Change:
    """补定期限: the calendar that was missing has been published."""
    return Change(reclock=True)


def _where_to_turn(case: Case) -> str:
    """Say whom to complain to: the desk one level up with its number, the authority, the court."""
    known = people.desks()
    desk = routing.above(case, case.holder_id) or known.get(case.holder_id)
    who = f"{desk.name}（{desk.phone}）" if desk and desk.phone else (desk.name if desk else "")
    return _(
        "要投诉，请找%(desk)s；也可以向网信部门投诉（12377），或者依照个人信息保护法第五十条向人民法院起诉。"
    ) % {"desk": who}


def _joined(sentences: list[str]) -> str:
    return "\n".join(one for one in sentences if one)
