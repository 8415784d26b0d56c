from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection, connections, transaction

from linli.foundation.ids import new_id
from linli.foundation.rules import CLOCK
from linli.kernel.journal import jobs, queries, services, verify
from linli.kernel.journal.models import Event, Position, Sequencer
from linli.kernel.journal.registry import Consumer
from tests.kernel.journal.builders import a_record, a_thing
from tests.kernel.journal.conftest import NOW, Tally, Thing
from tests.postgres import Cluster

POSTGRESQL = connection.vendor == "postgresql"


@contextmanager
def _open_elsewhere(
    work: Callable[[], object], then: Callable[[], object] = lambda: None
) -> Iterator[Callable[[], None]]:
    """Do ``work`` in another thread's transaction, which stays open; the yielded function does ``then`` and commits."""
    began, end = threading.Event(), threading.Event()

    def run() -> None:
        with transaction.atomic():
            work()
            began.set()
            end.wait(20)
            then()
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    assert began.wait(20)

    def finish() -> None:
        end.set()
        thread.join()

    try:
        yield finish
    finally:
        finish()


def _tally(batch: list[queries.Positioned]) -> None:
    worker = threading.current_thread().name[:20]
    Tally.objects.bulk_create(Tally(position=item.position, worker=worker) for item in batch)


def test_an_event_needs_a_transaction(committed_things: type[Thing]) -> None:
    with pytest.raises(RuntimeError, match="inside the transaction"):
        services.advance(Thing(), name="thing.raise", to_state="raised", actor=CLOCK, at=NOW)
    assert Event.objects.count() == 0


def test_positions_are_gapless_and_in_the_order_of_each_subject(committed_things: type[Thing]) -> None:
    subject = new_id()
    with transaction.atomic():
        a_record()
        transaction.set_rollback(True)
    for _ in range(3):
        a_record(subject_id=subject)
    assert services.sequence(NOW) == 3
    a_record(subject_id=subject)
    assert (services.sequence(NOW), services.sequence(NOW)) == (1, 0)
    found = queries.since(0)
    assert [item.position for item in found] == [1, 2, 3, 4]
    assert [item.event.version for item in found] == [1, 2, 3, 4]


def test_an_idle_sequencer_writes_nothing(committed_things: type[Thing]) -> None:
    a_record()
    services.sequence(NOW)
    before = Sequencer.objects.values().get(stream="events")
    with connection.execute_wrapper(_refuse_writes):
        if connection.vendor == "sqlite":
            assert services.sequence(NOW) == 0
    assert services.sequence(NOW) == 0
    assert Sequencer.objects.values().get(stream="events") == before


