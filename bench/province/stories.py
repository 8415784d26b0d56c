"""The stories that stand for all cases: each goes through the door once, by the people of one place.

What the product left of it is kept by step: the case, its event, what lies in the vault,
calls, passages, notices, readings, what the figures counted. A story cut off after any
step is a case that is still open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from linli.foundation.rules import ANYONE, CLOCK, Actor, Moment
from linli.kernel.cases import services as cases
from linli.kernel.cases.models import Assignment, Case
from linli.kernel.cases.services import words
from linli.kernel.figures import registry as figures
from linli.kernel.journal import jobs
from linli.kernel.journal.models import Event
from linli.kernel.journal.queries import history_of
from linli.kernel.notices.models import Notice
from linli.kernel.people.models import Account
from linli.kernel.people.queries import desks, viewer_of
from linli.kernel.vault.choices import Purpose
from linli.kernel.vault.models import ReadEntry, Record
from linli.kernel.vault.queries import opened
from linli.shell.search.models import Entry

if TYPE_CHECKING:
    from bench.province.base import Spot

SAID = "三栋二单元楼道灯不亮，老人晚上上下楼不方便。"
ANSWERED = "已经看过现场，明天上午换灯。"
PHONE = "13900000001"
HOME, GRID, OWN, COMMUNITY = (
    ("homes.light", "homes.lift.fault", "cleaning.waste", "vehicles.parking", "vehicles.charger"),
    ("pets.dirt", "neighbours.dispute", "care.elderly"),
    ("quiet.home", "homes.leak.upstairs"),
    ("quiet.square", "vehicles.spaces", "property.service"),
)
URBAN = ("roads.lamp", "quiet.works", "supply.power")
START = ("raise", "sort", "dispatch", "accept")
DONE = ("resolve", "check", "reply")


@dataclass(frozen=True)
class Line:
    """A course of events, for each of some categories; ``weight`` is its share of what is closed."""

    name: str
    steps: tuple[str, ...]
    categories: tuple[str, ...]
    weight: int
    open_after: dict[str, int] = field(default_factory=dict)  # share of what is open, cut off after this step


LINES = (
    Line("rated", (*START, "arrive", *DONE, "rate"), (*HOME, *GRID, *URBAN), 40,
         {"raise": 10, "sort": 4, "dispatch": 12, "accept": 24, "arrive": 14, "resolve": 8, "check": 4, "reply": 14}),
    Line("lapsed", (*START, *DONE, "lapse"), (*HOME, *COMMUNITY), 21),
    Line("told", (*START, "arrive", "progress", *DONE, "rate"), (*GRID, *URBAN), 8, {"progress": 6}),
    Line("advised", ("raise", "sort_own", "lapse"), OWN, 10),
    Line("withdrawn", ("raise", "withdraw"), HOME[:2], 7),
    Line("refused", ("raise", "refuse"), COMMUNITY[:2], 4),
    Line("called", (*START, "whistle", "come", "finish", *DONE, "rate"), COMMUNITY, 5, {"whistle": 2, "come": 2}),
    Line("late", (*START, "overdue", "progress", *DONE, "rate"), HOME[:3], 5, {"overdue": 4}),
)  # fmt: skip
# How long after the step before, in minutes.
LATER = {"sort": 30, "sort_own": 25, "dispatch": 4, "accept": 40, "arrive": 180, "progress": 300, "whistle": 60,
         "come": 25, "finish": 400, "resolve": 500, "check": 240, "reply": 45, "rate": 900, "withdraw": 35,
         "refuse": 50}  # fmt: skip


@dataclass
class Stage:
    """One step of a story and all that came of it."""

    case: Case
    event: Event
    values: list[tuple[Record, str]] = field(default_factory=list)
    calls: list[Assignment] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    reads: list[ReadEntry] = field(default_factory=list)
    counted: list[tuple[str, int]] = field(default_factory=list)
    standing: dict[str, int] = field(default_factory=dict)  # of the stock figures, after this step


@dataclass
class Story:
    line: Line
    stages: list[Stage]
    spot: Spot
    tokens: str


def tell(spot: Spot, now: datetime) -> list[Story]:
    """Let every line happen for each of its categories; return them with all the consumers made of them."""
    numbers = count(1)
    made = [_live(line, category, spot, now + timedelta(minutes=7 * next(numbers)))
            for line in LINES for category in line.categories]  # fmt: skip
    while jobs.follow(now, strict=True):
        continue
    for story in made:
        _collect(story)
    return made


def _live(line: Line, category: str, spot: Spot, now: datetime) -> Story:
    stages: list[Stage] = []
    for step in line.steps:
        if step == "raise":
            entry = {"text": SAID, "place": str(spot.building), "contact_phone": PHONE, "category": category}
            key = f"the-bench-tells-{line.name}-{category}"
            pk = cases.open_case(
                flow="request", data=entry, moment=Moment(ANYONE, None, now), key=key
            ).case.pk
        else:
            case = stages[-1].case
            now = _when(step, case, now)
            _take(step, case, spot, now)
        last = history_of(Case.kind(), pk).last()
        assert last is not None
        stages.append(
            Stage(
                Case.objects.get(pk=pk),
                last,
                calls=list(Assignment.objects.filter(case_id=pk).order_by("id")),
            )
        )
        _read(stages[-1], spot, now)
    return Story(line, stages, spot, "")


def _when(step: str, case: Case, now: datetime) -> datetime:
    """The clock's steps come when it has run out, the others in their time."""
    if step in ("lapse", "overdue"):
        assert case.due_at is not None
        return max(now, case.due_at) + timedelta(minutes=1)
    return now + timedelta(minutes=LATER[step])


