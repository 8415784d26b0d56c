"""Who may do what with a request, beyond what every case knows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from linli.apps.requests.choices import BadRating, ClosedHow
from linli.foundation import paths
from linli.foundation.rules import IMPORT, Moment, rule
from linli.kernel.cases import rules as cases
from linli.kernel.cases.choices import ON_BEHALF, Channel
from linli.kernel.cases.queries.telling import had_a_hand
from linli.kernel.people import queries as people
from linli.kernel.rulebook.choices import Capability

REOPENABLE = {ClosedHow.SOLVED, ClosedHow.NOT_RATED, ClosedHow.HANDLED, ClosedHow.ADVISED}

may_approve_completion = cases.may("approve", _("要由社区党组织审定。"))


@rule(_("要由上一级岗位批准。"))
def may_approve_suspension(moment: Moment) -> bool:
    """Who dispatches on wider ground than that of the desk that asks."""
    desk = people.desks().get(moment.subject.handler_id)
    ground = desk.path if desk else moment.subject.path
    return any(
        "dispatch" in post.may and post.path != ground and paths.contains(post.path, ground)
        for post in moment.posts
        if post.path
    )


def may_come_in_by(channel: str, moment: Moment) -> bool:
    """Is this a way in which this actor can report? At the counter and on the telephone, only a post can."""
    if channel == Channel.IMPORT:
        return bool(moment.actor == IMPORT)
    return channel not in ON_BEHALF or any(Capability.RAISE_FOR_OTHERS in post.may for post in moment.posts)


@rule(_("只有在本地报到的党员和单位能认领。"))
def may_claim(moment: Moment) -> bool:
    return any(claims_for(post, moment.subject) for post in moment.posts)


def claims_for(post: Any, case: Any) -> bool:
    """Is this the post of members or units that have reported to a place the case lies in?"""
    return post.desk_kind == "members" and paths.contains(post.path, case.path)


@rule(_("您已经提过一次不同意见了，上一级岗位会给您答复。"))
def not_contested_yet(moment: Moment) -> bool:
    return not moment.subject.facts.get("contested")


@rule(_("已经过了可以重新提出的日子，请再反映一次，我们接着办。"))
def soon_enough_to_reopen(moment: Moment) -> bool:
    case = moment.subject
    days = int(moment.profile.settings.get("reopen_days", 15))
    return bool(case.closed_at and moment.now - case.closed_at <= timedelta(days=days))


@rule(_("这件事的结束方式不能重新打开，请再反映一次。"))
def ended_by_being_done(moment: Moment) -> bool:
    return moment.subject.closed_how in REOPENABLE


@rule(_("申请的人不能自己批准，请换一个人。"))
def another_than_who_asked(moment: Moment) -> bool:
    return str(moment.actor.id) != moment.subject.facts.get("asked_by")


@rule(_("办的人不能自己评价，请反映人来评。"))
def another_than_the_judged(moment: Moment) -> bool:
    """Neither who did it nor anybody of the desk that did, even where they reported it themselves."""
    case = moment.subject
    return moment.actor.id != case.done_by_id and all(
        post.desk_id != case.handler_id for post in moment.posts
    )


def only_unsolved(profile: Any) -> bool:
    """Is what is solved closed here even where the reporter is not satisfied? The profile says; usually it is not."""
    return bool(profile.settings.get("bad_rating", BadRating.EITHER) == BadRating.UNSOLVED)


@rule(_("评价的日子已经过了。还没有办好的，可以再反映一次。"))
def still_time_to_rate(moment: Moment) -> bool:
    """Until the limit ``rate`` has run out, whether or not the clock has come by since."""
    due = moment.subject.due_at
    return due is None or moment.now <= due


@rule(_("您登记过或者办过这件事，不能替反映人做这一步。请把查询码交给反映人，由反映人自己来。"))
def in_the_reporters_own_hand(moment: Moment) -> bool:
    """Who judges a matter or takes it back is the reporter, and not the desk with the reporter's code.

    Who registers for somebody prints the slip with the code, so they have seen it, and a
    desk may be shown it. Signed in as who had a hand in the matter they are refused what
    would end it in the reporter's name. What only adds to it (a word, a photo, "not done
    yet") they may write down with the resident beside them. Somebody who signs out first
    is anybody with the code: against that stand the notice to the reporter at each step,
    the days in which they may say that it is not done, and the checks by telephone.
    """
    return moment.bearer is None or not had_a_hand(moment.subject, moment.bearer)


@rule(_("到场已经签过了。"))
def not_arrived_yet(moment: Moment) -> bool:
    mine = {post.desk_id for post in moment.posts}
    calls = [a for a in moment.subject.open_assignments if a.desk_id in mine]
    return not calls or any(a.arrived_at is None for a in calls)
