"""Who acts in the proofs, and with what input: written by hand, apart from the tables they try."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from linli.foundation.rules import ANYONE, CLOCK, NOBODY, Actor, Moment
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import routing
from tests.world import TEN, World, tomorrow

NOT_STAFF = ("reporter", "clock", "stranger", "another_code")
WORDS = "已经看过，正在处理。"


class Cast:
    """The people of a world; their posts are asked for once."""

    def __init__(self, world: World, now: datetime) -> None:
        self.world = world
        self._seen = {who: world.viewer(who, now) for who in world.people}
        self.everybody = [*self._seen, *NOT_STAFF]

    def moment(self, who: str, case: Case | None, now: datetime) -> Moment:
        if who == "clock":
            return Moment(CLOCK, case, now)
        if who == "reporter":
            return Moment(Actor("code", case.pk if case else NOBODY), case, now)
        if who == "another_code":
            return Moment(Actor("code", self.world.building.pk), case, now)
        if who == "stranger":
            return replace(Moment(ANYONE, case, now))
        return self._seen[who].moment(case, now)  # type: ignore[no-any-return] -- a viewer's moment


def usual(step: str, case: Case, pick: random.Random, now: datetime = TEN) -> dict[str, Any]:
    """Return input that the step should take at ``now``."""
    if step in ("ask_suspension", "approve_suspension"):
        return _suspend(case, pick, now)
    if case.flow == "data" and step == "hold":
        return {"reason": pick.choice(["dispute", "law_term"]), "until": tomorrow(now), "words": WORDS}
    make = (USUAL | USUAL_OF_DATA if case.flow == "data" else USUAL).get(step)
    return make(case, pick) if make else {}


def raising(flow: str, place: Any, pick: random.Random) -> dict[str, Any]:
    """Return what a resident says."""
    text = pick.choice(SAID_PROTECTED if flow == "protected" else SAID)
    entry = {"text": text, "place": str(place)}
    if pick.random() < 0.3:
        entry |= {"contact_phone": "13812345678", "contact_name": "住户"}
    return entry


SAID = (
    "三栋二单元楼道灯不亮", "电梯困人了，快来", "垃圾堆了三天没人清", "井盖缺了一块", "楼上漏水滴到我家", "路面有个坑", "想问低保怎么办",
    "半夜施工太吵", "消防通道被堵住了", "随便说说",
)  # fmt: skip
SAID_PROTECTED = ("邻居打孩子，打得很凶", "家里动手打人，我害怕")


def _words(_case: Case, _pick: random.Random) -> dict[str, Any]:
    return {"words": WORDS}


def _maybe_words(_case: Case, pick: random.Random) -> dict[str, Any]:
    return {"words": WORDS} if pick.random() < 0.5 else {}


def _sort(_case: Case, pick: random.Random) -> dict[str, Any]:
    sort = pick.choice(["public", "shared", "own"])
    return {"sort": sort, "reason": pick.choice(["common_part", "law", "neighbours"]), "words": WORDS}


def _desks(case: Case) -> list[str]:
    return [desk for desk, _name in routing.choices(case)]


def _dispatch(case: Case, pick: random.Random) -> dict[str, Any]:
    return {"desk": pick.choice(_desks(case))} if pick.random() < 0.5 else {}


def _desk(case: Case, pick: random.Random) -> dict[str, Any]:
    return {"desk": pick.choice(_desks(case))}


def _return(case: Case, pick: random.Random) -> dict[str, Any]:
    others = [desk for desk in _desks(case) if desk != str(case.holder_id)]
    return {"reason": pick.choice(["not_ours", "wrong_place"]), "desk": pick.choice(others), "words": WORDS}


def _whistle(case: Case, pick: random.Random) -> dict[str, Any]:
    calls = case.assignments.filter(done_at=None)
    here = {str(call.desk_id) for call in calls}
    free = [desk for desk in _desks(case) if desk not in here]
    pick.shuffle(free)
    if any(call.part == "lead" for call in calls):
        return {"co": free[:1], "words": WORDS}
    return {"lead": free[0], "co": free[1 : 1 + pick.randrange(3)], "words": WORDS}


def _suspend(case: Case, pick: random.Random, now: datetime) -> dict[str, Any]:
    """An emergency rests until tomorrow at the longest, anything else three working days."""
    return {
        "words": WORDS,
        "until": tomorrow(now + timedelta(days=pick.randrange(1 if case.urgency == 2 else 3))),
    }


def _call_off(case: Case, pick: random.Random) -> dict[str, Any]:
    calls = case.assignments.filter(done_at=None).order_by("id")
    desk = pick.choice([str(call.desk_id) for call in calls] or ["nobody"])
    return {"desk": desk, "reason": pick.choice(["no_show", "not_needed"]), "words": WORDS}


def _rate(_case: Case, pick: random.Random) -> dict[str, Any]:
    return {"solved": pick.choice(["yes", "yes", "no"]), "satisfied": pick.choice(["good", "fair", "bad"])}


def _refuse(_case: Case, pick: random.Random) -> dict[str, Any]:
    return {"reason": pick.choice(["in_court", "elsewhere", "repeated"]), "words": WORDS}


USUAL = {
    "sort": _sort, "resort": _sort, "contest": _words, "dispatch": _dispatch, "publish": _maybe_words,
    "hand_over": _desk, "verify": _words, "return": _return, "redirect": _desk, "whistle": _whistle,
    "finish": _maybe_words, "progress": _words, "escalate": _maybe_words,
    "call_off": _call_off, "deny_suspension": _words, "resolve": _words, "check": _maybe_words,
    "approve": _maybe_words, "redo": _words, "reply": _words, "rate": _rate, "reopen": _words, "refuse": _refuse,
    "withdraw": _maybe_words, "supplement": _words, "protect": _words, "refer": _words, "close": _words,
}  # fmt: skip


def _refuse_data(_case: Case, pick: random.Random) -> dict[str, Any]:
    return {"reason": pick.choice(["not_held", "not_proven", "others"]), "words": WORDS}


USUAL_OF_DATA = {"grant": _words, "refuse": _refuse_data}


def spoiled(entry: dict[str, Any], pick: random.Random) -> dict[str, Any]:
    """Return the input with something in it that no step takes."""
    kind = pick.randrange(4)
    if kind == 0 or not entry:
        return {**entry, "state": "closed"}
    name = pick.choice(list(entry))
    if kind == 1:
        return {**entry, name: "没有这一项" * 300}
    if kind == 2:
        return {**entry, name: {"not": ["a", "value"]}, "holder": "me"}
    return {**entry, name: "\x00"}