def _refuse_writes(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
    assert sql.startswith("SELECT"), sql
    return execute(sql, params, many, context)


def test_no_position_passes_a_transaction_that_is_still_open(committed_things: type[Thing]) -> None:
    """On PostgreSQL others commit meanwhile; SQLite lets nobody else write, and nothing is missed either."""
    with _open_elsewhere(lambda: a_record(name="slow.one")) as finish:
        if POSTGRESQL:
            for _ in range(5):
                a_record(name="quick.one")
            assert services.sequence(NOW) == 0
            assert Position.objects.count() == 0
        else:
            assert not Event.objects.exists()
        finish()
    a_record(name="late.one")
    assert services.sequence(NOW) == Event.objects.count() == (7 if POSTGRESQL else 2)
    assert queries.since(0)[0].event.name == "slow.one"


if POSTGRESQL:  # on SQLite a second writer waits, so transactions cannot cross

    def test_a_subject_is_told_in_order_even_when_transactions_cross(committed_things: type[Thing]) -> None:
        """The transaction of the second event began before that of the first, and a third is open in between."""
        subject = new_id()
        services.sequence(NOW)
        crossing = _open_elsewhere(
            lambda: a_record(name="other.before"), lambda: a_record(subject_id=subject)
        )
        with crossing as commit_second, _open_elsewhere(lambda: a_record(name="other.between")) as finish:
            a_record(subject_id=subject)
            commit_second()
            assert (services.sequence(NOW), [item.event.name for item in queries.since(0)]) == (
                1,
                ["other.before"],
            )
            finish()
            assert services.sequence(NOW) == 3
        told = [item.event.version for item in queries.since(0) if item.event.subject_id == subject]
        assert told == [1, 2]


@pytest.mark.usefixtures("consumers")
def test_writers_and_consumers_together_neither_skip_nor_repeat(
    committed_things: type[Thing], consumers: dict[str, Consumer]
) -> None:
    consumers["tally"] = Consumer("tally", ("thing.*",), _tally)
    errors: list[BaseException] = []
    writing = threading.Event()

    def write(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(40):
            with transaction.atomic():
                thing = a_thing()
                time.sleep(chance.choice([0, 0, 0.01]))
                services.advance(thing, name="thing.move", to_state="moved", actor=CLOCK, at=NOW)
                transaction.set_rollback(chance.random() < 0.2)

    def work() -> None:
        while not writing.is_set() or jobs.follow(NOW, strict=True):
            jobs.follow(NOW, strict=True)

    writers = [_thread(write, errors, seed) for seed in range(4)]
    workers = [_thread(work, errors) for _ in range(2)]
    for thread in writers:
        thread.join()
    writing.set()
    for thread in workers:
        thread.join()
    assert errors == []
    committed = Event.objects.count()
    assert 0 < committed < 320
    assert sorted(Tally.objects.values_list("position", flat=True)) == list(range(1, committed + 1))
    assert verify.run().findings == []


def _thread(work: Callable[..., None], errors: list[BaseException], *arguments: object) -> threading.Thread:
    def run() -> None:
        try:
            work(*arguments)
        except BaseException as error:  # noqa: BLE001 -- the test's own thread reads it
            errors.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.usefixtures("consumers")
def test_a_consumer_killed_in_the_middle_of_a_batch_repeats_and_loses_nothing(
    committed_things: type[Thing],
) -> None:
    for _ in range(650):
        a_record(name="thing.noted")
    services.sequence(NOW)
    assert [_kill_process(after) for after in (1, 137)] == [-signal.SIGKILL] * 2
    assert Tally.objects.count() == 0
    assert _kill_process(520) == -signal.SIGKILL  # in its second batch: the first one stays
    assert Tally.objects.count() == 500
    assert _kill_process(73) == -signal.SIGKILL
    for _ in range(2):
        _kill_process(0)
        assert Tally.objects.count() in (500, 650)
    assert _kill_process(10_000) == 0
    assert sorted(Tally.objects.values_list("position", flat=True)) == list(range(1, 651))


def _kill_process(after: int) -> int:
    """Run the consumer in a process of its own that is killed after so many events (0: at a random moment)."""
    names = {alias: str(connections[alias].settings_dict["NAME"]) for alias in connections}
    script = Path(__file__).with_name("consumer_process.py")
    with subprocess.Popen(
        [sys.executable, str(script), str(after or 10_000), names["default"], names["keys"]],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        if after == 0:
            time.sleep(random.random() * 0.1)
            process.kill()
        return process.wait(60)


def test_a_restored_copy_goes_on_where_it_was(committed_things: type[Thing], tmp_path: Path) -> None:
    """On PostgreSQL the copy stands in another cluster, whose transactions are counted from the beginning."""
    subject = new_id()
    for _ in range(5):
        a_record(subject_id=subject)
    services.sequence(NOW)
    for _ in range(3):
        a_record(subject_id=subject)  # restored without position
    if POSTGRESQL:
        _burn_transactions(3000)  # so that their numbers lie far beyond the new cluster's
        assert a_record(subject_id=subject).txid > 3000
    waiting = Event.objects.count() - Position.objects.count()
    with _restored(tmp_path):
        assert services.sequence(NOW) == waiting >= 3
        a_record(subject_id=subject)
        assert (services.sequence(NOW), services.sequence(NOW)) == (1, 0)
        versions = [item.event.version for item in queries.since(0)]
        assert versions == list(range(1, 5 + waiting + 2))
        assert verify.run().findings == []


@contextmanager
def _restored(folder: Path) -> Iterator[None]:
    name = connections["default"].settings_dict["NAME"]
    if not POSTGRESQL:
        with sqlite3.connect(name) as live, sqlite3.connect(folder / "restored.sqlite3") as copy:
            live.backup(copy)
        live.close()
        copy.close()
        with _default_at(NAME=str(folder / "restored.sqlite3")):
            yield
        return
    cluster = Cluster(Path(f"/tmp/linli-pg-{os.getpid()}-restored"))
    cluster.start()
    try:
        _dump_into(name, cluster.folder)
        with _default_at(HOST=str(cluster.folder), NAME="postgres"):
            yield
    finally:
        cluster.stop()


def _burn_transactions(count: int) -> None:
    with connection.cursor() as cursor:
        for _ in range(count):
            cursor.execute("SELECT pg_current_xact_id()")


def _dump_into(name: str, host: Path) -> None:
    source = connections["default"].settings_dict["HOST"]
    dump = subprocess.run(
        [shutil.which("pg_dump") or "pg_dump", "-h", source, "-U", "postgres", name],
        check=True,
        capture_output=True,
    )
    subprocess.run(
        [
            shutil.which("psql") or "psql",
            "-h",
            str(host),
            "-U",
            "postgres",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "postgres",
        ],
        input=dump.stdout,
        check=True,
        stdout=subprocess.DEVNULL,
    )


@contextmanager
def _default_at(**settings: str) -> Iterator[None]:
    before = {name: connections.settings["default"][name] for name in settings}
    connections["default"].close()
    connections.settings["default"].update(settings)
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings["default"].update(before)
