from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """How a case came in."""

    WEB = "web", _("网页")
    QR = "qr", _("扫码")
    COUNTER = "counter", _("窗口登记")
    PHONE = "phone", _("电话登记")
    PATROL = "patrol", _("巡查发现")
    API = "api", _("接口")
    IMPORT = "import", _("导入")


# What somebody at a desk wrote down for a resident: the resident is the reporter, by the tracking code.
ON_BEHALF = (Channel.COUNTER, Channel.PHONE, Channel.PATROL)


class Urgency(models.IntegerChoices):
    NORMAL = 0, _("一般")
    URGENT = 1, _("紧急")
    EMERGENCY = 2, _("应急")


class Part(models.TextChoices):
    """What a desk does in a whistle (吹哨)."""

    LEAD = "lead", _("牵头")
    CO = "co", _("配合")


class Standing(models.TextChoices):
    CALLED = "called", _("还没到场")
    ARRIVED = "arrived", _("已到场")
    DONE = "done", _("已办完")
    CALLED_OFF = "called_off", _("已撤回")


class WhyCalledOff(models.TextChoices):
    """Why a call was taken back (撤回吹哨); the unit and the timeline see the class."""

    NO_SHOW = "no_show", _("一直没有到场")
    NOT_NEEDED = "not_needed", _("已经不需要了")
    NOT_THEIRS = "not_theirs", _("请错了单位")
    BY_OTHERS = "by_others", _("改由别的单位办")
