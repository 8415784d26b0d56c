"""The states of an attachment, the sizes it is served in, and why one is refused."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """Quarantined until re-encoded; gone is a tombstone whose bytes the sweep removes; erased stays as an empty row."""

    QUARANTINED = "quarantined", _("等待检查")
    READY = "ready", _("可以查看")
    REFUSED = "refused", _("没有收下")
    GONE = "gone", _("已删除")
    ERASED = "erased", _("已按规定删除")


class Why(models.TextChoices):
    """Each label is the whole sentence that the sender reads."""

    EMPTY = "empty", _("这个文件是空的，请重新选一张照片。")
    TOO_BIG = "too_big", _("照片文件太大了，请换一张小一些的。")
    TOO_MANY_PIXELS = "too_many_pixels", _("照片的尺寸太大了，请换一张小一些的。")
    NOT_A_PICTURE = (
        "not_a_picture",
        _("只能添加照片（JPEG、PNG 或 WebP），文档和视频加不了。请拍一张照片，或者截一张图。"),
    )
    ANIMATED = "animated", _("动图不能添加，请换一张普通照片。")
    BROKEN = "broken", _("照片不完整或已损坏，请重新拍一张或换一张。")
    TOO_HEAVY = "too_heavy", _("这张照片处理不了，请换一张再试。")
    LOST = "lost", _("照片没有保存好，请重新添加。")


# The longest edge of each size, in pixels. A smaller picture is never enlarged.
SIZES = {"thumb": 320, "page": 1280, "full": 2560}
