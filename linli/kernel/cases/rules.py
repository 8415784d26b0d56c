"""Who may: what a case's row in a flow table may ask."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation import paths
from linli.foundation.rules import CLOCK, Moment, Rule, rule
from linli.kernel.cases.choices import ON_BEHALF
from linli.kernel.cases.queries import routing


@rule(_("这件事现在由别的岗位在办，您不用操作。"))
def holder(moment: Moment) -> bool:
    return any(post.desk_id == moment.subject.holder_id for post in moment.posts if post.desk_id)


@rule(_("只有被吹哨的单位能做这一步。"))
def called(moment: Moment) -> bool:
    desks = {post.desk_id for post in moment.posts}
    return any(a.desk_id in desks for a in moment.subject.open_assignments)


@rule(_("只有反映人本人能做这一步。"))
def reporter(moment: Moment) -> bool:
    case, actor = moment.subject, moment.actor
    if actor.kind == "code":
        return bool(actor.id == case.pk)
    mine = actor.kind == "person" and case.by_kind == "person" and case.by_id == actor.id
    return bool(mine and case.channel not in ON_BEHALF)


@rule(_("这一步由系统到点自动做。"))
def clock(moment: Moment) -> bool:
    return moment.actor == CLOCK


@rule(_("办的人不能自己核查，请换一个人。"))
def another_than_the_doer(moment: Moment) -> bool:
    return moment.actor.kind == "person" and moment.actor.id != moment.subject.done_by_id


@rule(_("还有单位没办完，等他们报告办完后再交。"))
def everybody_called_is_done(moment: Moment) -> bool:
    return not moment.subject.open_assignments


@rule(_("没有还没办完的单位，不用撤回。"))
def somebody_is_called(moment: Moment) -> bool:
    return bool(moment.subject.open_assignments)


@rule(_("已经是最高一级，没有上级可以上报。"))
def has_desk_above(moment: Moment) -> bool:
    return routing.above(moment.subject, moment.subject.holder_id) is not None


def may(capability: str, reason: object) -> Rule:
    """Allow who has a post with ``capability`` over the case's place."""

    @rule(reason)
    def capable(moment: Moment) -> bool:
        return any(
            capability in post.may and post.path and paths.contains(post.path, moment.subject.path)
            for post in moment.posts
        )

    return capable
