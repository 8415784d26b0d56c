"""What the sample pages share: a moment, forms, steps, a trail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import segno
from django import forms

from linli.foundation.flow import Step
from linli.foundation.forms import DegreesField, IdsField, LineField, PhoneField, StepForm, WordsField
from linli.foundation.rules import anyone
from linli.foundation.templatetags.ui import Due, deadline

NOW = datetime(2026, 11, 20, 10, 40, tzinfo=ZoneInfo("Asia/Shanghai"))
QR = segno.make("https://linli.example/p/018f6a3e").svg_inline(omitsize=True, border=4)
YES_NO = [("yes", "解决了"), ("no", "没解决")]
PLEASED = [("yes", "满意"), ("so", "还行"), ("no", "不满意")]
DESK = {"name": "旺家社区服务台", "phone": "0856-000-0100"}
PLACES = [{"id": f"p{n}", "full_name": f"旺家社区 旺家佳苑 {n} 栋 2 单元"} for n in (3, 4, 5)]


class ReportForm(StepForm):
    photos = IdsField(label="照片", required=False)
    text = WordsField(label="什么事")
    place = forms.UUIDField(label="地点", widget=forms.HiddenInput)
    lon = DegreesField(label="经度", bound=180)
    lat = DegreesField(label="纬度", bound=90)
    category = forms.CharField(label="归到哪类", required=False)
    contact_name = LineField(label="怎么称呼您", required=False)
    contact_phone = PhoneField(label="联系电话", required=False, help_text="只有办这件事的人能看")
    channel = forms.CharField(required=False, widget=forms.HiddenInput)


class RateForm(StepForm):
    solved = forms.ChoiceField(label="解决了没有？", choices=YES_NO, widget=forms.RadioSelect)
    satisfied = forms.ChoiceField(label="办得满不满意？", choices=PLEASED, widget=forms.RadioSelect)
    words = WordsField(label="想说一句", rows=2, required=False)


class WhistleForm(StepForm):
    units = forms.MultipleChoiceField(
        label="请谁",
        choices=[("a", "区综合行政执法局"), ("b", "区水务中心")],
        widget=forms.CheckboxSelectMultiple,
    )
    task = forms.CharField(label="做什么", help_text="说清到场后做的那一件事")
    minutes = forms.IntegerField(label="几分钟到", initial=30)
    lead = forms.BooleanField(label="要牵头单位", required=False)


class SupplementForm(StepForm):
    words = WordsField(label="补一句", rows=2)
    photos = IdsField(label="补照片", required=False)


class RevealForm(StepForm):
    purpose = forms.ChoiceField(
        label="为了什么",
        choices=[("handle_case", "办这件事"), ("contact_reporter", "联系反映人")],
        widget=forms.RadioSelect,
    )


def ago(**length: float) -> datetime:
    return NOW - timedelta(**length)


def photo(name: str, alt: str) -> dict[str, str]:
    return {"url": f"/photo/{name}.svg", "full": f"/photo/{name}.svg", "alt": alt}


def offer(name: str, label: str, hint: str = "", **more: Any) -> dict[str, Any]:
    step = Step(
        name, label, [], "", anyone, hint=hint, icon=more.pop("icon", ""), weight=more.pop("weight", "")
    )
    return {"step": step, "refusal": "", "form": None, "url": f"/t/7K3M-Q2FD/{name}", "version": 4, **more}


def due(**fields: Any) -> Due | None:
    return deadline(fields, NOW)


def stepbar(*labels: str, at: int) -> list[dict[str, str]]:
    state = {-1: "past", 0: "now", 1: "next"}
    times = ("18日", "19日", "现在", "", "", "", "")
    return [
        {
            "label": label,
            "at": times[n] if n < at else "现在" if n == at else "",
            "state": state[(n > at) - (n < at)],
        }
        for n, label in enumerate(labels)
    ]


def shell() -> dict[str, Any]:
    item = lambda label, icon, url, **more: (
        {"label": label, "icon": icon, "url": url, "current": False, "count": 0} | more
    )
    work = [
        item("待办", "inbox", "/desk/", current=True, count=31),
        item("地图", "map", "/desk/map"),
        item("台账", "list", "/desk/cases"),
    ]
    post = {"id": "1", "name": "旺家社区服务台", "current": True}
    return {
        "county": "万山区",
        "post": {"name": "旺家社区服务台", "person": "杨晓琴"},
        "posts": [post, {"id": "2", "name": "第二网格", "current": False}],
        "marks": ["杨晓琴 旺家社区服务台 2026-11-20 10:40"] * 12,
        "may_register": True,
        "unread": 3,
        "nav": [
            {"title": "", "items": work},
            {"title": "看数", "items": [item("总览", "chart", "/desk/figures")]},
            {
                "title": "管理",
                "items": [item("规则", "book", "/desk/rules"), item("岗位与人员", "people", "/desk/people")],
            },
        ],
        "tabs": [*work[:2], item("登记", "plus", "/desk/new"), item("我的", "user", "/me")],
    }


def trail() -> list[dict[str, Any]]:
    line = lambda what, at, **more: (
        {"what": what, "at": at, "state": "", "who": "", "said": "", "photos": []} | more
    )
    return [
        line("办好后回您话", None, state="next", who="最晚 11月21日 12:00"),
        line(
            "已约电工，等配件",
            ago(hours=2),
            state="now",
            who="第二网格",
            said="“灯座老化要整套换，下午上门。”",
        ),
        line("网格员到现场看过", ago(hours=19), who="第二网格", photos=[photo("stair-dark", "楼道灯座发黑")]),
        line("第二网格接单", ago(hours=25)),
        line("超过期限，自动上报丹都街道", ago(hours=38), state="late"),
        line("您提交了这件事", ago(hours=39)),
    ]
