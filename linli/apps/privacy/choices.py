"""What can be asked about one's data, and why something cannot be done at once, with the rule it rests on."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    ASKED = "asked", _("待答复")
    RESTRICTED = "restricted", _("已限制使用，到时删除")
    CLOSED = "closed", _("已答复")


class Wish(models.TextChoices):
    """Personal Information Protection Law, articles 45 to 48."""

    ERASE = "erase", _("删除我的个人信息")
    CORRECT = "correct", _("更正我的个人信息")
    OBJECT = "object", _("不同意对我的记录或用法")
    EXPLAIN = "explain", _("说明为什么这样处理我的信息")
    COPY = "copy", _("要一份我的信息的副本")


class ClosedHow(models.TextChoices):
    DONE = "done", _("已经办好")
    REFUSED = "refused", _("不同意，写明了规定和理由")
    WITHDRAWN = "withdrawn", _("申请人撤回")


class Hold(models.TextChoices):
    """Why it cannot be erased yet though it should be: it is restricted until a day."""

    DISPUTE = (
        "dispute",
        _("调解、仲裁、诉讼或者复议还没有结束，要用到这些记录（个人信息保护法第四十七条第二款）"),
    )
    LAW_TERM = "law_term", _("法律、行政法规规定的保存期限还没有到（个人信息保护法第四十七条第二款）")


class Why(models.TextChoices):
    """Why it is not done, each with its rule."""

    NOT_HELD = "not_held", _("查过了，这里没有存您说的这项信息（个人信息保护法第四十五条）")
    NOT_PROVEN = "not_proven", _("没能核实是本人或者受本人委托（个人信息保护法第五十条）")
    OTHERS = "others", _("这是别人的个人信息，给您会伤害别人（个人信息保护法第十条）")
    SECRET = "secret", _("法律规定应当保密（个人信息保护法第十八条第一款）")
    CORRECT_ALREADY = "correct_already", _("核对过了，现在的记录是准确的（个人信息保护法第四十六条）")
