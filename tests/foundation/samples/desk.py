"""What the pages of the desk are given."""

from __future__ import annotations

from datetime import date
from typing import Any

from linli.kernel.cases.queries.showing import Tap
from linli.shell.desk.views.reading import AskForm
from tests.foundation.samples.parts import (
    NOW,
    QR,
    RevealForm,
    SupplementForm,
    WhistleForm,
    ago,
    due,
    offer,
    photo,
    stepbar,
    trail,
)


def rows(*, acts: bool = True) -> list[dict[str, Any]]:
    accept = (Tap("/desk/cases/398/accept", "接单", "main", 1),)
    row = lambda n, title, place, chip, tag, **more: {
        "id": n, "url": f"/desk/cases/{n}", "title": title, "place": place, "due": chip, "tag": tag, "thumb": None,
        "number": f"WS-1120-{n:04}", "acts": (), "category": "井盖路面", "holder": "第二网格", "more": "", "current": False,
    } | more  # fmt: skip
    late, cover = ago(hours=3, minutes=5), "/photo/cover.svg"
    # fmt: off
    return [
        row(341, "7 栋地下室积水，有异味", "7 栋负一层", due(due_at=ago(hours=30)), "办理", category="漏水渗水", holder="第六网格"),
        row(386, "5 栋东侧井盖松动，车过有响声", "5 栋东侧路口", due(due_at=late), "吹哨中", thumb=cover, more="2 个单位已到"),
        row(402, "想问残疾人两项补贴要哪些材料", "4 栋 1 单元", due(due_at=ago(minutes=-35)), "待分流", category="民政"),
        row(398, "4 栋 1 单元六楼顶渗水", "4 栋 1 单元", due(due_at=ago(hours=-2.2)), "待接单", acts=accept if acts else ()),
        row(377, "6 栋垃圾桶满了两天没运走", "6 栋北门", due(due_at=ago(hours=-7)), "办理", category="环境卫生"),
        row(352, "3 栋 2 单元楼道灯不亮", "3 栋 2 单元", due(due_at=ago(hours=-25)), "办理", category="楼道照明"),
        row(333, "5 栋电梯门关不严", "5 栋 1 单元", due(paused_since=ago(days=2)), "等厂家配件", category="电梯"),
        row(325, "老人食堂想要一条防滑坡道", "社区食堂门口", due(due_pending=True), "商议中", category="无障碍"),
    ]
    # fmt: on


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
    state = {
        "name": "state",
        "label": "环节",
        "options": [choice("", "全部", True), choice("handling", "办理")],
    }
    kind = {
        "name": "category",
        "label": "类别",
        "options": [choice("", "全部", True), choice("light", "楼道照明")],
    }
    days = {
        "name": "days",
        "label": "什么时候来的",
        "options": [choice("30", "近 30 天", True), choice("365", "今年")],
    }
    pager = {"shown": 8, "next_url": "/desk/cases?after=x", "first_url": "/desk/cases", "total": None}
    return {
        "q": "井盖",
        "filters": [state, kind, days],
        "rows": rows(acts=False),
        "pager": pager,
        "place_name": "旺家社区",
    }


def case_context(**more: Any) -> dict[str, Any]:
    hand = lambda unit, task, used, chip, **extra: {
        "unit": unit, "task": task, "used": used, "due": chip, "lead": False, "arrived_at": None, "arrive_by": ago(minutes=-20),
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
        "reveal": {"url": "/desk/cases/386/open", "form": RevealForm(prefix="open-"), "opened": [], "again": "/desk/cases/386", "seconds": 600},
        "now": NOW,
    } | more  # fmt: skip


def rules_context() -> dict[str, Any]:
    row = lambda label, hint, place, origin, pending=False: {
        "label": label, "hint": hint, "url": "/desk/rules/x", "place": place, "version": "2026-03", "valid_from": "2026-03-01",
        "origin_label": origin, "pending": pending, "basis": "区治理办〔2026〕3 号（示例）",
    }  # fmt: skip
    sets = [
        row("诉求办理", "哪些步骤、多长时间", "万山区", "本地", True),
        row("事项类别", "归到哪类、归谁办", "全省", "随系统带来"),
    ]
    waiting = [
        {
            "label": "诉求办理",
            "place": "万山区",
            "who": "规则管理员",
            "at": ago(days=1),
            "url": "/desk/rules/x?place=1#waiting",
        }
    ]
    return {"place_name": "万山区", "sets": sets, "waiting": waiting, "now": NOW}


