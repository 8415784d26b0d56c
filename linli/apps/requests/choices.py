from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """Where a request stands. Which of them a place uses is a matter of its profile."""

    SUBMITTED = "submitted", _("待分流")
    SORTED = "sorted", _("待派单")
    ADVISED = "advised", _("已指引")
    PUBLISHED = "published", _("待认领")
    DISPATCHED = "dispatched", _("待接单")
    ACCEPTED = "accepted", _("街社已接单")
    HANDED = "handed", _("待单位接单")
    TO_VERIFY = "to_verify", _("待入户核实")
    HANDLING = "handling", _("办理中")
    ASKED = "asked", _("待批挂起")
    SUSPENDED = "suspended", _("已挂起")
    RESOLVED = "resolved", _("待核查")
    CHECKED = "checked", _("待答复")
    REPLIED = "replied", _("待评价")
    RETURNED = "returned", _("待改派")
    CLOSED = "closed", _("已办结")
    RECEIVED = "received", _("待专人接")


class Sort(models.TextChoices):
    """三事分流: whose affair it is."""

    PUBLIC = "public", _("公家事")
    SHARED = "shared", _("大家事")
    OWN = "own", _("自家事")


class Solved(models.TextChoices):
    YES = "yes", _("解决了")
    NO = "no", _("没解决")


class Satisfied(models.TextChoices):
    GOOD = "good", _("满意")
    FAIR = "fair", _("还行")
    BAD = "bad", _("不满意")


class BadRating(models.TextChoices):
    """Which answer is a bad rating and begins another round; a setting of the profile."""

    EITHER = "either", _("没解决或者不满意")
    UNSOLVED = "unsolved", _("没解决")


class ClosedHow(models.TextChoices):
    """Why it ended: says what happened, not that it is over."""

    SOLVED = "solved", _("已解决")
    NOT_RATED = "not_rated", _("已答复，到期未评价")
    ADVISED = "advised", _("已指引自行办理")
    WITHDRAWN = "withdrawn", _("反映人撤回")
    REFUSED = "refused", _("不予受理")
    HANDLED = "handled", _("已办完")
    REFERRED = "referred", _("已移交专门机关")


class ReturnReason(models.TextChoices):
    NOT_OURS = "not_ours", _("不属于本岗位职责")
    WRONG_PLACE = "wrong_place", _("地点不在本辖区")
    NEEDS_OTHERS = "needs_others", _("需要别的单位先办")


class SortReason(models.TextChoices):
    COMMON_PART = "common_part", _("涉及公共部位或公共设施")
    LAW = "law", _("属于法定职责")
    NEIGHBOURS = "neighbours", _("涉及多户，需要商量")
    HOUSEHOLD = "household", _("一户内部的事，本人可办")
    OTHER = "other", _("其他（请写明）")


class Refusal(models.TextChoices):
    """Classes of what is not accepted; each has its own advice for the resident."""

    EMERGENCY = "emergency", _("正在发生的危险，应拨 110、119 或 120")
    IN_COURT = "in_court", _("已进入诉讼、仲裁或复议程序")
    NO_CONTENT = "no_content", _("没有说清是什么事，也联系不上")
    REPEATED = "repeated", _("同一件事正在办理")
    ELSEWHERE = "elsewhere", _("不在本地，已告知受理单位")
