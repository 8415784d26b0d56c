from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Lock
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.db import connections, transaction
from pytest_django import Settings

from linli.foundation.rules import CLOCK
from linli.kernel.files import services
from linli.kernel.files.choices import State, Why
from linli.kernel.files.models import Attachment
from linli.kernel.files.services import checking, processing
from linli.kernel.journal import services as journal
from linli.kernel.journal.verify import Report
from tests.kernel.files.builders import NOW, a_linked_picture, a_picture, a_ready_picture
from tests.kernel.files.corpus import photo, saved

LATER = NOW + processing.LEASE + timedelta(seconds=1)


@pytest.mark.django_db
def test_only_linked_pictures_are_processed_and_the_original_goes(folder: Path) -> None:
    loose, linked = a_picture(seed=1), a_linked_picture(seed=2)

    assert services.process(NOW) == 1
    assert services.process(NOW) == 0

    linked.refresh_from_db()
    assert linked.state == State.READY
    assert [path.name for path in (folder / "quarantine").iterdir()] == [str(loose.id)]


@pytest.mark.django_db
def test_a_refused_picture_says_why_in_whole_sentences() -> None:
    refused = a_ready_picture(saved(photo())[:900])

    assert (refused.state, refused.get_why_refused_display()) == (
        State.REFUSED,
        "照片不完整或已损坏，请重新拍一张或换一张。",
    )
    assert all(str(label).endswith("。") for label in Why.labels)


@pytest.mark.django_db
def test_a_picture_that_costs_too_much_memory_or_time_is_refused(settings: Settings) -> None:
    large = saved(photo(5_000, 4_000, "RGBA"), "PNG", compress_level=1)
    settings.FILES_LIMITS = {"memory": 100 * 1024 * 1024}
    assert a_ready_picture(large).why_refused == Why.TOO_HEAVY

    settings.FILES_LIMITS = {"seconds": 0}
    assert a_ready_picture(large).why_refused == Why.TOO_HEAVY


@pytest.mark.django_db
def test_a_re_encoder_that_dies_refuses_that_picture_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dying = tmp_path / "dying.py"
    dying.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    with monkeypatch.context() as patch:
        patch.setattr(processing, "REENCODER", dying)
        assert a_ready_picture(seed=1).why_refused == Why.TOO_HEAVY

    assert a_ready_picture(seed=2).state == State.READY


@pytest.mark.django_db
def test_a_picture_whose_bytes_are_lost_is_refused(folder: Path) -> None:
    picture = a_linked_picture()
    (folder / "quarantine" / str(picture.id)).unlink()

    services.process(NOW)

    picture.refresh_from_db()
    assert (picture.state, picture.why_refused) == (State.REFUSED, Why.LOST)


@pytest.mark.django_db
def test_a_picture_that_ended_its_worker_three_times_is_given_up() -> None:
    picture = a_linked_picture()
    now = NOW
    for _attempt in range(processing.MOST_ATTEMPTS):
        assert processing._claim(now).id == picture.id
        assert processing._claim(now) is None  # held
        now += processing.LEASE + timedelta(seconds=1)

    services.process(now)

    picture.refresh_from_db()
    assert (picture.state, picture.why_refused) == (State.REFUSED, Why.TOO_HEAVY)


@pytest.mark.django_db
def test_a_worker_that_lost_its_lease_changes_nothing() -> None:
    picture = a_linked_picture()
    slow = processing._claim(NOW)
    fast = processing._claim(LATER)
    processing._finish(fast, outputs={"thumb": ["", 1, 1, 1]})

    processing._finish(slow, why_refused=Why.BROKEN)

    picture.refresh_from_db()
    assert (picture.state, picture.outputs) == (State.READY, {"thumb": ["", 1, 1, 1]})