def _take(step: str, case: Case, spot: Spot, now: datetime) -> None:
    name = {"sort_own": "sort", "come": "arrive"}.get(step, step)
    if step in ("lapse", "overdue"):
        moment = Moment(CLOCK, case, now)
    elif step in ("rate", "withdraw"):
        moment = Moment(Actor("code", case.pk), case, now)
    else:
        moment = _hand(step, case, spot, now)
    cases.take(case_id=case.pk, step=name, data=_entry(step, spot), moment=moment, version=case.version)


def _hand(step: str, case: Case, spot: Spot, now: datetime) -> Moment:
    """Whoever sits at the desk that holds it, or at the one that was called."""
    desk_id = spot.seats["department:urban"].desk if step in ("come", "finish") else case.holder_id
    seat = next(seat for seat in spot.seats.values() if seat.desk == desk_id)
    return viewer_of(Account.objects.get(pk=seat.account), now).moment(case, now)


def _entry(step: str, spot: Spot) -> dict[str, Any]:
    entries: dict[str, Callable[[], dict[str, Any]]] = {
        "sort": lambda: {"sort": "shared", "reason": "common_part"},
        "sort_own": lambda: {"sort": "own", "reason": "household", "words": ANSWERED},
        "whistle": lambda: {"lead": str(spot.seats["department:urban"].desk), "co": [], "words": SAID},
        "progress": lambda: {"words": ANSWERED},
        "resolve": lambda: {"words": ANSWERED},
        "reply": lambda: {"words": ANSWERED},
        "refuse": lambda: {"reason": "elsewhere", "words": ANSWERED},
        "rate": lambda: {"solved": "yes", "satisfied": "good"},
    }
    return entries[step]() if step in entries else {}


def _read(stage: Stage, spot: Spot, now: datetime) -> None:
    """Who is to act on it opens the words: once when it is sorted, once when it is accepted."""
    if stage.event.to_state not in ("submitted", "handling") or stage.event.name.endswith(
        ("arrive", "progress", "whistle")
    ):
        return
    moment = _hand("", stage.case, spot, now)
    post = moment.post
    words.text_of(
        stage.case, actor=moment.actor, post_id=post.id if post else None, purpose=Purpose.HANDLE_CASE,
        now=now + timedelta(minutes=1),
    )  # fmt: skip


def _collect(story: Story) -> None:
    pk = story.stages[0].case.pk
    story.tokens = Entry.objects.get(case_id=pk).tokens
    level: dict[str, int] = {}
    for stage in story.stages:
        note = stage.event.data.get("note")
        stage.values = _values([pk] if stage is story.stages[0] else [note] if note else [])
        stage.notices = list(Notice.objects.filter(dedupe_key=f"event-{stage.event.pk}").order_by("id"))
        _count(stage, level)
    reads = list(ReadEntry.objects.filter(subject_id=pk).order_by("id"))
    for entry in reads:
        _before(story.stages, entry.at).reads.append(entry)
    assert desks().get(story.stages[-1].case.holder_id)


def _before(stages: list[Stage], at: datetime) -> Stage:
    return [stage for stage in stages if stage.event.at <= at][-1]


def _values(subjects: list[Any]) -> list[tuple[Record, str]]:
    rows = list(Record.objects.filter(subject_id__in=subjects).order_by("code"))
    values = opened(rows)
    return [(row, values[row.pk]) for row in rows]


def _count(stage: Stage, level: dict[str, int]) -> None:
    """What each figure adds for this event, as its declaration says. A matter does not move in these stories."""
    for code, figure in figures.declared().items():
        if not figure.reads(stage.event):
            continue
        value = figure.measure(stage.event)
        if value is None:
            continue
        added = value - level.get(code, 0) if figure.stock else value
        if figure.stock:
            level[code] = value
        if added or not figure.stock:
            stage.counted.append((code, added))
    stage.standing = {code: value for code, value in level.items() if value}


def of(stories: list[Story], line: Line) -> Iterator[Story]:
    return (story for story in stories if story.line is line)
