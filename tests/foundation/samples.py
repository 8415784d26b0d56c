"""A plausible context for every page, as its view gives it: people, places and numbers are invented."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from linli.foundation.flow import Step
from linli.foundation.forms import DegreesField, IdsField, LineField, PhoneField, StepForm, WordsField
from linli.foundation.rules import anyone
from linli.foundation.templatetags.ui import Due, deadline

NOW = datetime(2026, 11, 20, 10, 40, tzinfo=ZoneInfo("Asia/Shanghai"))
QR = "https://linli.example/p/018f6a3e"
YES_NO = [("yes", "修好了"), ("partly", "一部分"), ("no", "没修好")]
PLEASED = [("yes", "满意"), ("so", "一般"), ("no", "不满意")]
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
    solved = forms.ChoiceField(label="修好了没有？", choices=YES_NO, widget=forms.RadioSelect)
    satisfied = forms.ChoiceField(label="办得满不满意？", choices=PLEASED, widget=forms.RadioSelect)
    words = WordsField(label="想说一句", rows=2, required=False)


class WhistleForm(StepForm):
    units = forms.MultipleChoiceField(
        label="请谁", choices=[("a", "区综合行政执法局"), ("b", "区水务中心")], widget=forms.CheckboxSelectMultiple
    )
    task = forms.CharField(label="做什么", help_text="说清到场后做的那一件事")
    minutes = forms.IntegerField(label="几分钟到", initial=30)
    lead = forms.BooleanField(label="要牵头单位", required=False)


class SupplementForm(StepForm):
    words = WordsField(label="补一句", rows=2)
    photos = IdsField(label="补照片", required=False)


class RevealForm(StepForm):
    purpose = forms.ChoiceField(
        label="为了什么", choices=[("handle_case", "办这件事"), ("contact_reporter", "联系反映人")], widget=forms.RadioSelect
    )


def ago(**length: float) -> datetime:
    return NOW - timedelta(**length)


def photo(name: str, alt: str) -> dict[str, str]:
    return {"url": f"/photo/{name}.svg", "full": f"/photo/{name}.svg", "alt": alt}


def offer(name: str, label: str, hint: str = "", **more: Any) -> dict[str, Any]:
    step = Step(name, label, [], "", anyone, hint=hint, icon=more.pop("icon", ""), weight=more.pop("weight", ""))
    return {"step": step, "refusal": "", "form": None, "url": f"/t/7K3M-Q2FD/{name}", "version": 4, **more}


def due(**fields: Any) -> Due | None:
    return deadline(fields, NOW)


def stepbar(*labels: str, at: int) -> list[dict[str, str]]:
    state = {-1: "past", 0: "now", 1: "next"}
    times = ("18日", "19日", "现在", "", "", "", "")
    return [
        {"label": label, "at": times[n] if n < at else "现在" if n == at else "", "state": state[(n > at) - (n < at)]}
        for n, label in enumerate(labels)
    ]


def shell() -> dict[str, Any]:
    item = lambda label, icon, url, **more: {"label": label, "icon": icon, "url": url, "current": False, "count": 0} | more
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
        "unread": 3,
        "nav": [
            {"title": "", "items": work},
            {"title": "看数", "items": [item("总览", "chart", "/desk/figures")]},
            {"title": "管理", "items": [item("规则", "book", "/desk/rules"), item("岗位与人员", "people", "/desk/people")]},
        ],
        "tabs": [*work[:2], item("登记", "plus", "/desk/new"), item("我的", "user", "/me")],
    }


def report_context(**more: Any) -> dict[str, Any]:
    context = {"form": ReportForm(), "place_label": "旺家社区 3 栋 2 单元", "places": PLACES, "desk": DESK}
    suggested = {"code": "light", "label": "楼道照明"}
    categories = [suggested, {"code": "leak", "label": "漏水渗水"}, {"code": "road", "label": "井盖路面"}]
    channels = [{"value": "call", "label": "来电"}, {"value": "visit", "label": "来访"}, {"value": "walk", "label": "走访"}]
    context |= {"categories": categories, "channels": channels}
    return context | {"suggested": suggested, "protected": False, "key": "k1", "refusal": ""} | more


def sent_context() -> dict[str, Any]:
    steps = ["旺家社区服务台接单", "转给能办的人，到现场看", "办好了回您话，请您评价"]
    return {
        "code": "7K3M-Q2FD",
        "track_url": "/t/7K3M-Q2FD",
        "qr_url": QR,
        "title": "3 栋 2 单元楼道灯不亮",
        "place_name": "旺家社区 3 栋 2 单元",
        "next_steps": steps,
        "accept_due": NOW + timedelta(hours=2),
        "now": NOW,
        "again": False,
    }


def trail() -> list[dict[str, Any]]:
    line = lambda what, at, **more: {"what": what, "at": at, "state": "", "who": "", "said": "", "photos": []} | more
    return [
        line("办好后回您话", None, state="next", who="最晚 11月21日 12:00"),
        line("已约电工，等配件", ago(hours=2), state="now", who="第二网格", said="“灯座老化要整套换，下午上门。”"),
        line("网格员到现场看过", ago(hours=19), who="第二网格", photos=[photo("stair-dark", "楼道灯座发黑")]),
        line("第二网格接单", ago(hours=25)),
        line("超过期限，自动上报丹都街道", ago(hours=38), state="late"),
        line("您提交了这件事", ago(hours=39)),
    ]


def track_context(**more: Any) -> dict[str, Any]:
    there = NOW + timedelta(hours=25, minutes=20)
    context = {
        "code": "7K3M-Q2FD",
        "title": "3 栋 2 单元楼道灯不亮",
        "place_name": "旺家社区 3 栋 2 单元",
        "same": 6,
        "qa": {"holder": "第二网格", "since": ago(hours=25), "next_step": "电工上门换灯座", "due": due(due_at=there)},
        "stepbar": stepbar("提交", "接单", "办理", "回复", "您评价", at=2),
        "trail": trail(),
        "photos": [photo("stair-dark", "楼道里没有灯")],
        "offers": [
            offer("supplement", "补照片或话", "办的人马上看得到", icon="plus", form=SupplementForm(prefix="more-")),
            offer("withdraw", "不用办了", "撤回这件事", icon="undo", refusal="已经派人上门，撤回请打电话说。"),
        ],
        "desk": DESK,
        "now": NOW,
    }
    return context | more


def rate_context() -> dict[str, Any]:
    said = "三楼、四楼的灯座整套换了新的，晚上试过，都亮。以后不亮还打这个电话。"
    before, after = photo("stair-dark", "楼道没有灯"), photo("stair-lit", "楼道灯亮了")
    answer = {"said": said, "who": "第二网格", "at": ago(hours=1), "before": before, "after": after}
    rate = offer("rate", "提交评价", form=RateForm(prefix="rate-"), weight="main")
    contest = offer("contest", "不认这样处理", "交给上一级的人重看", icon="raise", form=SupplementForm(prefix="more-"))
    steps = stepbar("提交", "接单", "办理", "回复", "您评价", at=4)
    return track_context(answer=answer, offers=[rate, contest], rate_by=NOW + timedelta(days=7), stepbar=steps, photos=[])


def rows(acts: bool = True) -> list[dict[str, Any]]:
    accept = [offer("return", "退回"), offer("accept", "接单", weight="main")]
    row = lambda n, title, place, chip, tag, **more: {
        "id": n, "url": f"/desk/cases/{n}", "title": title, "place": place, "due": chip, "tag": tag, "thumb": None,
        "number": f"WS-1120-{n:04}", "acts": [], "category": "井盖路面", "holder": "第二网格", "more": "", "current": False,
    } | more  # fmt: skip
    late, cover = ago(hours=3, minutes=5), "/photo/cover.svg"
    return [
        row(341, "7 栋地下室积水，有异味", "7 栋负一层", due(due_at=ago(hours=30)), "办理", category="漏水渗水", holder="第六网格"),
        row(386, "5 栋东侧井盖松动，车过有响声", "5 栋东侧路口", due(due_at=late), "吹哨中", thumb=cover, more="2 个单位已到"),
        row(402, "想问残疾人两项补贴要哪些材料", "4 栋 1 单元", due(due_at=ago(minutes=-35)), "待分流", category="民政"),
        row(398, "4 栋 1 单元六楼顶渗水", "4 栋 1 单元", due(due_at=ago(hours=-2.2)), "待接单", acts=accept if acts else []),
        row(377, "6 栋垃圾桶满了两天没运走", "6 栋北门", due(due_at=ago(hours=-7)), "办理", category="环境卫生"),
        row(352, "3 栋 2 单元楼道灯不亮", "3 栋 2 单元", due(due_at=ago(hours=-25)), "办理", category="楼道照明"),
        row(333, "5 栋电梯门关不严", "5 栋 1 单元", due(paused_since=ago(days=2)), "等厂家配件", category="电梯"),
        row(325, "老人食堂想要一条防滑坡道", "社区食堂门口", due(due_pending=True), "商议中", category="无障碍"),
    ]


def inbox_context(**more: Any) -> dict[str, Any]:
    band = lambda state, label, count, current=False: {
        "state": state, "label": label, "count": count, "url": f"/desk/?band={state}", "current": current,
    }  # fmt: skip
    return {
        "title": "旺家社区服务台，31 件",
        "bands": [
            band("over", "已逾期", 3),
            band("soon", "2 小时内", 2),
            band("soon", "今天", 2),
            band("fine", "以后", 23),
            band("halt", "暂停计时", 0),
            band("", "全部", 31, current=True),
        ],
        "rows": rows(),
        "pager": {"shown": 8, "next_url": "/desk/?after=x", "first_url": "", "total": None},
    } | more


def cases_context() -> dict[str, Any]:
    choice = lambda value, label, current=False: {"value": value, "label": label, "current": current}
    state = {"name": "state", "label": "环节", "options": [choice("", "全部", True), choice("handling", "办理")]}
    kind = {"name": "category", "label": "类别", "options": [choice("", "全部", True), choice("light", "楼道照明")]}
    days = {"name": "days", "label": "什么时候来的", "options": [choice("30", "近 30 天", True), choice("365", "今年")]}
    pager = {"shown": 8, "next_url": "/desk/cases?after=x", "first_url": "/desk/cases", "total": None}
    return {"q": "井盖", "filters": [state, kind, days], "rows": rows(acts=False), "pager": pager, "place_name": "旺家社区"}


def case_context(**more: Any) -> dict[str, Any]:
    hand = lambda unit, task, used, chip, **extra: {
        "unit": unit, "task": task, "used": used, "due": chip, "lead": False, "arrived_at": None,
    } | extra  # fmt: skip
    late = due(due_at=ago(hours=3, minutes=5))
    return {
        "case": {
            "title": "5 栋东侧井盖松动，车过有响声", "number": "WS-1120-0386", "place_name": "5 栋东侧路口",
            "text": "井盖没盖平，电动车过去会颠，小孩放学都从这里走。", "category_label": "井盖路面", "reporter": "138****0000",
            "tags": ["公家事"], "map_url": "/desk/map?case=386", "same": "另 3 户，已并在一起",
        },
        "due": late,
        "stepbar": stepbar("提交", "分流", "接单", "办理、吹哨", "核查", "回复", "评价", at=3),
        "photos": [photo("cover", "居民照片：井盖翘起一角")],
        "hands_title": "吹哨：三个单位，各走各的表",
        "hands": [
            hand("区综合行政执法局", "换井盖", 58, due(due_at=ago(hours=-2.1)), lead=True, arrived_at=ago(hours=1)),
            hand("区水务中心", "查井下管线", 88, due(due_at=ago(minutes=-12))),
            hand("旺家物业中心", "围挡、引导", 40, due(done_at=ago(minutes=35)), arrived_at=ago(hours=1.5)),
        ],
        "trail": trail()[1:],
        "qa": {
            "holder": "第二网格", "since": ago(hours=14.8), "lasted": "14 小时 48 分", "next_step": "三家办完，交服务台核查",
            "due": late, "basis": "应急类 12 小时，万山规则 2026-03",
        },
        "offers": [
            offer("nudge", "催区水务中心", "12 分钟后算迟到，记在这件事上", icon="phone", weight="main"),
            offer("whistle", "再吹一个单位", "说清请谁、做什么、几时到", icon="whistle", form=WhistleForm(prefix="whistle-")),
            offer("escalate", "上报街道", "写明卡在哪里", icon="raise"),
            offer("check", "核查", refusal="还有 2 家没办完：区综合行政执法局、区水务中心"),
            offer("close", "办结", refusal="要先核查、再回复反映人"),
        ],
        "reads": {"today": 2, "url": "/desk/cases/386/reads"},
        "reveal": {"url": "/desk/cases/386/open", "form": RevealForm(prefix="open-"), "opened": []},
        "now": NOW,
    } | more  # fmt: skip


def figures_context() -> dict[str, Any]:
    card = lambda label, value, unit, source, **more: {
        "label": label, "value": value, "unit": unit, "from": source, "url": "/desk/figures/x", "current": False, "bad": False,
    } | more  # fmt: skip
    names = ("旺家社区", "龙生社区", "丹苑社区", "楚溪社区", "河坪社区", "挞扒洞社区", "大坡村")
    counts = ((214, 183, 3), (176, 160, 2), (158, 137, 4), (141, 131, 0), (127, 108, 5), (104, 97, 1), (41, 39, 0))
    cell = lambda value, opt=False, bad=False: {"value": value, "url": "" if opt else "/x", "bad": bad, "opt": opt}
    children = [
        {
            "name": name, "url": "/desk/figures?place=1", "bar": {"open": got * 150 // 214, "done": done * 150 // 214},
            "cells": [cell(got), cell(done), cell(late, bad=bool(late)), cell("97.66%", opt=True), cell("85.98%", opt=True)],
        }
        for name, (got, done, late) in zip(names, counts, strict=True)
    ]  # fmt: skip
    column = lambda label, opt=False: {"label": label, "opt": opt}
    weeks = ["9/8", "9/15", "9/22", "9/29", "10/6", "10/13", "10/20", "10/27", "11/3", "11/10", "11/17"]
    series = [
        {"name": "收到", "values": [228, 222, 238, 197, 186, 249, 260, 256, 279, 272, 266]},
        {"name": "办结", "values": [218, 227, 230, 189, 176, 237, 265, 249, 269, 277, 254]},
    ]
    return {
        "place_name": "丹都街道",
        "crumbs": [{"name": "万山区", "url": "/desk/figures?place=0"}],
        "periods": PERIODS,
        "cards": [
            card("收到", "1,095", "件", "比上月多 86"),
            card("按时接单", "97.72%", "", "1,070 / 1,095"),
            card("办结", "978", "件", "在办 117 件"),
            card("逾期未办", "17", "件", "点开看是哪几件", current=True, bad=True),
            card("解决率", "86.79%", "", "回访到 848，解决 736"),
            card("满意率", "92.10%", "", "回访到 848，满意 781"),
        ],
        "children_title": "社区和村",
        "columns": [column("收到"), column("办结"), column("逾期"), column("按时接单", True), column("解决率", True)],
        "children": children,
        "charts": [{"id": "weeks", "title": "十二周", "kind": "line", "data": {"labels": weeks, "series": series}}],
        "rows_title": "逾期未办 17 件",
        "rows_url": "/desk/figures/overdue",
        "rows": rows()[:2],
        "stand": "数据到 11月20日 10:40。",
    }


PERIODS = [
    {"label": "本周", "url": "?days=7", "current": False},
    {"label": "近 30 天", "url": "?days=30", "current": True},
    {"label": "今年", "url": "?days=365", "current": False},
]


def figure_context() -> dict[str, Any]:
    one = {"label": "逾期未办", "value": "17", "unit": "件", "from": "在办 117 件", "meaning": "过了最晚期限、还没有办结的事项。"}
    context = {"figure": one, "place_name": "丹都街道", "crumbs": [{"name": "万山区", "url": "?place=0"}], "periods": PERIODS}
    return context | {"rows": rows(acts=False)[:2], "pager": {"shown": 2, "next_url": "", "first_url": "", "total": 17}}


def map_context() -> dict[str, Any]:
    cell = lambda name, d, x, y, hint, current=False: {
        "name": name, "url": "?grid=1", "d": d, "x": x, "y": y, "hint": hint, "current": current,
    }  # fmt: skip
    mark = lambda x, y, state, count: {"x": x, "y": y, "state": state, "count": count}
    cells = [
        cell("第一网格", "M60 58L233 60L240 336L60 353z", 147, 88, "512 户，在办 2"),
        cell("第二网格", "M233 60L425 42L400 332L240 336z", 329, 88, "498 户，在办 7", True),
        cell("第三网格", "M425 42L561 81L609 357L400 332z", 493, 109, "530 户，在办 3"),
        cell("第四网格", "M561 81L760 39L760 351L609 357z", 661, 109, "476 户，在办 0"),
        cell("第五网格", "M60 353L240 336L236 646L60 659z", 150, 381, "505 户，在办 5"),
        cell("第六网格", "M240 336L400 332L426 649L236 646z", 320, 364, "521 户，在办 9"),
        cell("第七网格", "M400 332L609 357L591 625L426 649z", 504, 385, "489 户，在办 1"),
        cell("第八网格", "M609 357L760 351L760 621L591 625z", 685, 385, "498 户，在办 4"),
    ]
    marks = [mark(150, 190, "fine", 2), mark(338, 178, "over", 1), mark(290, 250, "soon", 3), mark(330, 312, "halt", 1)]
    grid = lambda name, households, busy, late: {"name": name, "url": "?grid=1", "households": households, "open": busy, "over": late}
    return {
        "title": "旺家社区 8 个网格，未办结 31 件",
        "views": [{"label": "未办结", "url": "?", "current": True}, {"label": "近 30 天", "url": "?days=30", "current": False}],
        "counts": {"over": 3, "soon": 4, "fine": 23, "halt": 1},
        "map": {"outlines_url": "/o.json", "cases_url": "/c.json", "style_url": "", "box": "109.1,27.4,109.3,27.6", "note": "示意图，不作划界依据。"},
        "grids": [grid("第一网格", 512, 2, 0), grid("第二网格", 498, 7, 1), grid("第三网格", 530, 3, 0)],
        "rows": rows(acts=False)[1:5],
        "selected": {"name": "第二网格", "hint": "3 栋到 6 栋，498 户", "phone": "0856-000-0110", "holder": "网格员在岗"},
        "drawing": {"box": "0 0 820 700", "cells": cells, "marks": marks},
    }


def rules_context() -> dict[str, Any]:
    row = lambda label, hint, place, origin, pending=False: {
        "label": label, "hint": hint, "url": "/desk/rules/x", "place": place, "version": "2026-03", "valid_from": "2026-03-01",
        "origin_label": origin, "pending": pending,
    }  # fmt: skip
    sets = [row("诉求办理", "哪些步骤、多长时间", "万山区", "本地", True), row("事项类别", "归到哪类、归谁办", "全省", "随系统带来")]
    return {"place_name": "万山区", "sets": sets}


def rule_context() -> dict[str, Any]:
    cell = lambda value, note="", differs=False, off=False: {"value": value, "note": note, "differs": differs, "off": off}
    lines = [
        {"label": "分流", "cells": [cell("不用", off=True), cell("用", "公家、大家、自家", differs=True), cell("不用", off=True)]},
        {"label": "吹哨", "cells": [cell("可以"), cell("用", "30 分钟到场", differs=True), cell("可以")]},
        {"label": "接单期限", "cells": [cell("4 小时"), cell("2 小时", differs=True), cell("4 小时")]},
        {"label": "答复反映人", "cells": [cell("必须"), cell("必须"), cell("必须")]},
    ]
    approve = offer("approve", "审核通过", "从明天起生效", weight="main", refusal="提出的人不能自己审核。")
    history = [{"what": "4 小时 → 2 小时，收紧", "at": ago(days=264), "state": "now", "who": "两人经手", "said": "", "photos": []}]
    return {
        "label": "诉求办理",
        "columns": [
            {"place": "省默认", "hint": "", "differs": 0},
            {"place": "万山区", "hint": "三事分流、吹哨报到", "differs": 3},
            {"place": "雷山县", "hint": "四单", "differs": 0},
        ],
        "lines": lines,
        "facts_title": "万山区：接单期限",
        "facts": [{"label": "现在", "value": "2 小时，按工作时间"}, {"label": "依据", "value": "区治理办〔2026〕3 号（示例）"}],
        "history": history,
        "now": NOW,
        "propose": offer("propose", "改万山规则", "提出后由另一人审核", icon="edit", form=SupplementForm(prefix="more-")),
        "pending": {
            "made_by": "区治理中心规则管理员", "made_at": ago(days=1), "approve": approve,
            "changes": [{"label": "接单期限", "before": "2 小时", "after": "1 小时"}],
        },
        "export_url": "/desk/rules/x.toml",
    }  # fmt: skip


def notices_context() -> dict[str, Any]:
    row = lambda title, said, at, unread: {"title": title, "said": said, "at": at, "url": "/desk/cases/386", "unread": unread}
    items = [
        row("有一件事轮到您核查", "5 栋东侧井盖松动，三家都办完了", ago(minutes=12), True),
        row("这件事超过了期限", "7 栋地下室积水，已自动上报街道", ago(hours=3), False),
    ]
    return {"items": items, "pager": {"shown": 2, "next_url": "", "first_url": "", "total": None}, "now": NOW, "read_url": "/desk/notices/read"}


def qr_context() -> dict[str, Any]:
    plate = lambda name: {"community": "旺家社区", "place_name": name, "qr_url": QR, "phone": "0856-000-0110"}
    return {"pages": [[plate(f"{n} 栋 {unit} 单元") for n in (3, 4, 5) for unit in (1, 2)]]}


def home_context(**more: Any) -> dict[str, Any]:
    item = {"title": "3 栋 2 单元楼道灯不亮", "place": "3 栋 2 单元", "state_label": "第二网格在办", "due": due(due_at=ago(hours=-25)), "url": "/t/x"}
    steps = stepbar("提交", "接单", "办理", "回复", "您评价", at=2)
    place = {"name": "旺家社区", "full_name": "万山区丹都街道旺家社区"}
    return {"place": place, "desk": DESK, "items": [item | {"stepbar": steps}], "services": []} | more


PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "home": ("home/index.html", home_context()),
    "home-new": ("home/index.html", home_context(place=None, desk=None, items=None)),
    "report": ("requests/report.html", report_context()),
    "report-wrong": (
        "requests/report.html",
        report_context(form=ReportForm({"text": "", "photos": ["018f6a3e-0000-7000-8000-000000000001"]}), place_label="", suggested=None, protected=True),
    ),
    "places": ("requests/places.html", {"q": "3 栋", "places": PLACES}),
    "sent": ("requests/sent.html", sent_context()),
    "track": ("requests/track.html", track_context()),
    "track-rate": ("requests/track.html", rate_context()),
    "find": ("requests/find.html", {"code": "7K3M", "refusal": "没有这个查询码，请再对一遍。"}),
    "inbox": ("desk/inbox.html", inbox_context()),
    "inbox-empty": ("desk/inbox.html", inbox_context(rows=[])),
    "cases": ("desk/cases.html", cases_context()),
    "case": ("desk/case.html", case_context()),
    "case-refused": ("desk/case.html", case_context(refusal="情况已经变了，请刷新后再看。", hands=[], photos=[], reads=None, reveal=None)),
    "new": ("desk/new.html", report_context()),
    "map": ("desk/map.html", map_context()),
    "figures": ("desk/figures.html", figures_context()),
    "figure": ("desk/figure.html", figure_context()),
    "rules": ("desk/rules.html", rules_context()),
    "rule": ("desk/rule.html", rule_context()),
    "notices": ("desk/notices.html", notices_context()),
    "qr": ("desk/qr.html", qr_context()),
} | {str(code): (f"{code}.html", {}) for code in (400, 403, 404, 413, 429, 500, 503)} | {"csrf": ("403_csrf.html", {})}
