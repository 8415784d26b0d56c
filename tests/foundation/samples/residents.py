"""What the pages of residents are given."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.foundation.samples.parts import (
    DESK,
    NOW,
    PLACES,
    QR,
    RateForm,
    ReportForm,
    SupplementForm,
    ago,
    due,
    offer,
    photo,
    stepbar,
    trail,
)


def report_context(**more: Any) -> dict[str, Any]:
    context = {"form": ReportForm(), "place_label": "旺家社区 3 栋 2 单元", "places": PLACES, "desk": DESK}
    suggested = {"code": "light", "label": "楼道照明"}
    categories = [suggested, {"code": "leak", "label": "漏水渗水"}, {"code": "road", "label": "井盖路面"}]
    channels = [
        {"value": "call", "label": "来电"},
        {"value": "visit", "label": "来访"},
        {"value": "walk", "label": "走访"},
    ]
    context |= {"categories": categories, "channels": channels}
    return context | {"suggested": suggested, "protected": False, "key": "k1", "refusal": ""} | more


def sent_context() -> dict[str, Any]:
    steps = ["旺家社区服务台接单", "转给能办的人，到现场看", "办好了回您话，请您评价"]
    return {
        "code": "7K3M-Q2FD",
        "track_url": "/t/7K3M-Q2FD",
        "qr": QR,
        "title": "3 栋 2 单元楼道灯不亮",
        "place_name": "旺家社区 3 栋 2 单元",
        "next_steps": steps,
        "accept_due": NOW + timedelta(hours=2),
        "now": NOW,
        "again": False,
        "protected": False,
        "for_somebody": False,
    }


def track_context(**more: Any) -> dict[str, Any]:
    there = NOW + timedelta(hours=25, minutes=20)
    context = {
        "code": "7K3M-Q2FD",
        "title": "3 栋 2 单元楼道灯不亮",
        "place_name": "旺家社区 3 栋 2 单元",
        "same": 6,
        "qa": {
            "holder": "第二网格",
            "since": ago(hours=25),
            "next_step": "电工上门换灯座",
            "due": due(due_at=there),
        },
        "stepbar": stepbar("提交", "接单", "办理", "回复", "您评价", at=2),
        "trail": trail(),
        "photos": [photo("stair-dark", "楼道里没有灯")],
        "offers": [
            offer(
                "supplement",
                "补照片或话",
                "办的人马上看得到",
                icon="plus",
                form=SupplementForm(prefix="more-"),
            ),
            offer(
                "withdraw", "不用办了", "撤回这件事", icon="undo", refusal="已经派人上门，撤回请打电话说。"
            ),
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
    contest = offer(
        "contest", "不认这样处理", "交给上一级的人重看", icon="raise", form=SupplementForm(prefix="more-")
    )
    steps = stepbar("提交", "接单", "办理", "回复", "您评价", at=4)
    return track_context(
        answer=answer,
        offers=[rate, contest],
        rate_by=NOW + timedelta(days=7),
        only_unsolved=False,
        stepbar=steps,
        photos=[],
    )


def home_context(**more: Any) -> dict[str, Any]:
    item = {
        "title": "3 栋 2 单元楼道灯不亮",
        "place": "3 栋 2 单元",
        "state_label": "第二网格在办",
        "due": due(due_at=ago(hours=-25)),
        "url": "/t/x",
    }
    steps = stepbar("提交", "接单", "办理", "回复", "您评价", at=2)
    place = {"id": "b3", "name": "旺家社区", "full_name": "万山区丹都街道旺家社区"}
    return {"place": place, "desk": DESK, "items": [item | {"stepbar": steps}], "services": []} | more
