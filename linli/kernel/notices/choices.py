"""The ways out, and how far a notice has come."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    INBOX = "inbox", _("站内消息")
    SMS = "sms", _("短信")
    WECHAT = "wechat", _("微信")


class State(models.TextChoices):
    """Dead letters stay visible until a person sends them again or lets them be."""

    WAITING = "waiting", _("等待发送")
    SENT = "sent", _("已发出")
    DEAD = "dead", _("没有送达")
