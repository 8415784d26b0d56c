"""What lies on the desks of the printed logins this morning: something to do for everybody who looks in.

The ninety days before end as they end; these few matters in 旺家社区 stand at every
step of the way. They go through the same door, by the same hands.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from linli.demo.life import Life, Story
from linli.demo.pictures import picture
from linli.demo.staffing import COMMUNITY
from linli.foundation.rules import ANYONE, Moment
from linli.kernel.cases import services
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import routing
from linli.kernel.files import services as files
from linli.kernel.places import queries as places
from linli.kernel.rulebook.choices import Sort

# From which state which step leads on, to where a matter is meant to stand.
ON = {
    "submitted": "sort",
    "sorted": "dispatch",
    "dispatched": "accept",
    "handling": "resolve",
    "resolved": "check",
    "checked": "reply",
}
CALLED = ("property", "grid")  # beside the unit in the lead
LEAD = "department:water"


@dataclass(frozen=True)
class Matter:
    """``hours`` is how long ago it was said, ``minutes`` how long ago it came to stand as it does."""

    category: str
    hours: float
    minutes: int
    stands: str
    extra: str = ""


MATTERS = (
    Matter("advice.idea", 1, 60, "submitted"),
    Matter("supply.wire", 0.7, 40, "submitted"),
    Matter("quiet.square", 16, 95, "handling"),
    Matter("property.fees", 22, 100, "dispatched"),
    Matter("care.elderly", 2.5, 25, "dispatched"),
    Matter("homes.leak.upstairs", 22, 110, "handling", "progress"),
    Matter("pets.dirt", 42, 900, "handling"),
    Matter("quiet.home", 3.5, 70, "dispatched"),
    Matter("roads.cover", 9, 130, "handling", "whistle"),
    Matter("roads.lamp", 20, 80, "dispatched"),
    Matter("homes.light", 26, 120, "handling"),
    Matter("homes.door", 3, 45, "dispatched"),
    Matter("commons.facilities", 68, 150, "resolved"),
    Matter("cleaning.waste", 46, 75, "checked"),
    Matter("homes.drain", 74, 30, "replied"),
)


def fill_the_desks(life: Life) -> list[UUID]:
    """Raise today's matters and bring each to where it stands; return their ids."""
    made = [_bring(life, matter, number) for number, matter in enumerate(MATTERS)]
    life.clock(life.end)
    return made


def _bring(life: Life, matter: Matter, number: int) -> UUID:
    story = next(story for story in life.stories if story.category == matter.category)
    at, last = life.end - timedelta(hours=matter.hours), life.end - timedelta(minutes=matter.minutes)
    case = services.open_case(
        flow="request", data=_said(life, story, number, at), moment=Moment(ANYONE, None, at)
    ).case
    steps = [*ON, "replied"].index(matter.stands)
    for turn in range(1, steps + 1):
        case = Case.objects.get(pk=case.pk)
        then = at + (last - at) * turn / steps
        _take(life, case, ON[case.state], _words(story, case, life, then), then)
    if matter.extra == "whistle":
        _whistle(life, case.pk, last)
    elif matter.extra:
        _take(life, Case.objects.get(pk=case.pk), matter.extra, {"words": story.wait[0]}, last)
    return case.pk


def _said(life: Life, story: Story, number: int, at: datetime) -> dict[str, Any]:
    houses = life.ground.buildings[COMMUNITY]
    second = [house for house in houses if _grid_of(house) == life.ground.grids[COMMUNITY][1]] or houses
    place = second[number % len(second)]
    return {
        "text": story.said[0].format(at=""), "place": str(place), "category": story.category, "channel": "web",
        "photos": _photos(life, story, at, is_mended=False), "contact_phone": f"1390000{1000 + number:04d}",
    }  # fmt: skip


def _photos(life: Life, story: Story, at: datetime, *, is_mended: bool) -> list[str]:
    """Return the photo of the story, if it has one: nobody forgets it today."""
    if not story.picture:
        return []
    image = picture(story.picture, is_mended=is_mended, random=life.random)
    return [str(files.receive(image, actor=ANYONE, now=at).pk)]


def _grid_of(place_id: UUID) -> UUID | None:
    chain = places.chain(place_id, places.today())
    return next((place.id for place in chain if place.level == "grid"), None)


def _words(story: Story, case: Case, life: Life, at: datetime) -> dict[str, Any]:
    match case.state:
        case "submitted":
            is_public = Sort.PUBLIC if story.category.startswith(("roads", "supply", "care")) else Sort.SHARED
            return {"sort": str(is_public), "reason": "law" if is_public == Sort.PUBLIC else "neighbours"}
        case "handling":
            return {"words": story.done[0], "photos": _photos(life, story, at, is_mended=True)}
        case "checked":
            return {"words": story.reply[0]}
    return {}


def _whistle(life: Life, case_id: UUID, at: datetime) -> None:
    """Three units are called; the one in the lead has arrived."""
    case = Case.objects.get(pk=case_id)
    lead, *others = [desk for kind in (LEAD, *CALLED) if (desk := routing.for_kind(case, kind))]
    data = {
        "lead": str(lead.id),
        "co": [str(desk.id) for desk in others],
        "words": "请到现场：查管线、围挡、引导行人。",
    }
    _take(life, case, "whistle", data, at)
    case = Case.objects.get(pk=case_id)
    _take(life, case, "arrive", {}, at + timedelta(minutes=24))


def _take(life: Life, case: Case, step: str, data: dict[str, Any], at: datetime) -> None:
    services.take(
        case_id=case.pk, step=step, data=data, moment=life.hand(case, step, at), version=case.version
    )
