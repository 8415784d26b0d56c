"""Turn quarantined pictures into what is served: pixels of ours, none of the sender's bytes.

Each picture is decoded in a process of its own with bounded memory and time. A worker
holds a picture by a lease; if it dies, the next takes the picture after that.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q, QuerySet

from linli.kernel.files.choices import SIZES, State, Why
from linli.kernel.files.models import Attachment
from linli.kernel.files.services import store
from linli.kernel.files.services.limits import limits

log = structlog.get_logger(__name__)

REENCODER = Path(__file__).parents[1] / "adapters" / "reencoder.py"
BATCH = 20
# A run ends after about this many seconds, so that other jobs get their turn; a lease outlives a run.
RUN_SECONDS = 5
LEASE = timedelta(seconds=120)
# What the re-encoder says; see its head.
Answer = dict[str, Any]
# A picture that ended its worker three times will not be given a fourth.
MOST_ATTEMPTS = 3


def process(now: datetime) -> int:
    """Re-encode waiting pictures and return how many were settled (ready or refused).

    What was received is removed then, so all of it waits while a backup holds the bytes.
    """
    with store.removing() as may:
        return _process(now) if may else 0


def _process(now: datetime) -> int:
    ends = time.monotonic() + RUN_SECONDS
    settled = 0
    while settled < BATCH and time.monotonic() < ends:
        attachment = _claim(now)
        if attachment is None:
            break
        try:
            _settle(attachment)
        except OSError as error:
            # The store failed, not the picture: it waits until its lease ends, and no attempt is counted.
            log.error("picture_not_stored", picture=str(attachment.id), errno=error.errno)
            _held(attachment).update(attempts=attachment.attempts - 1)
            break
        settled += 1
    return settled


@transaction.atomic
def _claim(now: datetime) -> Attachment | None:
    """Take the oldest waiting picture that nobody holds; others are told to look past it."""
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    waiting = Attachment.objects.filter(free, state=State.QUARANTINED, same_as=None, subject_id__isnull=False)
    attachment = waiting.select_for_update(skip_locked=True).order_by("id").first()
    if attachment is not None:
        attachment.attempts += 1
        attachment.lease = uuid4()
        attachment.leased_until = now + LEASE
        attachment.save(update_fields=["attempts", "lease", "leased_until"])
    return attachment


def _settle(attachment: Attachment) -> None:
    if attachment.attempts > MOST_ATTEMPTS:
        _finish(attachment, why_refused=Why.TOO_HEAVY)
        return
    with TemporaryDirectory(prefix="linli-picture-") as name, _fetched(attachment.id, Path(name)) as source:
        answer: Answer = _reencoded(source, Path(name)) if source else {"why": str(Why.LOST)}
        if "why" in answer:
            _finish(attachment, why_refused=answer["why"])
        else:
            _finish(attachment, outputs=_stored(attachment.id, Path(name), answer["outputs"]))


@contextmanager
def _fetched(id: UUID, folder: Path) -> Iterator[Path | None]:
    """Give a local copy of the quarantined bytes, None if they are not there."""
    try:
        received = store.storage().open(store.quarantined(id))
    except FileNotFoundError:
        yield None
        return
    with received, (folder / "received").open("wb") as copy:
        shutil.copyfileobj(received, copy)
    yield folder / "received"


def _reencoded(source: Path, folder: Path) -> Answer:
    """Run the re-encoder; whatever ends it without an answer is a refusal."""
    bounds = asdict(limits())
    options = {"sizes": SIZES} | {name: bounds[name] for name in ("max_pixels", "memory", "seconds")}
    command = [sys.executable, "-I", str(REENCODER), str(source), str(folder), json.dumps(options)]
    try:
        done = subprocess.run(  # noqa: S603 -- our own program, arguments of our own making
            command,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=2 * bounds["seconds"],
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"why": str(Why.TOO_HEAVY)}
    if done.returncode:
        log.warning("reencoder_ended", status=done.returncode)
        return {"why": str(Why.TOO_HEAVY)}
    answer: Answer = json.loads(done.stdout)
    return answer


def _stored(id: UUID, folder: Path, sizes: dict[str, list[int]]) -> dict[str, list[Any]]:
    """Put each size into the store and return ``{size: [SHA-256, bytes, width, height]}``."""
    outputs = {}
    for size, (width, height) in sizes.items():
        content = (folder / f"{size}.webp").read_bytes()
        store.storage().save(store.served(id, size), ContentFile(content))
        outputs[size] = [hashlib.sha256(content).hexdigest(), len(content), width, height]
    return outputs


def _finish(attachment: Attachment, *, why_refused: str = "", outputs: dict[str, Any] | None = None) -> None:
    """Write the outcome if the lease is still ours, then delete what was received.

    Outside a transaction on purpose: the deletion must follow the commit. A crash
    between the two leaves a file that the sweep removes.
    """
    held = _held(attachment)
    state = State.REFUSED if why_refused else State.READY
    settled = held.filter(state=State.QUARANTINED).update(
        state=state, why_refused=why_refused, outputs=outputs or {}, lease=None, leased_until=None
    )
    if settled:
        store.storage().delete(store.quarantined(attachment.id))
    else:
        held.update(lease=None, leased_until=None)  # deleted meanwhile: the sweep may have it now


def _held(attachment: Attachment) -> QuerySet[Attachment]:
    return Attachment.objects.filter(id=attachment.id, lease=attachment.lease)
