"""Ninety days in the demonstration county: every request through the door, every step in its time.

From (seed, anchor date) alone, so that the same county comes out each time. What
is due by the clock is done by the clock, in between, as in any installation.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from linli.demo.ground import Ground
from linli.demo.pictures import picture
from linli.demo.staffing import Staff
from linli.foundation.errors import DomainError
from linli.foundation.rules import ANYONE, Actor, Moment
from linli.foundation.worktime import SHANGHAI
from linli.kernel.cases import jobs, services
from linli.kernel.cases.choices import ON_BEHALF, Urgency
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import routing
from linli.kernel.files import services as files
from linli.kernel.people import queries as people
from linli.kernel.people.models import Account
from linli.kernel.places import queries as places
from linli.kernel.rulebook import queries as rulebook

DAYS = 90
TURN = timedelta(hours=6)
ENDS = time(11, 40)  # of the last day: a morning's work lies on the desks
RECENT = 0.04  # this share came in on the last morning
QUICK, QUICK_STEPS = 0.3, 6  # this share is a matter of minutes until somebody stands there
# Hours until the next move, by state.
LAGS: dict[str, list[float]] = {
    "submitted": [0.2, 0.4, 0.8, 1.5, 3.0], "sorted": [0.1, 0.2, 0.5, 1], "dispatched": [0.2, 0.5, 1, 2, 5],
    "handling": [3, 8, 20, 30, 44, 70], "resolved": [1, 3, 6, 20], "checked": [0.5, 2, 5], "replied": [2, 8, 20, 60],
}  # fmt: skip
Action = Callable[[datetime], None]


def _until(case: Case, now: datetime) -> str:
    """When the parts will be there: in three days, for an emergency tomorrow."""
    days = 1 if case.urgency == Urgency.EMERGENCY else 3
    return str(now.astimezone(SHANGHAI).date() + timedelta(days=days))


@dataclass(frozen=True)
class Story:
    category: str
    weight: int
    picture: str
    said: list[str]
    wait: list[str]
    done: list[str]
    reply: list[str]
    advice: str = ""


def stories() -> list[Story]:
    found = tomllib.loads((Path(__file__).parent / "stories.toml").read_text(encoding="utf-8"))["story"]
    return [Story(**story) for story in found]


def last_day(now: datetime) -> date:
    """Return the day on which the story ends: today once it is late enough, so that nothing of it lies in the future."""
    local = now.astimezone(SHANGHAI)
    return local.date() if local.time() >= ENDS else local.date() - timedelta(days=1)


class Life:
    """A clock, what is to happen on it, and the hands that do it."""

    def __init__(self, ground: Ground, staff: Staff, anchor: date, seed: str) -> None:
        self.ground, self.staff = ground, staff
        self.random = Random(f"{seed}:{anchor.isoformat()}:life")  # noqa: S311 -- a story, not a secret
        self.end = datetime.combine(anchor, ENDS, SHANGHAI).astimezone(UTC)
        self.begin = self.end - timedelta(days=DAYS)
        self.stories = stories()
        self.agenda: list[tuple[datetime, int, Action]] = []
        self.order = count()
        self.refused: list[str] = []
        self.quick: set[UUID] = set()

    def live(self, requests: int, progress: Callable[[str], None]) -> int:
        """Let ``requests`` be raised and go their way until the anchor; return how many stand."""
        for at in sorted(self._a_time() for _ in range(requests)):
            self._plan(at, self._raise)
        turn = self.begin
        while self.agenda and self.agenda[0][0] <= self.end:
            at, _number, action = heappop(self.agenda)
            while turn + TURN <= at:
                turn += TURN
                self.clock(turn)
            action(at)
        self.clock(self.end)
        progress(f"requests {Case.objects.count()}")
        return Case.objects.count()

    def clock(self, at: datetime) -> None:
        while jobs.deadlines(at):
            continue
        while jobs.resumptions(at):
            continue
        jobs.calls(at)

    def _plan(self, at: datetime, action: Action) -> None:
        heappush(self.agenda, (at, next(self.order), action))

    def _a_time(self) -> datetime:
        """More in the evening and the morning, fewer at night, a little more of late."""
        if self.random.random() < RECENT:
            return self.end - timedelta(minutes=5 + 230 * self.random.random())
        day = int(DAYS * self.random.random() ** 0.9)
        hour = self.random.choices(
            range(24), weights=[1, 0, 0, 0, 0, 1, 3, 6, 8, 7, 6, 5, 4, 4, 5, 5, 6, 7, 9, 10, 9, 7, 4, 2]
        )[0]
        there = self.begin.astimezone(SHANGHAI).replace(hour=hour, minute=self.random.randrange(60))
        return min(there.astimezone(UTC) + timedelta(days=day), self.end - timedelta(minutes=3))

    def _raise(self, at: datetime) -> None:
        story = self.random.choices(self.stories, weights=[story.weight for story in self.stories])[0]
        place_id = self._a_place()
        place = places.get_many([place_id])[place_id]
        entry: dict[str, Any] = {
            "text": self.random.choice(story.said).format(at=place.name if place.level == "building" else ""),
            "place": str(place_id),
            "category": story.category,
            "channel": self.random.choices(["web", "qr", "phone", "counter"], weights=[6, 3, 1, 1])[0],
            "photos": self.photos(story, at, is_mended=False),
        }
        if self.random.random() < 0.5:
            entry["contact_phone"] = f"1390000{self.random.randrange(10_000):04d}"
        moment = self._teller(place_id, at) if entry["channel"] in ON_BEHALF else Moment(ANYONE, None, at)
        opened = services.open_case(flow="request", data=entry, moment=moment)
        if self.random.random() < QUICK and not 0 < at.astimezone(SHANGHAI).hour < 8:
            self.quick.add(opened.case.pk)
        self._next(opened.case, story, at)

    def _teller(self, place_id: UUID, at: datetime) -> Moment:
        """Who writes it down for somebody at the counter or on the telephone: the community's desk."""
        desk = people.desks().nearest("community", places.chain(place_id, at.astimezone(SHANGHAI).date()))
        if desk is None:
            raise LookupError(f"No community's desk above {place_id}.")
        return people.viewer_of(Account.objects.get(pk=self.staff.at[desk.id]), at).moment(None, at)

    def _a_place(self) -> UUID:
        """Mostly 旺家社区 and its street, some in every other community of the ground."""
        codes = list(self.ground.grids)
        weights = [
            12
            if code == "520603004003"
            else 5
            if code.startswith("520603004")
            else 2
            if code.startswith("520603")
            else 1
            for code in codes
        ]
        code = self.random.choices(codes, weights=weights)[0]
        houses = self.ground.buildings.get(code)
        return self.random.choice(
            houses if houses and self.random.random() < 0.8 else self.ground.grids[code]
        )

    def photos(self, story: Story, at: datetime, *, is_mended: bool) -> list[str]:
        if not story.picture or self.random.random() < 0.4:
            return []
        image = picture(story.picture, is_mended=is_mended, random=self.random)
        return [str(files.receive(image, actor=ANYONE, now=at).pk)]

    def _next(self, case: Case, story: Story, now: datetime) -> None:
        """Plan the next hand's move: soon at a desk, days for the work, mostly by day."""
        hours = LAGS.get(case.state, LAGS["handling"])
        if case.pk in self.quick and case.version < QUICK_STEPS:
            hours = [0.05, 0.1, 0.2]  # the property centre is round the corner
        at = now + timedelta(hours=self.random.choice(hours)) * (0.6 + 0.8 * self.random.random())
        there = at.astimezone(SHANGHAI)
        if there.hour < 8 or there.hour >= 20:
            at += timedelta(hours=(32 - there.hour) % 24 + self.random.random())
        self._plan(at, lambda then: self._move(case.pk, story, then))

    def _move(self, case_id: UUID, story: Story, now: datetime) -> None:
        case = Case.objects.get(pk=case_id)
        step, data = self._choice(case, story, now)
        if not step:
            return
        moment = self.hand(case, step, now)
        try:
            services.take(case_id=case_id, step=step, data=data, moment=moment, version=case.version)
        except DomainError as refusal:
            self.refused.append(f"{case.state} {step}: {refusal.message}")
            return
        self._next(Case.objects.get(pk=case_id), story, now)

    def _choice(self, case: Case, story: Story, now: datetime) -> tuple[str, dict[str, Any]]:
        """What somebody would do with a case that stands so; "" leaves it lying."""
        chance = self.random.random()
        choose = rulebook.profile_of(case.flow, case.rules_id).profile.choose
        plain: dict[str, tuple[str, dict[str, Any]]] = {
            "sorted": (choose.get("hand", "dispatch"), {}),
            "published": ("claim", {}) if chance < 0.85 else ("", {}),
            "handed": ("accept_unit", {}),
            "to_verify": ("verify", {"words": "上门看过，情况属实。"}),
            "suspended": ("resume", {}),
            "asked": ("approve_suspension", {"words": "配件已经订好，到货就接着办。"})
            if chance < 0.8
            else ("deny_suspension", {"words": "先把能做的做起来。"}),
            "resolved": ("redo", {"words": "现场看过还差一点，请再去一趟。"})
            if chance < 0.07
            else (choose.get("confirm", "check"), {}),
            "checked": ("reply", {"words": self.random.choice(story.reply)}),
        }
        if case.state in plain:
            return plain[case.state]
        return self._weighed(case, story, chance, now)

    def _weighed(self, case: Case, story: Story, chance: float, now: datetime) -> tuple[str, dict[str, Any]]:
        """The states where more than one thing is likely."""
        if case.state == "submitted":
            return self._sorting(case, story, chance)
        if case.state == "dispatched":
            return self._return(case) if chance < 0.06 else ("accept", {})
        if case.state in ("accepted", "returned"):
            return self._sent_on(case)
        if case.state == "handling":
            return ("", {}) if chance > 0.97 else self._handling(case, story, chance, now)
        return self._rating(chance) if case.state == "replied" else ("", {})

    def _sent_on(self, case: Case) -> tuple[str, dict[str, Any]]:
        desk = routing.for_kind(case, self._kind(case))
        step = "hand_over" if case.state == "accepted" else "redirect"
        return (step, {"desk": str(desk.id), "words": "请按职责办理。"}) if desk else ("", {})

    def _sorting(self, case: Case, story: Story, chance: float) -> tuple[str, dict[str, Any]]:
        category = rulebook.categories(case.path, case.opened_at.astimezone(SHANGHAI).date())[case.category]
        if category.sort == "own" and story.advice and chance < 0.6:
            return ("sort", {"sort": "own", "reason": "household", "words": story.advice})
        sort = "shared" if category.sort in ("shared", "own") else "public"
        return ("sort", {"sort": sort, "reason": "neighbours" if sort == "shared" else "law"})

    def _return(self, case: Case) -> tuple[str, dict[str, Any]]:
        up = routing.above(case, case.holder_id)
        return (
            ("return", {"reason": "not_ours", "desk": str(up.id), "words": "不归本岗管，请改派。"})
            if up
            else ("accept", {})
        )

    def _handling(self, case: Case, story: Story, chance: float, now: datetime) -> tuple[str, dict[str, Any]]:
        steps = rulebook.profile_of(case.flow, case.rules_id).steps
        above = routing.above(case, case.holder_id) is not None
        done = {
            "words": self.random.choice(story.done),
            "photos": self.photos(story, now, is_mended=True),
        }
        likely: list[tuple[bool, tuple[str, dict[str, Any]]]] = [
            (bool(case.open_assignments), self._called(case)),
            (case.version < QUICK_STEPS and (case.pk in self.quick or chance < 0.1), ("arrive", {})),
            (chance < 0.42, ("progress", {"words": self.random.choice(story.wait)})),
            (chance < 0.52 and "whistle" in steps and case.version < 8, ("whistle", self._whistle(case))),
            (
                chance < 0.58 and case.version < 9 and above,
                ("ask_suspension", {"words": "等配件到货，请先停计时。", "until": _until(case, now)}),
            ),
            (chance < 0.61 and above, ("escalate", {"words": "需要上一级协调。"})),
        ]
        return next((step for is_so, step in likely if is_so), ("resolve", done))

    def _called(self, case: Case) -> tuple[str, dict[str, Any]]:
        calls = case.open_assignments
        return ("finish" if calls and calls[0].arrived_at else "arrive", {})

    def _whistle(self, case: Case) -> dict[str, Any]:
        desks = [desk for desk, _name in routing.choices(case) if desk != str(case.holder_id)]
        lead, *co = self.random.sample(desks, min(2, len(desks)))
        return {"lead": lead, "co": co, "words": "请到现场一起看，各办各的一份。"}

    def _rating(self, chance: float) -> tuple[str, dict[str, Any]]:
        if chance < 0.72:
            return (
                "rate",
                {"solved": "yes", "satisfied": self.random.choices(["good", "fair"], weights=[4, 1])[0]},
            )
        if chance < 0.8:
            return ("rate", {"solved": "no", "satisfied": "bad", "words": "还是老样子，请再来看看。"})
        return ("", {})

    def _kind(self, case: Case) -> str:
        category = rulebook.categories(case.path, case.opened_at.astimezone(SHANGHAI).date())[case.category]
        return category.desk or "grid"

    def hand(self, case: Case, step: str, now: datetime) -> Moment:
        """Whose move it is: the reporter's, a claimer's, a called unit's, else the holder's."""
        if step in ("rate", "contest", "supplement", "reopen"):
            return Moment(Actor("code", case.pk), case, now)
        desk_id = case.holder_id
        if step == "claim":
            desk = routing.nearest(case, "members")
            desk_id = desk.id if desk else desk_id
        elif step == "approve":
            desk = routing.nearest(case, "party")
            desk_id = desk.id if desk else desk_id
        elif step in ("arrive", "finish") and case.open_assignments:
            desk_id = case.open_assignments[0].desk_id
        account = Account.objects.get(pk=self.staff.at[desk_id])
        return people.viewer_of(account, now).moment(case, now)
