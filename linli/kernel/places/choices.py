"""The levels of the tree, the schemes of codes, the kinds of zones."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    """A tier of the tree. What a place is called (街道, 镇, 乡) is its ``kind``, a label only."""

    PROVINCE = "province", _("省")
    CITY = "city", _("市（州）")
    COUNTY = "county", _("县（市、区）")
    STREET = "street", _("街道（乡镇）")
    COMMUNITY = "community", _("社区（村）")
    GRID = "grid", _("网格")
    BUILDING = "building", _("楼栋")
    UNIT = "unit", _("单元")
    HOUSEHOLD = "household", _("户")
    ESTATE = "estate", _("小区")
    SITE = "site", _("安置点")
    BLOCK = "block", _("片区")
    FACILITY = "facility", _("场所")


# The tiers from the top down; the other levels hang under any of them.
TIERS = (
    Level.PROVINCE,
    Level.CITY,
    Level.COUNTY,
    Level.STREET,
    Level.COMMUNITY,
    Level.GRID,
    Level.BUILDING,
    Level.UNIT,
    Level.HOUSEHOLD,
)
# Housed in a grid by date: these are not children of the grid in the tree.
HOUSED = (Level.BUILDING,)
# Too many to be kept in memory: a province has twelve million households.
DEEP = (Level.UNIT, Level.HOUSEHOLD)


class Scheme(models.TextChoices):
    """Where a code comes from."""

    STAT = "stat", _("统计用区划代码")
    LOCAL = "local", _("本地代码")
    GRID = "grid", _("网格编码")


class ZoneKind(models.TextChoices):
    """Ground that may cross the tree."""

    ESTATE = "estate", _("小区")
    LINK_GROUP = "link_group", _("联户组")
    RELOCATION = "relocation", _("易地搬迁安置点")
    KEY_AREA = "key_area", _("重点区域")
    OTHER = "other", _("其他")
