"""kill -9 of whoever sends, at any moment: every notice goes, and a phone shows it once (A2)."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connections

from linli.kernel.journal import jobs
from linli.kernel.journal.registry import JOBS
from linli.kernel.notices import address, services
from linli.kernel.notices.choices import State
from linli.kernel.notices.models import Notice
from linli.kernel.notices.services import sending
from tests.figures import Tell
from tests.kernel.notices.builders import NOON, TOLD, phone_of
from tests.kernel.notices.providers import Sms

BATCH = 40
LONGEST = 0.12  # seconds until a kill, to begin with
SOON = timedelta(seconds=60)


@contextmanager
def sender() -> Iterator[subprocess.Popen[str]]:
    names = [str(connections.settings[alias]["NAME"]) for alias in ("default", "keys")]
    script = str(Path(__file__).with_name("sending_process.py"))
    with subprocess.Popen(
        [sys.executable, script, json.dumps(settings.SMS), *names],
        env=os.environ
        | {"DJANGO_SETTINGS_MODULE": "config.settings.test", "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def kill_while_sending(sms: Sms, figure: Tell, *, kills: int) -> None:
    """Tell, and have one sender after the other killed; then let one finish, and judge.

    There is always a batch to send, and the moments follow the machine: later where nothing
    had gone out before the kill, earlier where the sender was done.
    """
    address.register("person", phone_of)
    chance, now, ended, notices, longest = random.Random(kills), NOON, [], 0, LONGEST
    with sender() as process:
        while ended.count("killed") < kills and len(ended) < 3 * kills:
            if Notice.objects.filter(state=State.WAITING).count() < BATCH:
                for number in range(notices, notices + BATCH):
                    who = {"dedupe_key": str(number), "to_id": UUID(int=number)}
                    services.tell(**TOLD | who, channels=["sms"])
                notices += BATCH
            connections.close_all()
            before = len(sms.shown)
            order = {"now": now.isoformat(), "after": chance.uniform(0.01, longest)}
            print(json.dumps(order), file=process.stdin, flush=True)
            ended.append(process.stdout.readline().strip())
            sms.settle()  # the next one comes after the lease: by then a provider has done what it was sent
            longest *= 0.8 if ended[-1] != "killed" else 1.25 if len(sms.shown) == before else 1
            now += sending.LEASE + timedelta(seconds=1)
    left = Notice.objects.filter(state=State.WAITING).count()
    while Notice.objects.filter(state=State.WAITING).exists() and now < NOON + timedelta(hours=9):
        services.send_due(now)
        now += timedelta(seconds=30)

    shown = Counter(out_id for _number, out_id, _params in sms.shown)
    asked = sum(request["headers"]["x-acs-action"] == "QuerySendDetails" for request in sms.requests)
    figure(
        "A2", f"kills of the sender, {notices} notices ({left} left after the last): not shown, shown twice",
        target="0, 0", n=ended.count("killed"), floor=kills,
        got=f"{notices - len(shown)}, {sum(shown.values()) - len(shown)}",
    )  # fmt: skip
    assert Counter(Notice.objects.values_list("state", flat=True)) == {State.SENT: notices}
    assert set(shown) == {str(pk) for pk in Notice.objects.values_list("id", flat=True)}
    assert set(shown.values()) == {1}
    assert sms.faults == []
    assert asked >= kills // 10  # killed between a sending and the note of it


@pytest.mark.slow  # twenty processes are killed
def test_twenty_kills_lose_no_notice_and_show_none_twice(committed_db: None, sms: Sms, figure: Tell) -> None:
    kill_while_sending(sms, figure, kills=20)


@pytest.mark.proof
def test_two_hundred_kills_lose_no_notice_and_show_none_twice(
    committed_db: None, sms: Sms, figure: Tell
) -> None:
    kill_while_sending(sms, figure, kills=200)


def test_what_a_killed_worker_held_goes_again_within_a_minute() -> None:
    """Nobody may hold a notice, nor the job that sends, for longer than that after they are gone."""
    turn = timedelta(seconds=JOBS["notices.send"].seconds)

    assert sending.LEASE + turn <= SOON
    assert jobs.LEASE + turn <= SOON
    assert sending.LEASE.total_seconds() > sending.RUN_SECONDS + 20  # the slowest run is never taken for dead
