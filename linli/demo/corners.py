"""What happens seldom, once each, so that something stands in every state and every way to end has been gone.

Through the same door and by the same hands as everything else in the demonstration.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from linli.apps.requests.choices import ClosedHow, State
from linli.demo.life import Life
from linli.demo.staffing import COMMUNITY
from linli.foundation.rules import ANYONE, Actor, Moment
from linli.foundation.worktime import SHANGHAI
from linli.kernel.cases import services
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import routing

DEJIANG, JIANHE = "520626003001", "522629001007"  # 中华社区, 馨怡社区
STEP = timedelta(minutes=9)
AGO = timedelta(minutes=6)  # when the last of its steps was taken, if it is still open
THEN = timedelta(days=6)  # when it was taken, if it has ended

Move = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Corner:
    """What was said where, the moves after that, and where it then stands.

    In a move's data ``@kind`` is the nearest desk of that kind and ``@until`` the day after tomorrow.
    """

    said: str
    stands: str
    moves: list[Move] = field(default_factory=list)
    category: str = ""
    community: str = COMMUNITY
    how: str = ""


SORT: Move = ("sort", {"sort": "public", "reason": "law"})
OWN: Move = (
    "sort",
    {"sort": "own", "reason": "household", "words": "自家的门锁由自家修，社区可以介绍开锁师傅。"},
)
SEND: Move = ("dispatch", {})
ACCEPT: Move = ("accept", {})
ASK: Move = ("ask_suspension", {"words": "灯座要向厂家订，三天到货。", "until": "@until"})
DONE: Move = ("resolve", {"words": "换好了，当场试过。"})
JUDGED: list[Move] = [
    SORT, SEND, ACCEPT, DONE, ("check", {}), ("reply", {"words": "已经修好，请您看看。"}),
    ("rate", {"solved": "yes", "satisfied": "good"}),
]  # fmt: skip
TO_STREET: Move = ("dispatch", {"desk": "@street"})
TO_UNIT: Move = ("hand_over", {"desk": "@department:urban", "words": "请按职责办理。"})

CORNERS = (
    Corner("家里门锁坏了，能不能帮忙看看？", State.ADVISED, [OWN], "other"),
    Corner("楼道里的消防门关不上，说是我们自家的事，我觉得不是。", State.SUBMITTED,
           [OWN, ("contest", {"words": "这是楼道的门，不是我家的门。"})], "safety.fire.exit"),
    Corner("和开发商的房款没有说清，已经开过庭了，想请社区评评理。", State.CLOSED,
           [("refuse", {"reason": "in_court", "words": "已经在法院审理，请等判决；要法律援助可以到司法所。"})],
           "other", how=ClosedHow.REFUSED),
    Corner("楼下停的三轮车挡了路。", State.CLOSED, [("withdraw", {"words": "车主已经挪走了。"})], "vehicles.parking",
           how=ClosedHow.WITHDRAWN),
    Corner("小区东门外面的人行道砖翘起来了。", State.SORTED,
           [("sort", {"sort": "shared", "reason": "neighbours"}),
            ("resort", {"sort": "public", "reason": "law", "words": "门外是市政道路，改为公家事。"})], "roads.surface"),
    Corner("二单元的灯座坏了三个。", State.ASKED, [SORT, SEND, ACCEPT, ASK], "homes.light"),
    Corner("五单元的灯座也是老款的，坏了没处买。", State.SUSPENDED,
           [SORT, SEND, ACCEPT, ASK, ("approve_suspension", {"words": "配件已经订好，到货就接着办。"})], "homes.light"),
    Corner("水沟的盖板响，晚上车一过就响。", State.HANDLING,
           [SORT, SEND, ACCEPT, ("supplement", {"words": "是靠近幼儿园的那一块。"})], "roads.cover"),
    Corner("单元门又关不上了。", State.RETURNED, [*JUDGED, ("reopen", {"words": "今天早上又关不上了。"})], "homes.door"),
    Corner("对门老人这几天没有出门，家里人说话很凶。", State.RECEIVED,
           [("protect", {"words": "听着像是有人受欺负，请专人看看。"})], "care.elderly"),
    Corner("楼上又在动手打人，听见有人哭。", State.RECEIVED),
    Corner("听见隔壁大人打孩子，不是一次两次了。", State.HANDLING,
           [ACCEPT, ("progress", {"words": "已经联系上，正在处理，请放心。"})]),
    Corner("有位老人被锁在家里，说是不给饭吃。", State.CLOSED,
           [ACCEPT, ("refer", {"words": "已经移交公安机关和民政部门，谢谢您告诉我们。"})], how=ClosedHow.REFERRED),
    Corner("门口的路面积水，雨水排不出去。", State.ACCEPTED, [TO_STREET, ACCEPT], "roads.flood", DEJIANG),
    Corner("菜场边上的摊子占了半条路。", State.HANDED, [TO_STREET, ACCEPT, TO_UNIT], "trade.stalls", DEJIANG),
    Corner("路口的树枝挡了红绿灯。", State.TO_VERIFY, [TO_STREET, ACCEPT, TO_UNIT, ("accept_unit", {})],
           "commons.green", DEJIANG),
    Corner("想请人帮独居老人搬几盆花。", State.PUBLISHED, [("publish", {})], "care.elderly", JIANHE),
    Corner("想请人教老人用手机挂号。", State.RESOLVED, [("publish", {}), ("claim", {}), DONE], "care.elderly", JIANHE),
)  # fmt: skip


def turn_the_corners(life: Life) -> list[UUID]:
    """Raise each matter and take its moves; return their ids. What has ended did so some days ago."""
    made = [_turn(life, corner) for corner in CORNERS]
    life.clock(life.end)
    return made


def _turn(life: Life, corner: Corner) -> UUID:
    last = life.end - (THEN if corner.how else AGO)
    at = last - STEP * len(corner.moves)
    entry = {
        "text": corner.said,
        "place": str(life.ground.grids[corner.community][0]),
        "category": corner.category,
    }
    case = services.open_case(flow="request", data=entry, moment=Moment(ANYONE, None, at)).case
    for number, (step, data) in enumerate(corner.moves, 1):
        case = Case.objects.get(pk=case.pk)
        then = at + STEP * number
        moment = _hand(life, case, step, then)
        services.take(
            case_id=case.pk, step=step, data=_filled(data, case, then), moment=moment, version=case.version
        )
    return case.pk


def _hand(life: Life, case: Case, step: str, at: datetime) -> Moment:
    if step == "withdraw":
        return Moment(Actor("code", case.pk), case, at)
    return life.hand(case, step, at)


def _filled(data: dict[str, Any], case: Case, at: datetime) -> dict[str, Any]:
    return {name: _value(value, case, at) for name, value in data.items()}


def _value(value: Any, case: Case, at: datetime) -> Any:
    if value == "@until":
        return str(at.astimezone(SHANGHAI).date() + timedelta(days=2))
    if isinstance(value, str) and value.startswith("@"):
        desk = routing.nearest(case, value[1:])
        if desk is None:
            raise LookupError(f"No desk {value} above {case.number}.")
        return str(desk.id)
    return value
