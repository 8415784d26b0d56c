"""How many files one person opens alone (F7), and what a second person can let them do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from linli.foundation.errors import Absent, InvalidInput, NotAllowed, WrongState
from linli.foundation.ids import new_id
from linli.foundation.rules import CLOCK, Actor
from linli.kernel.journal import verify
from linli.kernel.journal.models import Event
from linli.kernel.vault import queries, services
from linli.kernel.vault.choices import Leave, Purpose, Result
from linli.kernel.vault.memory import limits as memory
from linli.kernel.vault.memory.limits import Ask, Limits
from linli.kernel.vault.models import Allowance, ReadEntry
from linli.kernel.vault.services import Stopped, TooFast
from tests.kernel.vault.conftest import CANARY, NOW, PHONE, TEXT, put, read

pytestmark = pytest.mark.django_db
READER, OTHER, POST = Actor("person", UUID(int=7)), Actor("person", UUID(int=9)), UUID(int=8)
MINUTE = timedelta(minutes=1)
SMALL = Limits(an_hour=6, a_minute=4, most=20, longest=8, at_once=2)


@pytest.fixture(autouse=True)
def ruled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small limits, and a guard that knows of nobody who may not."""
    monkeypatch.setattr(memory, "LIMITS", [lambda _county, _now: SMALL])
    monkeypatch.setattr(memory, "GUARDS", [lambda _ask: None])
    memory.register_part("note")


def open_one(now: datetime, subject: UUID | None = None, **more: object) -> dict[str, str]:
    return read(subject or put(text="灯"), TEXT, now=now, **more)


def open_some(count: int, start: datetime = NOW, **more: object) -> datetime:
    """Open files one after another, a minute apart; return when the next would be."""
    for number in range(count):
        open_one(start + number * MINUTE, **more)
    return start + count * MINUTE


def ask(number: int = 3, hours: int = 2, now: datetime = NOW, **more: Any) -> Allowance:
    purpose = more.pop("purpose", Purpose.HANDLE_CASE)
    return services.ask_for_more(
        actor=more.pop("actor", READER), post_id=POST, county="520100", purpose=purpose, number=number,
        hours=hours, now=now,
    )  # fmt: skip


def answer(wish: Allowance, step: str, now: datetime, actor: Actor = OTHER) -> Allowance:
    return services.answer_wish(allowance_id=wish.pk, step=step, actor=actor, now=now)


def test_the_one_file_too_many_in_an_hour_is_closed_and_nothing_of_it_is_shown() -> None:
    after = open_some(SMALL.an_hour)
    subject = put(text="灯")
    with pytest.raises(Stopped) as stopped:
        open_one(after, subject)
    assert (stopped.value.status, stopped.value.opened, stopped.value.limit) == (403, 6, 6)
    assert list(ReadEntry.objects.filter(subject_id=subject).values_list("result", flat=True)) == ["refused"]
    assert list(queries.reads_of(subject_kind="case", subject_id=subject)) == []


def test_the_hour_slides_and_what_is_open_already_stays_open() -> None:
    first = put(text="灯")
    open_one(NOW, first)
    after = open_some(SMALL.an_hour - 1, NOW + MINUTE)
    assert open_one(after, first) == {TEXT: "灯"}
    assert open_one(after + 20 * MINUTE, first) == {TEXT: "灯"}  # out of the ten minutes, not of the hour
    with pytest.raises(Stopped):
        open_one(after + 20 * MINUTE)
    assert open_one(NOW + timedelta(hours=1, minutes=2)) == {TEXT: "灯"}


def test_the_default_is_thirty_an_hour(monkeypatch: pytest.MonkeyPatch, figure: Callable[..., None]) -> None:
    monkeypatch.setattr(memory, "LIMITS", [])
    assert memory.limits("", NOW).an_hour == 30
    shown = 0
    for number in range(40):
        try:
            shown += bool(open_one(NOW + number * MINUTE))
        except Stopped:
            continue
    figure("F7", "files opened alone in an hour, of 40 tried", target="30", n=40, floor=40, got=shown)
    assert shown == 30


def test_who_is_too_fast_is_slowed_before_they_are_stopped() -> None:
    for number in range(SMALL.a_minute):
        open_one(NOW + timedelta(seconds=number))
    with pytest.raises(TooFast) as slowed:
        open_one(NOW + timedelta(seconds=10))
    assert (slowed.value.status, slowed.value.retry_after) == (429, 50)
    assert open_one(NOW + timedelta(seconds=61)) == {TEXT: "灯"}


