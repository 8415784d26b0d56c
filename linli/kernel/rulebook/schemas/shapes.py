"""The shape of the data of each key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, time
from itertools import pairwise
from typing import Annotated, Literal, Self

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, model_validator

from linli.foundation.worktime import UNITS
from linli.kernel.rulebook.choices import Capability, Sort

NEEDED_CLOCKS = ("accept", "first_contact", "resolve", "reply", "rate")

Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){0,2}$", max_length=64)]
DeskKind = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(:[a-z][a-z0-9_]*)?$", max_length=40)]
Text = Annotated[str, Field(min_length=1, max_length=400)]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
UrgencyWord = Literal["normal", "urgent", "emergency"]
Setting = StrictBool | StrictInt | Annotated[str, Field(max_length=100)]


class Shape(BaseModel):
    """Only what is named here may stand in a rule."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LimitRow(Shape):
    clock: Word
    category: Code | Literal[""] = ""
    urgency: UrgencyWord = "normal"
    amount: Annotated[StrictInt, Field(ge=1, le=100_000)]
    unit: str
    basis: Text

    @model_validator(mode="after")
    def unit_is_known(self) -> Self:
        if self.unit not in UNITS:
            raise ValueError(_("没有“%(unit)s”这种时限单位。") % {"unit": self.unit})
        return self


class Limits(Shape):
    """Every clock a request needs has a row for all matters; more rows are finer."""

    limits: list[LimitRow]

    @model_validator(mode="after")
    def each_row_once_and_none_missing(self) -> Self:
        rows = Counter((row.clock, row.category, row.urgency) for row in self.limits)
        for (clock, category, urgency), count in rows.items():
            if count > 1:
                where = f"{clock} {category} {urgency}"
                raise ValueError(_("时限“%(where)s”写了不止一次。") % {"where": where})
        for clock in NEEDED_CLOCKS:
            if (clock, "", "normal") not in rows:
                raise ValueError(_("时限“%(clock)s”缺少适用于全部事项的一行。") % {"clock": clock})
        return self


class RoleRow(Shape):
    """``desks`` are the kinds of desk the role sits at; "department" stands for every "department:…"."""

    code: Word
    label: Text
    may: list[Capability]
    desks: list[DeskKind]
    hint: str = Field(default="", max_length=200)


class Roles(Shape):
    roles: list[RoleRow] = Field(min_length=1)

    @model_validator(mode="after")
    def each_role_once(self) -> Self:
        for code, count in Counter(row.code for row in self.roles).items():
            if count > 1:
                raise ValueError(_("角色“%(code)s”写了不止一次。") % {"code": code})
        return self


class CategoryRow(Shape):
    code: Code
    label: Annotated[str, Field(min_length=1, max_length=20)]
    sort: Sort | Literal[""] = ""
    desk: DeskKind | Literal[""] = ""
    urgency: UrgencyWord = "normal"
    words: list[Annotated[str, Field(min_length=2, max_length=12)]] = []
    protected: StrictBool = False
    hint: str = Field(default="", max_length=100)


class Categories(Shape):
    """A group stands before what belongs to it. What can be chosen has a sort and a desk."""

    categories: list[CategoryRow] = Field(min_length=1)

    @model_validator(mode="after")
    def it_is_a_tree(self) -> Self:
        seen: set[str] = set()
        parents = {row.code.rpartition(".")[0] for row in self.categories}
        for row in self.categories:
            parent = row.code.rpartition(".")[0]
            if row.code in seen or (parent and parent not in seen):
                raise ValueError(_("事项“%(code)s”重复，或者写在它的上级之前。") % {"code": row.code})
            seen.add(row.code)
            if row.code not in parents and not (row.desk and (row.sort or row.protected)):
                raise ValueError(_("事项“%(code)s”缺少分流建议或承办岗。") % {"code": row.code})
        return self

    @model_validator(mode="after")
    def protected_matters_are_nobodys_own_affair(self) -> Self:
        for row in self.categories:
            if row.protected and row.sort:
                raise ValueError(_("事项“%(code)s”受保护，不参加三事分流。") % {"code": row.code})
        return self


class WorkTime(Shape):
    """Hours of business on a working day, and when a period of law ends on its last day."""

    hours: list[tuple[Clock, Clock]] = Field(min_length=1)
    law_days_end: Literal["midnight", "closing"] = "midnight"

    @model_validator(mode="after")
    def hours_follow_each_other(self) -> Self:
        edges = [time.fromisoformat(edge) for window in self.hours for edge in window]
        if any(later <= sooner for sooner, later in pairwise(edges)):
            raise ValueError(_("上班时间要从早到晚依次排列，不能重叠。"))
        return self


class YearCalendar(Shape):
    """Days off and days worked that differ from Monday to Friday, each with its festival."""

    off: dict[str, Text]
    work: dict[str, Text]

    @model_validator(mode="after")
    def days_are_of_one_year_and_the_right_kind(self) -> Self:
        off, work = _days(self.off), _days(self.work)
        if len({day.year for day in (*off, *work)}) != 1:
            raise ValueError(_("一份日历只能写同一年的日期，而且不能为空。"))
        if any(day.isoweekday() <= 5 for day in work):
            raise ValueError(_("调休上班日应当是周六或周日。"))
        if any(day.isoweekday() > 5 for day in off):
            raise ValueError(_("放假日只写周一到周五，周末本来就休息。"))
        return self


class Quiet(Shape):
    starts: Clock
    ends: Clock


class Template(Shape):
    """Words of a notice. ``{number}`` and the like are filled in from codes and ids, never with text."""

    title: Annotated[str, Field(min_length=1, max_length=30)]
    text: Text
    channels: list[Literal["inbox", "sms", "wechat"]] = Field(min_length=1)
    urgent: StrictBool = False


class Notices(Shape):
    quiet: Quiet
    templates: dict[Code, Template] = Field(min_length=1)


class Reading(Shape):
    """How many files of personal data one person opens alone; see ``vault.memory.limits``."""

    an_hour: Annotated[StrictInt, Field(ge=1, le=2_000)]
    a_minute: Annotated[StrictInt, Field(ge=1, le=200)]
    most: Annotated[StrictInt, Field(ge=1, le=5_000)]
    longest: Annotated[StrictInt, Field(ge=1, le=72)]
    at_once: Annotated[StrictInt, Field(ge=1, le=50)]


class LocalProfile(Shape):
    """Which rows of a flow are on. That it works as a flow is tried when it is saved."""

    key: Word
    label: Text
    on: list[Word]
    choose: dict[Word, Word] = {}
    settings: dict[Word, Setting] = {}


def _days(written: Iterable[str]) -> list[date]:
    """Read days as "2027-01-01", and in no other of ISO's spellings."""
    try:
        days = [date.fromisoformat(day) for day in written]
    except ValueError as refusal:
        raise ValueError(_("日期要写成“2027-01-01”这样。")) from refusal
    if [day.isoformat() for day in days] != list(written):
        raise ValueError(_("日期要写成“2027-01-01”这样。"))
    return days