def rule_context() -> dict[str, Any]:
    cell = lambda value, note="", differs=False, off=False: {
        "value": value,
        "note": note,
        "differs": differs,
        "off": off,
    }
    lines = [
        {
            "label": "分流",
            "cells": [
                cell("不用", off=True),
                cell("用", "公家、大家、自家", differs=True),
                cell("不用", off=True),
            ],
        },
        {"label": "吹哨", "cells": [cell("可以"), cell("用", "30 分钟到场", differs=True), cell("可以")]},
        {"label": "接单期限", "cells": [cell("4 小时"), cell("2 小时", differs=True), cell("4 小时")]},
        {"label": "答复反映人", "cells": [cell("必须"), cell("必须"), cell("必须")]},
    ]
    stations = [{"label": label, "at": "", "state": ""} for label in ("待接单", "办理中", "待评价")]
    line = {"stepbar": stations, "ways": [{"from": "待接单", "step": "接单", "to": "办理中"}]}
    approve = offer("approve", "审核通过", "从明天起生效", weight="main", refusal="提出的人不能自己审核。")
    history = [
        {
            "what": "4 小时 → 2 小时，收紧",
            "at": ago(days=264),
            "state": "now",
            "who": "两人经手",
            "said": "",
            "photos": [],
        }
    ]
    # fmt: off
    return {"label": "诉求办理",
        "columns": [{"place": "省默认", "hint": "", "differs": 0}, {"place": "万山区", "hint": "三事分流、吹哨报到", "differs": 3}, {"place": "雷山县", "hint": "四单", "differs": 0}],
        "lines": lines,
        "facts_title": "万山区：接单期限",
        "facts": [{"label": "现在", "value": "2 小时，按工作时间"}, {"label": "依据", "value": "区治理办〔2026〕3 号（示例）"}],
        "history": history,
        "now": NOW,
        "propose": {"url": "/desk/rules/x/propose", "form": SupplementForm(prefix="more-"), "place": "万山区", "is_open": False},
        "line": line,
        "looked": line,
        "refusal": "",
        "pendings": [{"made_by": "区治理中心规则管理员", "made_at": ago(days=1), "place": "万山区", "basis": "区治理办〔2026〕9 号（示例）", "changes": [{"label": "接单期限", "before": "2 小时", "after": "1 小时"}], "line": line, "approve": approve, "refuse": offer("refuse", "收回", form=RevealForm(prefix="no-"))}],
        "export_url": "/desk/rules/x.toml"}  # fmt: skip
    # fmt: on


def notices_context() -> dict[str, Any]:
    row = lambda title, said, at, unread: {
        "title": title,
        "said": said,
        "at": at,
        "url": "/desk/cases/386",
        "unread": unread,
    }
    items = [
        row("有一件事轮到您核查", "5 栋东侧井盖松动，三家都办完了", ago(minutes=12), True),
        row("这件事超过了期限", "7 栋地下室积水，已自动上报街道", ago(hours=3), False),
    ]
    return {
        "items": items,
        "pager": {"shown": 2, "next_url": "", "first_url": "", "total": None},
        "now": NOW,
        "read_url": "/desk/notices/read",
    }


def qr_context() -> dict[str, Any]:
    plate = lambda name: {
        "community": "旺家社区",
        "place_name": name,
        "qr": QR,
        "phone": "0856-000-0110",
        "address": "/p/1",
    }
    levels = [
        {"label": "全部", "url": "/desk/qr", "current": True},
        {"label": "楼栋", "url": "/desk/qr?level=building", "current": False},
    ]
    return {
        "pages": [[plate(f"{n} 栋 {unit} 单元") for n in (3, 4, 5) for unit in (1, 2)]],
        "levels": levels, "place_name": "旺家社区服务台", "shown": 6, "next_url": "/desk/qr?after=1",
    }  # fmt: skip


def reads_context() -> dict[str, Any]:
    entry = {"at": ago(hours=1), "who": "旺家社区服务台", "purpose": "联系反映人", "what": "联系电话"}
    case = {"pk": "386", "number": "WS-1120-0386"}
    return {"case": case, "title": "5 栋东侧井盖路面", "entries": [entry, entry | {"who": ""}], "now": NOW}


def reading_context(**more: Any) -> dict[str, Any]:
    wish = lambda n, state, **other: {
        "id": n, "who": "旺家社区服务台", "purpose": "办理这件事", "number": 20, "hours": 2, "asked_at": ago(hours=1),
        "until": ago(hours=-1), "state": state, "taken": False,
    } | other  # fmt: skip
    return {
        "opened": 30,
        "limits": {"an_hour": 30, "at_once": 10},
        "form": AskForm(initial={"number": 20, "hours": 2}),
        "may_ask": True,
        "mine": [wish(1, "等另一个人批准", until=None), wish(2, "已批准")],
        "waiting": [wish(3, "等另一个人批准"), wish(4, "应急先看，等另一个人复核", taken=True)],
        "decides": True,
        "week": {
            "files": 412, "readers": 9, "stopped": 2, "granted": 1, "refused": 0, "taken": 1,
            "posts": [{"name": "旺家社区服务台", "number": 133}, {"name": "第二网格网格员", "number": 58}],
        },
        "log": True,
        "refusal": "",
        "now": NOW,
    } | more  # fmt: skip


def read_log_context(**more: Any) -> dict[str, Any]:
    line = lambda n, state: {
        "id": n, "month": date(2023, n, 1), "first": 1000 * n, "last": 1000 * n + 411, "count": 412, "state": state,
        "at": ago(hours=2), "root": "5f" * 32, "file": f"reads-2023-0{n}-{n}000-{n}411.jsonl", "sha256": "0c" * 32,
    }  # fmt: skip
    return {
        "months": 36,
        "due": None,
        "proposes": False,
        "answers": True,
        "waiting": [line(3, "等另一个人批准")],
        "past": [line(2, "已清除"), line(1, "没有批准")],
        "refusal": "",
        "now": NOW,
    } | more


def card_context() -> dict[str, Any]:
    return {
        "case": {"pk": 386}, "number": "WS-1120-0386", "place": "旺家社区 第二网格 5 栋", "category": "井盖路面",
        "state": "办理中", "holder": "区综合行政执法局", "opened_at": ago(days=2), "closed_at": None,
        "due_at": ago(days=-3), "qr": QR, "address": "https://linli.example/find",
    }  # fmt: skip