def test_two_hundred_files_in_five_minutes_are_slowed_then_stopped_and_somebody_is_told(
    monkeypatch: pytest.MonkeyPatch, figure: Callable[..., None]
) -> None:
    monkeypatch.setattr(memory, "LIMITS", [])
    found: Counter[str] = Counter()
    for number in range(200):
        try:
            open_one(NOW + number * timedelta(seconds=1.5))
            found["shown"] += 1
        except (TooFast, Stopped) as refusal:
            found[type(refusal).__name__] += 1
    figure(
        "F7",
        "200 files in five minutes: shown to a valid account",
        target="30",
        n=200,
        floor=200,
        got=found["shown"],
    )
    assert (found["shown"], found["TooFast"] > 0, found["Stopped"] > 100) == (30, True, True)
    assert Event.objects.filter(name="reading.stop", subject_id=READER.id).count() == 1


def test_what_belongs_to_a_file_is_counted_with_it() -> None:
    for number in range(SMALL.an_hour):
        task, subject = f"case-{number}", put(text="灯")
        notes = [new_id() for _note in range(5)]
        for note in notes:
            services.put(subject_kind="note", subject_id=note, county="520100", values={TEXT: "说明"})
        found = services.read_together(
            wanted={("case", subject): [TEXT], **{("note", note): [TEXT] for note in notes}},
            actor=READER, post_id=POST, purpose=Purpose.HANDLE_CASE, task=task, now=NOW + number * MINUTE,
        )  # fmt: skip
        assert len(found) == 6
    with pytest.raises(Stopped):
        open_one(NOW + 10 * MINUTE)


def test_many_at_once_are_opened_all_or_none() -> None:
    subjects = [put(text="灯") for _subject in range(SMALL.an_hour + 1)]
    with pytest.raises(Stopped):
        services.read_many(
            subject_kind="case", subject_ids=subjects, codes=[TEXT], actor=READER, post_id=POST,
            purpose=Purpose.HANDLE_CASE, task="case-1", now=NOW,
        )  # fmt: skip
    assert set(ReadEntry.objects.values_list("result", flat=True)) == {Result.REFUSED}


def test_the_clock_and_who_reads_their_own_are_not_limited() -> None:
    for number in range(SMALL.an_hour * 2):
        assert open_one(NOW, actor=CLOCK, post_id=None, task=f"n-{number}") == {TEXT: "灯"}
    person = new_id()
    mine = [put(text="灯", person_id=person) for _number in range(SMALL.an_hour * 2)]
    found = services.read_many(
        subject_kind="case", subject_ids=mine, codes=[TEXT], actor=Actor("person", person), post_id=None,
        purpose=Purpose.OWN, task="own", now=NOW,
    )  # fmt: skip
    assert found == {subject: {TEXT: "灯"} for subject in mine}


def test_that_somebody_was_stopped_is_told_once_an_hour_and_every_try_is_in_the_log() -> None:
    after = open_some(SMALL.an_hour)
    for number in range(3):
        with pytest.raises(Stopped):
            open_one(after + timedelta(seconds=number))
    told = Event.objects.get(subject_kind=queries.STOPPED)
    assert (told.name, told.subject_id, told.data) == ("reading.stop", READER.id, {"opened": 6, "limit": 6})
    assert ReadEntry.objects.filter(result=Result.REFUSED).count() == 3
    assert verify.run(["vault.reads", "journal.chain"]).findings == []


def test_another_persons_yes_opens_so_many_more_for_that_purpose_until_its_time() -> None:
    after = open_some(SMALL.an_hour)
    wish = ask(number=3, hours=2, now=after)
    with pytest.raises(Stopped):
        open_one(after)
    given = answer(wish, "grant", after)
    assert (given.state, given.until, given.decided_by) == (
        Leave.GRANTED,
        after + timedelta(hours=2),
        OTHER.id,
    )
    after = open_some(3, after)
    with pytest.raises(Stopped):
        open_one(after)


@pytest.mark.parametrize("changed", [{"purpose": Purpose.CONTACT_REPORTER}, {"actor": OTHER}])
def test_a_yes_is_for_its_purpose_and_its_reader_alone(changed: dict[str, Any]) -> None:
    after = open_some(SMALL.an_hour, **({"actor": changed["actor"]} if "actor" in changed else {}))
    answer(ask(now=after), "grant", after)
    with pytest.raises(Stopped):
        read(put(phone=CANARY), PHONE, now=after, **changed)


