"""Fixed words of the rulebook."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Origin(models.TextChoices):
    SHIPPED = "shipped", _("随系统提供")
    LOCAL = "local", _("本地制定")
    PUBLISHED = "published", _("按国务院通知录入")


class Urgency(models.IntegerChoices):
    NORMAL = 0, _("常规")
    URGENT = 1, _("紧急")
    EMERGENCY = 2, _("应急")


URGENCY = {"normal": Urgency.NORMAL, "urgent": Urgency.URGENT, "emergency": Urgency.EMERGENCY}


class Sort(models.TextChoices):
    """The three ways of a matter (三事分流)."""

    PUBLIC = "public", _("公家事")
    SHARED = "shared", _("大家事")
    OWN = "own", _("自家事")


class Capability(models.TextChoices):
    """What a role of the rulebook may do. Where, its post says.

    What the three administrators may do is not among these: no rule can give it away.
    """

    HANDLE = "handle", _("办理")
    DISPATCH = "dispatch", _("派单")
    CHECK = "check", _("核查")
    APPROVE = "approve", _("审定")
    SUPERVISE = "supervise", _("督办")
    ANSWER_PROTECTED = "answer_protected", _("办理受保护事项")
    RAISE_FOR_OTHERS = "raise_for_others", _("替居民登记")
    AUDIT_READ = "audit_read", _("审计查看")
    EDIT_RULES = "edit_rules", _("提出规则")
    APPROVE_RULES = "approve_rules", _("审核规则")
    APPOINT = "appoint", _("任免岗位")
