"""Why personal data may be opened, and how sensitive it is."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Purpose(TextChoices):
    """The whole list: there is no "query", "management" or "other"."""

    HANDLE_CASE = "handle_case", _("办理这件事")
    CONTACT_REPORTER = "contact_reporter", _("联系反映人")
    CHECK_RESULT = "check_result", _("核实办理结果")
    ANSWER_DATA_REQUEST = "answer_data_request", _("答复本人的个人信息申请")
    EMERGENCY = "emergency", _("应急处置")
    OWN = "own", _("本人查看")
    SECURITY = "security", _("安全事件调查")


class Who(TextChoices):
    """Who sees a kind of value at all; each opens it for a purpose, with an entry."""

    SELF = "self", _("本人")
    BEARER = "bearer", _("持查询码的人")
    HANDLER = "handler", _("正在办这件事的岗位")
    OVERSEER = "overseer", _("督办的岗位")
    APPOINTER = "appointer", _("任免岗位的人")
    SENDER = "sender", _("发通知的系统")
    EVERYBODY = "everybody", _("所有人")


class Klass(TextChoices):
    """The classes of the Personal Information Protection Law, articles 28 and 31."""

    GENERAL = "general", _("一般个人信息")
    SENSITIVE = "sensitive", _("敏感个人信息")
    CHILD = "child", _("不满十四周岁未成年人信息")


GENERAL, SENSITIVE, CHILD = Klass.GENERAL, Klass.SENSITIVE, Klass.CHILD


class Result(TextChoices):
    SHOWN = "shown", _("已查看")
    NOTHING = "nothing", _("没有内容")
    UNREADABLE = "unreadable", _("无法解密")
    REFUSED = "refused", _("没有打开")  # more than one person may open alone


class Leave(TextChoices):
    """Where a wish to open more than the limits let stands."""

    ASKED = "asked", _("等另一个人批准")
    GRANTED = "granted", _("已批准")
    REFUSED = "refused", _("没有批准")
    TAKEN = "taken", _("应急先看，等另一个人复核")
    REVIEWED = "reviewed", _("应急先看，已经复核")
    OBJECTED = "objected", _("应急先看，复核认为不该看")


class Removal(TextChoices):
    """Where a month of the log of reading stands that is past its term."""

    PROPOSED = "proposed", _("等另一个人批准")
    REFUSED = "refused", _("没有批准")
    REMOVED = "removed", _("已清除")
