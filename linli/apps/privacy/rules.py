"""Who may do what with a request about somebody's data, beyond what every case knows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from linli.apps.privacy.choices import ClosedHow
from linli.foundation.rules import Moment, rule
from linli.kernel.cases.choices import ON_BEHALF
from linli.kernel.rulebook.choices import Capability

CONTEST_FOR = timedelta(days=30)


def may_come_in_by(channel: str, moment: Moment) -> bool:
    """Who sits at a desk asks for somebody beside them; everybody else asks for themselves."""
    if channel in ON_BEHALF:
        return any(Capability.RAISE_FOR_OTHERS in post.may for post in moment.posts)
    return not moment.posts


@rule(_("登记的人不能自己答复，请换一个人。"))
def another_than_who_registered(moment: Moment) -> bool:
    case: Any = moment.subject
    return not (case.by_kind == "person" and case.by_id == moment.actor.id)


@rule(_("上一次答复的人不能再答复，请换一个人。"))
def another_than_who_answered(moment: Moment) -> bool:
    return bool(moment.actor.id != moment.subject.done_by_id)


@rule(_("您已经提过一次不同意见了。还不同意，可以向网信部门投诉，或者向人民法院起诉。"))
def not_contested_yet(moment: Moment) -> bool:
    return not moment.subject.facts.get("contested")


@rule(_("只有没有同意的申请，三十天之内可以再提一次。"))
def was_refused_lately(moment: Moment) -> bool:
    case: Any = moment.subject
    refused = case.closed_how == ClosedHow.REFUSED
    return bool(refused and case.closed_at and moment.now - case.closed_at <= CONTEST_FOR)
