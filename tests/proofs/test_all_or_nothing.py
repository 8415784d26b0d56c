"""Every write, cut off at every statement and at its commit: all or nothing, and a second try succeeds."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import transaction
from PIL import Image

from linli.foundation.errors import DomainError
from linli.foundation.rules import ANYONE, IMPORT, Actor, Moment
from linli.kernel.cases import jobs as case_jobs
from linli.kernel.cases import services as cases
from linli.kernel.cases.models import Case
from linli.kernel.files import services as files
from linli.kernel.journal import services as journal
from linli.kernel.notices import services as notices
from linli.kernel.places import services as places
from linli.kernel.vault import services as vault
from tests.proofs.injecting import Cut, cut_at, stored
from tests.world import TEN, World, a_world

pytestmark = [pytest.mark.usefixtures("committed_db"), pytest.mark.slow]  # a thousand states are compared
SAID = {"words": "看过了，正在办。"}
DAY = timedelta(days=1)
Move = tuple[str, str, dict[str, Any]]
Use = Callable[[], Any]

SORT: Move = ("sort", "community", {"sort": "public", "reason": "law"})
OWN: Move = ("sort", "community", {"sort": "own", "reason": "household", **SAID})
SEND: Move = ("dispatch", "community", {})
ACCEPT: Move = ("accept", "property", {})
DONE: Move = ("resolve", "property", SAID)
CHECK: Move = ("check", "community", SAID)
REPLY: Move = ("reply", "community", SAID)
GOOD: Move = ("rate", "reporter", {"solved": "yes", "satisfied": "good"})
BAD: Move = ("rate", "reporter", {"solved": "no", "satisfied": "bad", **SAID})
ASK: Move = ("ask_suspension", "property", {**SAID, "until": "2026-03-13"})
GRANT: Move = ("approve_suspension", "community", SAID)
AT_WORK = [SORT, SEND, ACCEPT]
JUDGED = [*AT_WORK, DONE, CHECK, REPLY]
# The whole table: what led there, and last the step that is cut off. Desks stand as "@key".
STEPS: dict[str, list[list[Move]]] = {
    "default": [
        [SORT], [OWN], [SORT, ("resort", "community", OWN[2])], [OWN, ("contest", "reporter", SAID)],
        [SORT, SEND], [SORT, ("dispatch", "community", {"desk": "@department:urban", **SAID})], AT_WORK,
        [SORT, SEND, ("return", "property", {"reason": "not_ours", "desk": "@department:urban", **SAID})],
        [SORT, SEND, ("return", "property", {"reason": "not_ours", "desk": "@department:urban", **SAID}),
         ("redirect", "community", {"desk": "@department:urban"})],
        [*AT_WORK, ("arrive", "property", {})], [*AT_WORK, ("progress", "property", SAID)],
        [*AT_WORK, ("whistle", "property", {"lead": "@department:water", "co": ["@department:urban"], **SAID})],
        [*AT_WORK, ("whistle", "property", {"lead": "@department:water", **SAID}), ("arrive", "department:water", {})],
        [*AT_WORK, ("whistle", "property", {"lead": "@department:water", **SAID}),
         ("finish", "department:water", SAID)],
        [*AT_WORK, ("whistle", "property", {"lead": "@department:water", **SAID}),
         ("call_off", "property", {"desk": "@department:water", "reason": "no_show", **SAID})],
        [SORT, SEND, ("escalate", "property", {})], [*AT_WORK, ("escalate", "property", SAID)],
        [*AT_WORK, ("escalate", "clock", {})], [*AT_WORK, ASK], [*AT_WORK, ASK, GRANT],
        [*AT_WORK, ASK, ("deny_suspension", "community", SAID)], [*AT_WORK, ASK, GRANT, ("resume", "property", {})],
        [*AT_WORK, ASK, GRANT, ("resume", "clock", {})],
        [*AT_WORK, DONE], [*AT_WORK, ("resolve", "property", {**SAID, "photos": ["@photo"]})],
        [*AT_WORK, ("progress", "property", {**SAID, "photos": ["@photo"]})],
        [*AT_WORK, DONE, CHECK], [*AT_WORK, DONE, ("redo", "community", SAID)], JUDGED, [*JUDGED, GOOD], [*JUDGED, BAD],
        [*JUDGED, ("lapse", "clock", {})], [OWN, ("lapse", "clock", {})], [*JUDGED, GOOD, ("reopen", "reporter", SAID)],
        [("refuse", "community", {"reason": "in_court", **SAID})], [("withdraw", "reporter", {})],
        [("supplement", "reporter", SAID)], [("supplement", "reporter", {"photos": ["@photo"]})],
        [("protect", "community", SAID)], [("overdue", "clock", {})], [("schedule", "clock", {})],
    ],
    "dejiang": [
        [SEND, ACCEPT, ("hand_over", "property", {"desk": "@department:urban"})],
        [SEND, ACCEPT, ("hand_over", "property", {"desk": "@department:urban"}),
         ("accept_unit", "department:urban", {})],
        [SEND, ACCEPT, ("hand_over", "property", {"desk": "@department:urban"}),
         ("accept_unit", "department:urban", {}), ("verify", "department:urban", SAID)],
    ],
    "jianhe": [
        [("publish", "community", SAID)], [("publish", "community", {}), ("claim", "members", {})],
        [("publish", "community", {}), ("claim", "members", {}), ("resolve", "members", SAID)],
        [("publish", "community", {}), ("claim", "members", {}), ("resolve", "members", SAID), ("approve", "party", {})],
    ],
}  # fmt: skip
PROTECTED: list[list[Move]] = [
    [("accept", "protected", {})], [("accept", "protected", {}), ("progress", "protected", SAID)],
    [("accept", "protected", {}), ("refer", "protected", SAID)], [("accept", "protected", {}), ("close", "protected", SAID)],
    [("supplement", "reporter", SAID)], [("overdue", "clock", {})], [("schedule", "clock", {})],
]  # fmt: skip
_shades = count(1)


@pytest.fixture(autouse=True)
def stamps_asked_for_once(settings):
    """What a process remembers is asked after as in production, not at every look."""
    settings.STAMP_SECONDS = 3600


def cut_everywhere(name: str, use: Use, *, but: tuple[str, ...] = ()) -> int:
    """Cut ``use`` off at each of its statements and commits in turn, until it succeeds; return how many."""
    before = stored()
    for number in count(1):
        vault.mint(TEN)  # writes what ``stored`` leaves out
        try:
            with cut_at(number) as counter:
                use()
        except (Cut, DomainError):
            after = stored()
            changed = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
            assert [key for key in changed if key not in but] == [], (
                f"{name}, cut at {number}: half of it stands"
            )
            before = after
            continue
        assert not counter.has_struck, f"{name}, cut at {number}: nobody noticed"
        assert stored() != before, f"{name} does not write anything"
        return number - 1
    raise AssertionError


def moved(world: World, moves: list[Move], text: str) -> Use:
    """Bring a new case to where the last step can be taken, and return that step."""
    case = world.raise_case(text=text)
    for step, who, data in moves[:-1]:
        world.take(case, step, who, TEN, **filled(world, data))
    step, who, data = moves[-1]
    entry = filled(world, data)
    return lambda: world.take(case, step, who, TEN, **entry)


def filled(world: World, data: dict[str, Any]) -> dict[str, Any]:
    def value(word: Any) -> Any:
        if isinstance(word, list):
            return [value(one) for one in word]
        if word == "@photo":
            return str(photo().pk)
        return str(world.desks[word[1:]].pk) if word.startswith("@") else word

    return {name: value(word) for name, word in data.items()}


def picture() -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (8, 8), next(_shades)).save(content, "PNG")
    return content.getvalue()


def photo() -> Any:
    return files.receive(io.BytesIO(picture()), actor=ANYONE, now=TEN)


@pytest.mark.parametrize("profile", STEPS)
def test_every_step_of_every_practice_happens_wholly_or_not_at_all(profile, figure):
    world = a_world(profile)
    points = [
        cut_everywhere(f"{moves[-1][0]}", moved(world, moves, "楼道灯不亮")) for moves in STEPS[profile]
    ]

    tell(figure, profile, points, floor=3)
    assert min(points) >= 4


def test_every_step_of_a_protected_matter_happens_wholly_or_not_at_all(figure):
    world = a_world("default")
    points = [cut_everywhere(moves[-1][0], moved(world, moves, "邻居打孩子")) for moves in PROTECTED]

    tell(figure, "protected", points, floor=7)
    assert min(points) >= 4


def test_what_opens_cases_and_what_runs_by_itself_happens_wholly_or_not_at_all(figure):
    world = a_world("default")
    points = {name: cut_everywhere(name, use, but=but) for name, use, but in others(world)}

    tell(figure, "others", list(points.values()), floor=18)


def tell(figure, name: str, points: list[int], *, floor: int) -> None:
    what = f"{name}: use cases cut off at each of their {sum(points)} statements and commits, half done"
    figure("A15", what, target="0", n=len(points), floor=floor, got=0)


def others(world: World) -> Iterator[tuple[str, Use, tuple[str, ...]]]:
    place, nobody = str(world.building.pk), Moment(ANYONE, None, TEN)
    keyed = iter(range(1000))

    def opening(key: str = "", **data: Any) -> Use:
        entry = {"place": place, "text": "楼道灯不亮", **data}
        return lambda: cases.open_case(flow="request", data=entry, moment=nobody, key=key)

    yield "open", opening(), ()
    yield "open with contact", opening(contact_phone="13812345678", contact_name="住户"), ()
    yield "open with photo and contact", opening(contact_phone="13812345678", photos=[str(photo().pk)]), ()
    yield "open with a key", opening(f"the-key-of-one-send-{next(keyed)}"), ()
    yield "open a protected matter", opening(text="邻居打孩子"), ()
    yield "open as a person", lambda: world.raise_case(who="grid"), ()
    yield from followers()
    yield from clock_jobs(world)
    yield from pictures()
    yield from registers(world)


def followers() -> Iterator[tuple[str, Use, tuple[str, ...]]]:
    """A consumer that failed writes down that it did, in a row of its own; its work and its place are one."""
    # Each stream is numbered in a transaction of its own, and its row says how far it has looked.
    yield "sequence", lambda: journal.sequence(TEN), ("default.journal_sequencer",)
    later = count(1)
    for name in ("figures", "search", "notices", "retention"):
        yield (
            f"consume {name}",
            lambda name=name: journal.consume(name, now=TEN + next(later) * DAY),
            ("default.journal_cursor",),
        )
    yield "seal", lambda: journal.seal(TEN), ()


def clock_jobs(world: World) -> Iterator[tuple[str, Use, tuple[str, ...]]]:
    def only_one_left() -> None:
        for case in Case.objects.filter(closed_at=None, due_at__isnull=False, overdue_at=None).order_by("id")[
            1:
        ]:
            world.take(case, "overdue", "clock", TEN)

    only_one_left()
    yield "deadlines", lambda: case_jobs.deadlines(TEN + 30 * DAY), ()
    case = world.raise_case()
    for step, who, data in [
        *AT_WORK,
        ("whistle", "property", {"lead": str(world.desks["department:water"].pk), **SAID}),
    ]:
        world.take(case, step, who, TEN, **data)
    yield "calls", lambda: case_jobs.calls(TEN + 30 * DAY), ()


def pictures() -> Iterator[tuple[str, Use, tuple[str, ...]]]:
    one, two = photo(), photo()
    subject = {"subject_kind": "case", "subject_id": Case.objects.first().pk}
    yield "link photos", lambda: files.link([one.pk, two.pk], county="520602", part="before", **subject), ()
    yield (
        "delete photos",
        lambda: files.delete_for(subject_kind="case", subject_ids=[subject["subject_id"]]),
        (),
    )


def registers(world: World) -> Iterator[tuple[str, Use, tuple[str, ...]]]:
    case = Case.objects.exclude(flow="protected").first()
    actor = {"now": TEN, "actor": IMPORT}
    told = {"case": str(case.pk), "number": case.number, "place": str(case.place_id), "category": case.category,
            "due": "", "desk": str(case.holder_id)}  # fmt: skip

    def tell() -> None:
        with transaction.atomic():
            notices.tell(to_kind="desk", to_id=case.holder_id, template="desk.dispatch", params=told,
                         dedupe_key="once", now=TEN, county=case.county)  # fmt: skip

    yield "tell", tell, ()
    yield "read", lambda: vault.read(subject_kind="case", subject_id=case.pk, codes=["requests.text"],
        actor=Actor("person", world.people["grid"].pk), post_id=None, purpose="handle_case", task=case.number, now=TEN), ()  # fmt: skip
    yield (
        "add a place",
        lambda: places.add_place(level="building", name="九栋", parent_id=world.grid.pk, **actor),
        (),
    )
    yield "rename a place", lambda: places.rename(place_id=world.grid2.pk, name="新第二网格", **actor), ()
    yield (
        "add an alias",
        lambda: places.add_alias(place_id=world.grid.pk, name="老厂区", source="测试", **actor),
        (),
    )