@pytest.mark.django_db
def test_a_picture_deleted_while_a_worker_holds_it_leaves_nothing(folder: Path) -> None:
    picture = a_linked_picture()
    held = processing._claim(NOW)
    services.delete_for(subject_kind="case", subject_ids=[picture.subject_id])
    services.sweep(NOW)  # waits for the worker

    processing._settle(held)
    services.sweep(NOW)

    assert Attachment.objects.count() == 0
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_two_workers_never_take_the_same_picture(committed_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = {a_linked_picture(seed=seed).id for seed in range(12)}
    taken: Counter[object] = Counter()
    lock, settle = Lock(), processing._settle

    def counted(attachment: Attachment) -> None:
        with lock:
            taken[attachment.id] += 1
        settle(attachment)

    def work(_worker: int) -> int:
        try:
            return services.process(NOW)
        finally:
            connections.close_all()

    monkeypatch.setattr(processing, "_settle", counted)
    monkeypatch.setattr(processing, "RUN_SECONDS", 60)
    with ThreadPoolExecutor(4) as pool:
        settled = list(pool.map(work, range(4)))

    assert taken == Counter(ids)
    assert sum(settled) == 12
    assert set(Attachment.objects.values_list("state", flat=True)) == {State.READY}


@pytest.mark.django_db
@pytest.mark.logs("picture_not_stored")
def test_a_full_disk_is_not_the_pictures_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = a_linked_picture()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    now = NOW
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        for _run in range(processing.MOST_ATTEMPTS + 1):
            assert services.process(now) == 0
            now += processing.LEASE + timedelta(seconds=1)

    assert services.process(now) == 1
    picture.refresh_from_db()
    assert (picture.state, picture.attempts) == (State.READY, 1)


WORKER = """
    import sys, time
    from datetime import datetime
    import django
    from django.conf import settings
    from django.db import connections
    settings.MEDIA_ROOT = sys.argv[1]
    for alias, name in zip(("default", "keys"), sys.argv[2:4]):
        connections.settings[alias]["NAME"] = name
    django.setup()
    from linli.kernel.files.services import processing
    def stop(*arguments):
        print("in the middle", flush=True)
        time.sleep(60)
    processing._stored = stop
    processing.process(datetime.fromisoformat(sys.argv[4]))
"""


def test_a_killed_workers_picture_is_taken_again(committed_db: None, folder: Path) -> None:
    picture = a_linked_picture()
    names = [str(connections.settings[alias]["NAME"]) for alias in ("default", "keys")]
    connections.close_all()
    worker = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WORKER), str(folder), *names, NOW.isoformat()],
        stdout=subprocess.PIPE,
        cwd=django_settings.ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings.test"},
    )
    with worker:
        assert worker.stdout.readline() == b"in the middle\n"
        worker.send_signal(signal.SIGKILL)

    assert services.process(NOW) == 0  # the dead worker's lease still runs
    assert services.process(LATER) == 1

    picture.refresh_from_db()
    assert (picture.state, picture.attempts) == (State.READY, 2)
    assert not list((folder / "quarantine").iterdir())


@pytest.mark.django_db
def test_a_run_ends_in_time_for_other_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(3):
        a_linked_picture(seed=seed)
    clock = iter([0.0, 0.0, 100.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock, 100.0))
    monkeypatch.setattr(processing, "_settle", lambda _attachment: None)

    assert services.process(NOW) == 1


@pytest.mark.django_db
def test_verify_finds_a_missing_and_a_changed_file(folder: Path) -> None:
    whole, missing, changed = (a_ready_picture(seed=seed) for seed in (1, 2, 3))
    report = Report()
    assert list(checking.check(report)) == []
    assert report.counts == {"files": 9}

    place = folder / "served"
    (place / missing.id.hex[-2:] / str(missing.id) / "page.webp").unlink()
    path = place / changed.id.hex[-2:] / str(changed.id) / "thumb.webp"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)

    found = {(str(finding.sentence), finding.where.split("/")[-2]) for finding in checking.check(Report())}
    assert found == {("照片文件不见了。", str(missing.id)), ("照片文件的内容变了。", str(changed.id))}
    assert whole.state == State.READY


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"digest": "0" * 64}, "照片的登记和收到时的记录对不上。"),
        ({"subject_id": uuid4()}, "照片的登记和收到时的记录对不上。"),
        ({"state": State.REFUSED}, "照片的状态和它的内容对不上。"),
        ({"why_refused": Why.BROKEN}, "照片的状态和它的内容对不上。"),
        ({"id": uuid4()}, "有照片的记录，对应的照片却不见了。"),
    ],
)
def test_verify_finds_a_row_that_was_changed_after_it_was_told_of(changed, said) -> None:
    picture = a_ready_picture()
    with transaction.atomic():
        journal.record(
            subject_kind="case", subject_id=picture.subject_id, county="520115", name="test.tell", actor=CLOCK,
            at=NOW, data={"received": {str(picture.id): picture.digest}},
        )  # fmt: skip
    assert list(checking.check(Report())) == []
    Attachment.objects.filter(id=picture.id).update(**changed)
    assert said in {str(finding.sentence) for finding in checking.check(Report())}
