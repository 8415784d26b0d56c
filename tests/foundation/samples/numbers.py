"""What the overview, a figure and the map are given."""

from __future__ import annotations

from typing import Any

from tests.foundation.samples.desk import rows


def figures_context() -> dict[str, Any]:
    card = lambda label, value, unit, source, **more: {
        "label": label, "value": value, "unit": unit, "from": source, "url": "/desk/figures/x", "current": False, "bad": False,
    } | more  # fmt: skip
    names = ("旺家社区", "龙生社区", "丹苑社区", "楚溪社区", "河坪社区", "挞扒洞社区", "大坡村")
    counts = (
        (214, 183, 3),
        (176, 160, 2),
        (158, 137, 4),
        (141, 131, 0),
        (127, 108, 5),
        (104, 97, 1),
        (41, 39, 0),
    )
    cell = lambda value, opt=False, bad=False: {
        "value": value,
        "url": "" if opt else "/x",
        "bad": bad,
        "opt": opt,
    }
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
    # fmt: off
    return {"place_name": "丹都街道",
        "crumbs": [{"name": "万山区", "url": "/desk/figures?place=0"}],
        "periods": PERIODS,
        "cards": [card("收到", "1,095", "件", "比上月多 86"), card("按时接单", "97.72%", "", "1,070 / 1,095"), card("办结", "978", "件", "在办 117 件"), card("逾期未办", "17", "件", "点开看是哪几件", current=True, bad=True), card("解决率", "86.79%", "", "回访到 848，解决 736"), card("满意率", "92.10%", "", "回访到 848，满意 781")],
        "children_title": "社区和村",
        "columns": [column("收到"), column("办结"), column("逾期"), column("按时接单", True), column("解决率", True)],
        "children": children,
        "charts": [{"id": "weeks", "title": "十二周", "kind": "line", "data": {"labels": weeks, "series": series}} ],
        "rows_title": "逾期未办 17 件",
        "rows_url": "/desk/figures/overdue",
        "rows": rows()[:2],
        "stand": "数据到 11月20日 10:40。"}
    # fmt: on


PERIODS = [
    {"label": "本周", "url": "?days=7", "current": False},
    {"label": "近 30 天", "url": "?days=30", "current": True},
    {"label": "今年", "url": "?days=365", "current": False},
]


def figure_context() -> dict[str, Any]:
    one = {
        "label": "逾期未办",
        "value": "17",
        "unit": "件",
        "from": "在办 117 件",
        "meaning": "过了最晚期限、还没有办结的事项。",
    }
    context = {
        "figure": one,
        "place_name": "丹都街道",
        "crumbs": [{"name": "万山区", "url": "?place=0"}],
        "periods": PERIODS,
    }
    return context | {
        "rows": rows(acts=False)[:2],
        "pager": {"shown": 2, "next_url": "", "first_url": "", "total": 17},
    }


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
    marks = [
        mark(150, 190, "fine", 2),
        mark(338, 178, "over", 1),
        mark(290, 250, "soon", 3),
        mark(330, 312, "halt", 1),
    ]
    grid = lambda name, households, busy, late: {
        "name": name,
        "url": "?grid=1",
        "households": households,
        "open": busy,
        "over": late,
        "current": name == "第二网格",
    }
    # fmt: off
    return {"title": "旺家社区，8 个网格，在办 31 件",
        "views": [{"label": "丹都街道", "url": "?place=1", "current": False}, {"label": "旺家社区", "url": "?place=2", "current": True}],
        "parts_label": "网格",
        "more": 2,
        "counts": {"over": 3, "soon": 4, "fine": 23, "halt": 1},
        "map": {"outlines_url": "/o.json", "cases_url": "/c.json", "style_url": "", "box": "109.1,27.4,109.3,27.6", "note": "示意图，不作划界依据。"},
        "grids": [grid("第一网格", 512, 2, 0), grid("第二网格", 498, 7, 1), grid("第三网格", 530, 3, 0)],
        "rows": rows(acts=False)[1:5],
        "selected": {"name": "第二网格", "hint": "3 栋到 6 栋，498 户", "phone": "0856-000-0110", "holder": "旺家社区第二网格", "all_url": "?place=2"},
        "drawing": {"box": "0 0 820 700", "cells": cells, "marks": marks}}
    # fmt: on
