"""What can be read in the journal, and how its digests are made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from django.conf import settings
from django.db.models import Exists, Max, OuterRef, QuerySet

from linli.foundation.canonical import canonical
from linli.kernel.journal.models import Cursor, Event, Journalled, Position, Schedule, Seal, Tick
from linli.kernel.journal.registry import STREAMS, Stream

HOURLY, DAILY = "hourly", "daily"
DIGESTED = (
    "county",
    "subject_kind",
    "subject_id",
    "version",
    "name",
    "by_kind",
    "by_id",
    "post_id",
    "at",
    "from_state",
    "to_state",
    "data",
    "sealed",
    "prev",
)


class Positioned(NamedTuple):
    """An event in its place."""

    position: int
    event: Event


def sm3(*parts: bytes) -> bytes:
    """Return the SM3 digest (GB/T 32905) of the parts put together."""
    hasher = hashes.Hash(hashes.SM3())
    for part in parts:
        hasher.update(part)
    return hasher.finalize()


def digest_of(event: Event) -> bytes:
    """Return what the event's digest must be."""
    return sm3(canonical({name: getattr(event, name) for name in DIGESTED}))


def seal_of(subject: Journalled) -> bytes:
    """Return the digest of the subject's sealed columns as they are in memory; empty if it has none."""
    if not subject.SEALED:
        return b""
    fields: list[Any] = [subject._meta.get_field(name) for name in subject.SEALED]  # noqa: SLF001 -- Django's public model API
    return sm3(
        canonical({field.attname: field.to_python(getattr(subject, field.attname)) for field in fields})
    )


def history_of(kind: str, subject_id: UUID) -> QuerySet[Event]:
    """Return all that happened to a subject, in order."""
    return Event.objects.filter(subject_kind=kind, subject_id=subject_id).order_by("version")


def since(position: int, limit: int = 500) -> list[Positioned]:
    """Return the events after ``position``, in order, at most ``limit``."""
    rows = Position.objects.filter(position__gt=position).select_related("event").order_by("position")[:limit]
    return [Positioned(row.position, row.event) for row in rows]


def last_position() -> int:
    """Return the highest position given to an event so far, 0 if none."""
    return Position.objects.order_by("-position").values_list("position", flat=True).first() or 0


def last_seal(stream: str, kind: str) -> Seal | None:
    return Seal.objects.filter(stream=stream, kind=kind).order_by("-to_position").first()


def digest_of_seal(seal: Seal) -> bytes:
    """Return what the seal's digest must be, from the rows it covers as they are now."""
    header = {
        name: getattr(seal, name) for name in ("stream", "kind", "from_position", "to_position", "sealed_at")
    }
    below = _hourly_digests(seal) if seal.kind == DAILY else _row_digests(STREAMS[seal.stream], seal)
    return sm3(bytes(seal.prev), canonical({**header, "day": seal.day}), *below)


def unsealed() -> dict[str, dict[str, Any]]:
    """Say per stream what no seal covers yet: how many rows, and since when."""
    tail = {}
    for stream in STREAMS.values():
        last = last_seal(stream.name, HOURLY)
        newest = (
            stream.position.objects.order_by("-pk").values_list("pk", flat=True).first() or stream.removed()
        )
        tail[stream.name] = {
            "rows": newest - (last.to_position if last else 0),
            "since": last.sealed_at if last else None,
        }
    return tail


def roots(limit: int | None = 31) -> list[dict[str, Any]]:
    """Return the newest daily roots, as they are published."""
    newest = Seal.objects.filter(kind=DAILY).order_by("-day", "stream")[:limit]
    return [
        {
            "day": str(seal.day),
            "stream": seal.stream,
            "from": seal.from_position,
            "to": seal.to_position,
            "root": bytes(seal.digest).hex(),
            "before": bytes(seal.prev).hex(),
        }
        for seal in newest
    ]


def _row_digests(stream: Stream, seal: Seal) -> Iterator[bytes]:
    covered = stream.position.objects.filter(pk__range=(seal.from_position, seal.to_position))
    for digest in covered.order_by("pk").values_list(f"{stream.link}__digest", flat=True).iterator(5000):
        yield bytes(digest)


def _hourly_digests(seal: Seal) -> Iterator[bytes]:
    hourly = Seal.objects.filter(
        stream=seal.stream,
        kind=HOURLY,
        from_position__gte=seal.from_position,
        to_position__lte=seal.to_position,
    )
    for digest in hourly.order_by("from_position").values_list("digest", flat=True):
        yield bytes(digest)


def health(now: datetime) -> dict[str, Any]:
    """Say how far behind consumers are, who is stuck, and which jobs fail. No personal data."""
    return {
        "last_position": last_position(),
        "consumers": consumers(),
        "jobs": schedule(now),
        "unsealed": unsealed(),
    }


def consumers() -> dict[str, dict[str, Any]]:
    """Say of each consumer how many events it is behind, and what stopped it."""
    newest = last_position()
    return {
        row.name: {"behind": newest - row.position, "stuck_since": row.stuck_since, "error": row.error}
        for row in Cursor.objects.order_by("name")
    }


def schedule(now: datetime) -> dict[str, dict[str, Any]]:
    """Say of each job how many seconds it is late, when it ran and succeeded, and how often it has failed since."""
    return {
        row.name: {
            "late": max((now - row.next_at).total_seconds(), 0.0),
            "ran_at": row.ran_at,
            "succeeded_at": row.succeeded_at,
            "failures": row.failures,
            "error": row.error,
        }
        for row in Schedule.objects.order_by("name")
    }


MOST_BEHIND = 10_000  # so many are counted; more are as bad
LOOKED_BACK = 1_000  # ids below the newest that has a position, among which one may have been passed over


class Behind(NamedTuple):
    """How many events have no position yet (at most ``MOST_BEHIND``), and since when the oldest of them waits."""

    events: int
    since: datetime | None


def behind() -> Behind:
    """Say what the sequencer has still to number. Cheap: only the newest rows are looked at."""
    newest = Position.objects.order_by("-position").values_list("event_id", flat=True).first() or 0
    numbered = Position.objects.filter(event=OuterRef("pk"))
    waiting = Event.objects.filter(~Exists(numbered), id__gt=newest - LOOKED_BACK).order_by("id")
    times = list(waiting.values_list("at", flat=True)[:MOST_BEHIND])
    return Behind(len(times), times[0] if times else None)


def heartbeat(now: datetime | None = None) -> datetime | None:
    """When did a worker last end a job? None where none has ever run; ``now``, while one holds a lease then."""
    signs = Schedule.objects.aggregate(ran=Max("ran_at"), leased=Max("leased_until"))
    ran: datetime | None = signs["ran"]
    return now if now and signs["leased"] and signs["leased"] > now else ran


def last_tick() -> datetime | None:
    """The latest time at which the clock was believed; None where no worker has run yet."""
    return Tick.objects.values_list("at", flat=True).first()


def has_leapt(now: datetime) -> bool:
    """Does the clock stand farther on than an installation is ever switched off (``CLOCK_GAP_DAYS``)?"""
    last = last_tick()
    return last is not None and now - last > timedelta(days=settings.CLOCK_GAP_DAYS)


def latest_witness() -> datetime | None:
    """The latest time that the newest events and seals tell of: the clock cannot rightly be before it."""
    newest = Event.objects.order_by("-id").values_list("at", flat=True)[:LOOKED_BACK]
    sealed = Seal.objects.order_by("-id").values_list("sealed_at", flat=True)[:100]
    return max([*newest, *sealed], default=None)