def test_after_its_end_a_yes_opens_nothing() -> None:
    answer(ask(hours=1), "grant", NOW)
    after = open_some(SMALL.an_hour, NOW + timedelta(hours=1))
    with pytest.raises(Stopped):
        open_one(after)


def test_nobody_says_yes_to_themselves_and_the_database_refuses_it_too() -> None:
    wish = ask()
    with pytest.raises(NotAllowed, match="另一个人"):
        answer(wish, "grant", NOW, READER)
    with pytest.raises(IntegrityError), transaction.atomic():
        Allowance.objects.filter(pk=wish.pk).update(decided_by=READER.id)


def test_where_nobody_knows_who_may_decide_nobody_may(monkeypatch: pytest.MonkeyPatch) -> None:
    wish = ask()
    monkeypatch.setattr(memory, "GUARDS", [])
    for act in (lambda: answer(wish, "grant", NOW), ask):
        with pytest.raises(NotAllowed):
            act()


def test_the_guard_is_asked_who_wants_what_of_whom(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Ask] = []
    monkeypatch.setattr(memory, "GUARDS", [asked.append])
    answer(ask(), "refuse", NOW + MINUTE)
    assert asked == [
        Ask("ask", READER, READER.id, POST, NOW),
        Ask("refuse", OTHER, READER.id, POST, NOW + MINUTE),
    ]


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"number": 0}, "number"),
        ({"number": 21}, "number"),
        ({"hours": 0}, "hours"),
        ({"hours": 9}, "hours"),
        ({"purpose": Purpose.OWN}, "purpose"),
        ({"purpose": "query"}, "purpose"),
        ({"purpose": ""}, "purpose"),
    ],
)
def test_a_wish_has_a_purpose_a_number_and_a_time_within_bounds(wanted: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        ask(**wanted)
    assert refused.value.field == field


def test_one_wish_waits_at_a_time_and_is_answered_once() -> None:
    wish = ask()
    with pytest.raises(WrongState):
        ask()
    answer(wish, "refuse", NOW)
    with pytest.raises(WrongState):
        answer(wish, "grant", NOW)
    assert ask().state == Leave.ASKED
    with pytest.raises(Absent):
        services.answer_wish(allowance_id=new_id(), step="grant", actor=OTHER, now=NOW)


def test_the_broken_glass_opens_at_once_a_few_and_is_judged_by_another() -> None:
    after = open_some(SMALL.an_hour)
    taken = services.break_glass(
        actor=READER, post_id=POST, county="520100", purpose=Purpose.HANDLE_CASE, now=after
    )
    after = open_some(SMALL.at_once, after)
    with pytest.raises(Stopped):
        open_one(after)
    with pytest.raises(WrongState):  # not a second time before somebody has judged the first
        services.break_glass(actor=READER, post_id=POST, county="", purpose=Purpose.HANDLE_CASE, now=after)
    for step in ("grant", "refuse"):
        with pytest.raises(WrongState):
            answer(taken, step, after)
    assert answer(taken, "review", after).state == Leave.REVIEWED
    names = Event.objects.filter(subject_id=taken.pk).order_by("version").values_list("name", flat=True)
    assert list(names) == ["reading.take", "reading.review"]


def test_an_objection_ends_the_broken_glass() -> None:
    after = open_some(SMALL.an_hour)
    taken = services.break_glass(
        actor=READER, post_id=POST, county="520100", purpose=Purpose.HANDLE_CASE, now=after
    )
    answer(taken, "object", after)
    with pytest.raises(Stopped):
        open_one(after + MINUTE)


def test_a_week_is_told_in_numbers() -> None:
    after = open_some(SMALL.an_hour)
    with pytest.raises(Stopped):
        open_one(after)
    answer(ask(number=2, now=after), "grant", after)
    open_one(after, put(text="灯"))
    week = queries.opened_between(NOW, NOW + timedelta(days=7))
    assert (week.files, week.readers, week.refused, week.stopped) == (7, 1, 1, 1)
    assert (week.decided, week.by_post) == ({"granted": 1}, [(POST, 7)])
    assert queries.opened_between(NOW + timedelta(days=7), NOW + timedelta(days=14)).files == 0


def test_a_change_of_a_wish_past_the_doors_is_found() -> None:
    wish = answer(ask(), "grant", NOW)
    Allowance.objects.filter(pk=wish.pk).update(number=500)
    findings = verify.run(["journal.chain"]).findings
    assert [finding.where for finding in findings] != []
