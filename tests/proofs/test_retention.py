"""What has reached the end of its time is erased and nothing else, whoever dies in the middle of it (row L3)."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connections

from linli.foundation.ids import new_id
from linli.kernel.files import services as files
from linli.kernel.files.choices import State
from linli.kernel.files.models import Attachment
from linli.kernel.journal import verify
from linli.kernel.journal.models import Event
from linli.kernel.journal.queries import Positioned
from linli.kernel.vault import checks, services
from linli.kernel.vault.fields import FIELDS
from linli.kernel.vault.memory import keys
from linli.kernel.vault.models import DataKey, Record
from linli.kernel.vault.rules import kept_for
from linli.shell import reactions
from tests.kernel.files.builders import a_ready_picture
from tests.world import TEN, World, a_world

A_VALUE = 3e-5  # seconds that erasing one takes on a quick machine: each kill meets the run in the middle
DAY = timedelta(days=1)
TEXT = "requests.text"


def lay_out(count: int, pick: random.Random) -> dict[str, set[int]]:
    """Values due and not due, by what is the matter with them; each under a key of its own, as the vault keeps them."""
    kinds: dict[str, set[int]] = {"due": set(), "later": set(), "open": set(), "held": set()}
    held = keys.take(count, TEN)
    rows = []
    for key in held:
        kind = pick.choice(("due", "due", "due", "later", "open", "held"))
        rows.append(
            Record(
                subject_kind="case", subject_id=new_id(), code=TEXT, key_id=key.id, cipher=b"sealed",
                keep_until={
                    "due": TEN - pick.randrange(100) * DAY, "later": TEN + pick.randrange(1, 100) * DAY,
                    "open": None, "held": TEN - DAY,
                }[kind],
                **({"restricted_at": TEN - DAY, "restricted_until": TEN + DAY} if kind == "held" else {}),
            )
        )  # fmt: skip
        rows[-1].kind = kind  # type: ignore[attr-defined]
    for row in Record.objects.bulk_create(rows):
        kinds[row.kind].add(row.pk)  # type: ignore[attr-defined]
    return kinds


def judge(kinds: dict[str, set[int]], when: datetime) -> int:
    """Judge what is left: all that was due is empty and its key destroyed; the rest is whole. Return the faults."""
    erased = set(Record.objects.exclude(erased_at=None).values_list("pk", flat=True))
    whole = {*kinds["later"], *kinds["open"], *kinds["held"]}
    unlocked = set(DataKey.objects.values_list("id", flat=True))
    held = dict(Record.objects.filter(pk__in=whole).values_list("pk", "key_id"))
    assert when == TEN
    return (
        len(kinds["due"] ^ erased)
        + Record.objects.filter(pk__in=kinds["due"], key_id__isnull=False).count()
        + sum(key not in unlocked for key in held.values())
    )


def test_everything_due_is_erased_in_one_run_and_nothing_else(
    committed_db: None, figure: Callable[..., None]
) -> None:
    kinds = lay_out(3_000, random.Random(3))

    done = services.erase_due(TEN)
    faults = judge(kinds, TEN)
    figure("L3", "values that the retention job got wrong", target="0", n=3_000, floor=3_000, got=faults)
    assert (done, faults, services.erase_due(TEN)) == (len(kinds["due"]), 0, 0)


@pytest.mark.proof
def test_thirty_kills_of_the_retention_job_leave_nothing_wrong(
    committed_db: None, figure: Callable[..., None]
) -> None:
    kill_while_erasing(figure, kills=30, values=60_000)


def test_a_killed_retention_job_goes_on_where_it_was(committed_db: None, figure: Callable[..., None]) -> None:
    kill_while_erasing(figure, kills=2, values=2_000)


def kill_while_erasing(figure: Callable[..., None], *, kills: int, values: int) -> None:
    kinds = lay_out(values, random.Random(values))
    connections.close_all()
    chance, ended = random.Random(kills), []
    names = [str(connections.settings[alias]["NAME"]) for alias in ("default", "keys")]
    script = str(Path(__file__).with_name("retention_process.py"))
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    with subprocess.Popen(
        [sys.executable, script, *names], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _kill in range(kills):
            order = {"now": TEN.isoformat(), "after": chance.uniform(0.001, A_VALUE * values / kills)}
            print(json.dumps(order), file=process.stdin, flush=True)
            ended.append(process.stdout.readline().strip())
        process.stdin.close()
    services.erase_due(TEN)
    while services.finish_erasing():
        continue
    faults = judge(kinds, TEN)
    what = f"values wrong after kills of the retention job, of {values:,}"
    figure("L3", what, target="0", n=ended.count("killed"), floor=kills // 2, got=faults)
    assert faults == 0


@pytest.fixture
def world(db: None) -> World:
    return a_world()


def follow(case_id: UUID) -> None:
    events = Event.objects.filter(subject_id=case_id, subject_kind="case").order_by("id")
    reactions.settle([Positioned(number, event) for number, event in enumerate(events)])


def test_a_year_after_it_has_ended_its_pictures_go_and_after_two_its_words(world: World) -> None:
    case = world.raise_case()
    picture = a_ready_picture(subject_id=case.pk)
    world.take(case, "sort", "community", sort="own", reason="household", words="可以自己换")
    ended = TEN + 8 * DAY
    world.take(case, "lapse", "clock", ended)
    follow(case.pk)

    assert files.erase_due(ended + 365 * DAY - timedelta(seconds=1)) == 0
    assert files.erase_due(ended + 365 * DAY) == 1
    assert (Attachment.objects.get(pk=picture.pk).state, services.erase_due(ended + 365 * DAY)) == (
        State.ERASED,
        0,
    )
    files.sweep(ended + 366 * DAY)
    assert Attachment.objects.get(pk=picture.pk).keep_until is None, "its bytes are gone too"
    assert services.erase_due(ended + 730 * DAY) == 2
    assert verify.run(["files", "vault.kept"]).findings == []


def test_what_is_opened_again_is_kept_until_it_has_ended_again(world: World) -> None:
    case = world.raise_case()
    picture = a_ready_picture(subject_id=case.pk)
    world.take(case, "sort", "community", sort="own", reason="household", words="可以自己换")
    world.take(case, "lapse", "clock", TEN + 8 * DAY)
    world.take(case, "reopen", "reporter", TEN + 9 * DAY, words="还是不亮")
    follow(case.pk)

    assert set(Record.objects.filter(subject_id=case.pk).values_list("keep_until", flat=True)) == {None}
    assert (services.erase_due(TEN + 3000 * DAY), files.erase_due(TEN + 3000 * DAY)) == (0, 0)
    assert Attachment.objects.get(pk=picture.pk).state == State.READY


def test_a_setting_keeps_a_value_for_less_time_and_never_for_more(settings) -> None:
    settings.RETENTION = {TEXT: 100}
    assert kept_for(FIELDS[TEXT]) == 100 * DAY
    settings.RETENTION = {TEXT: 100_000}
    assert kept_for(FIELDS[TEXT]) == 730 * DAY
    assert [one.id for one in checks.check_declarations(None)] == ["vault.E005"]
    settings.RETENTION = {"requests.nothing": 5}
    assert [one.id for one in checks.check_declarations(None)] == ["vault.E005"]


def test_a_picture_said_to_be_erased_that_nobody_erased_is_found(world: World) -> None:
    case = world.raise_case()
    picture = a_ready_picture(subject_id=case.pk)
    Attachment.objects.filter(pk=picture.pk).update(state=State.ERASED, outputs={})

    assert [(str(one.sentence), one.where) for one in verify.run(["files"]).findings] == [
        ("一张照片说是按规定删除的，却没有删除的记录。", str(picture.pk))
    ]
