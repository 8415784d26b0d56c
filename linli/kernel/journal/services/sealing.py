"""Sealing what has positions: hourly, and once a day a root that is published elsewhere."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from linli.kernel.journal.models import Seal, Sequencer
from linli.kernel.journal.queries import DAILY, HOURLY, digest_of_seal, last_seal, roots
from linli.kernel.journal.registry import STREAMS, Stream

SHANGHAI = ZoneInfo("Asia/Shanghai")


def seal(now: datetime) -> int:
    """Seal each stream up to its last position, and make yesterday's root; return how many seals."""
    made = 0
    for stream in list(STREAMS.values()):
        with transaction.atomic():
            # The sequencer's lock: nobody may seal or number this stream meanwhile.
            row = Sequencer.objects.select_for_update().filter(stream=stream.name).first()
            if row is not None:
                made += _root(stream, now) + _hour(stream, row.position, now)
    publish_roots()
    return made


def publish_roots() -> int:
    """Write each root into ``settings.ROOTS_FOLDER`` that is not there yet; return how many.

    A file there already is left alone: it is the older witness.
    """
    folder = getattr(settings, "ROOTS_FOLDER", None)
    if not folder:
        return 0
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    written = 0
    for root in roots(limit=31):
        target = path / f"{root['day']}-{root['stream']}.json"
        if not target.exists():
            target.write_text(json.dumps(root, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
            written += 1
    return written


def _hour(stream: Stream, last: int, now: datetime) -> int:
    before = last_seal(stream.name, HOURLY)
    first = before.to_position + 1 if before else 1
    if last < first:
        return 0
    return _make(stream, HOURLY, before, (first, last), now, None)


def _root(stream: Stream, now: datetime) -> int:
    """Make the root of the last day before today that was sealed and has none."""
    today = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    before = last_seal(stream.name, DAILY)
    first = before.to_position + 1 if before else 1
    hourly = Seal.objects.filter(
        stream=stream.name, kind=HOURLY, from_position__gte=first, sealed_at__lt=today
    )
    newest = hourly.order_by("-to_position").first()
    if newest is None:
        return 0
    day = newest.sealed_at.astimezone(SHANGHAI).date()
    if Seal.objects.filter(stream=stream.name, kind=DAILY, day=day).exists():
        return 0  # the clock was set back: what was sealed since goes into the root of a day that has none
    return _make(stream, DAILY, before, (first, newest.to_position), now, day)


def _make(
    stream: Stream, kind: str, before: Seal | None, span: tuple[int, int], now: datetime, day: date | None
) -> int:
    made = Seal(
        stream=stream.name,
        kind=kind,
        from_position=span[0],
        to_position=span[1],
        sealed_at=now,
        day=day,
        prev=bytes(before.digest) if before else b"",
    )
    made.digest = digest_of_seal(made)
    made.save(force_insert=True)
    return 1
