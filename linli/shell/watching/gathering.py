"""Figures that the databases hold, read when Prometheus asks; cheap, and at most every few seconds.

Every web process tells the same of them: take the largest (``max by (…)``), never the sum.
Counts stop at ten thousand. No label is a place, a person, a case or an address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

import structlog
from django.db import DatabaseError, connections
from django.utils import timezone
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from linli.kernel.cases.queries import clocks
from linli.kernel.journal import queries as journal
from linli.kernel.journal import verify
from linli.kernel.notices.queries.backlog import backlog
from linli.shell.backup import standing as backup
from linli.shell.watching import asking
from linli.shell.watching.checks import stores

MIB = 1024 * 1024
log = structlog.get_logger("linli.metrics")


class Stored(Collector):
    """What the installation as a whole has to tell."""

    def collect(self) -> Iterator[Metric]:
        now = timezone.now()
        found = asking.lately(now)
        yield _family("linli_trouble", "1: red, 0.5: a warning, 0: well.", "check", {
            one.check.code: 1.0 if one.is_grave else 0.5 if one.troubles else 0.0 for one in found if one.was_asked
        })  # fmt: skip
        for gather in GATHERED:
            try:
                yield from list(gather(now))
            except DatabaseError as error:  # what can be told is told
                log.warning("not_gathered", what=gather.__name__, kind=type(error).__name__)

    def describe(self) -> list[Metric]:
        """Nothing is asked of the databases before somebody wants to know."""
        return []


def _journal(now: datetime) -> Iterator[Metric]:
    behind = journal.behind()
    yield _one("linli_sequencer_behind_events", "Events without a position yet.", behind.events)
    yield _one("linli_sequencer_behind_seconds", "Age of the oldest of them.", _age(behind.since, now))
    yield _one("linli_positions", "Events that have a position.", journal.last_position())
    consumers = journal.consumers()
    yield _family("linli_consumer_behind_events", "Events a consumer has still to read.", "consumer",
                  {name: one["behind"] for name, one in consumers.items()})  # fmt: skip
    yield _family("linli_consumer_stuck_seconds", "For how long a consumer has been stuck.", "consumer",
                  {name: _age(one["stuck_since"], now) for name, one in consumers.items()})  # fmt: skip
    unsealed = journal.unsealed()
    yield _family("linli_unsealed_rows", "Rows that no seal covers yet.", "stream",
                  {name: one["rows"] for name, one in unsealed.items()})  # fmt: skip
    yield _family("linli_sealed_timestamp_seconds", "When a stream was last sealed.", "stream",
                  {name: one["since"].timestamp() for name, one in unsealed.items() if one["since"]})  # fmt: skip


def _work(now: datetime) -> Iterator[Metric]:
    if (beat := journal.heartbeat(now)) is not None:
        yield _one(
            "linli_worker_heartbeat_timestamp_seconds", "When a worker last did anything.", beat.timestamp()
        )
    jobs = journal.schedule(now)
    yield _family("linli_job_late_seconds", "By how much a job is behind its time.", "job",
                  {name: one["late"] for name, one in jobs.items()})  # fmt: skip
    yield _family("linli_job_failures", "How often a job has failed since it last succeeded.", "job",
                  {name: one["failures"] for name, one in jobs.items()})  # fmt: skip
    yield _family("linli_job_succeeded_timestamp_seconds", "When a job last succeeded.", "job",
                  {name: one["succeeded_at"].timestamp() for name, one in jobs.items() if one["succeeded_at"]})  # fmt: skip
    yield _one(
        "linli_clocks_run_out", "Cases whose clock has run out and waits for its step.", clocks.run_out(now)
    )


def _notices(now: datetime) -> Iterator[Metric]:
    waiting = backlog(now)
    yield _family("linli_notices", "Notices not sent, by how far they have come.", "state",
                  {"waiting": waiting.waiting, "due": waiting.due, "dead": waiting.dead})  # fmt: skip
    yield _one(
        "linli_notices_oldest_due_seconds", "Age of the oldest that is due.", _age(waiting.oldest, now)
    )


def _proofs(_now: datetime) -> Iterator[Metric]:
    if proven := backup.last():
        taken, verified = proven.times()
        yield _one(
            "linli_backup_taken_timestamp_seconds",
            "When the last proven backup was taken.",
            taken.timestamp(),
        )
        yield _one(
            "linli_restore_verified_timestamp_seconds",
            "When it was restored and verified.",
            verified.timestamp(),
        )
    if checked := verify.last():
        yield _one(
            "linli_verified_timestamp_seconds", "When `linli verify` last ended.", checked.at.timestamp()
        )
        yield _one("linli_verify_findings", "What it found.", checked.findings)


def _room(_now: datetime) -> Iterator[Metric]:
    yield _family("linli_disk_free_bytes", "Free where a folder lies.", "folder",
                  {name.lower(): mib * MIB for name, mib in stores.free_mib().items()})  # fmt: skip
    sizes, logs = {}, {}
    for alias in connections:
        if connections[alias].vendor == "sqlite":
            file = Path(str(connections[alias].settings_dict["NAME"]))
            sizes[alias] = _bytes(file)
            logs[alias] = _bytes(file.with_name(f"{file.name}-wal"))
        else:
            sizes[alias], logs[alias] = _on_server(alias)
    yield _family("linli_database_bytes", "Size of a database.", "database", sizes)
    if any(connections[alias].vendor == "sqlite" for alias in connections):
        yield _family("linli_wal_bytes", "Size of the write-ahead log.", "database", logs)
    else:
        written = CounterMetricFamily(
            "linli_wal_written_bytes", "Written to the write-ahead log.", labels=["database"]
        )
        for alias, size in logs.items():
            written.add_metric([alias], size)
        yield written


GATHERED: tuple[Callable[[datetime], Iterator[Metric]], ...] = (_journal, _work, _notices, _proofs, _room)


def _on_server(alias: str) -> tuple[int, int]:
    """Size of the database, and bytes that the server has written to its log since it was founded."""
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT pg_database_size(current_database()), CASE WHEN pg_is_in_recovery() THEN 0 "
            "ELSE pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') END"
        )
        size, written = cursor.fetchone()
    return int(size), int(written)


def _bytes(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _age(since: datetime | None, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0) if since else 0.0


def _one(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(name, what, value=value)


def _family(name: str, what: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, what, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
