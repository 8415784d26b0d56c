"""Take a picture in: bounded, looked at by its header, written down under a name of our own."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Protocol

from django.core.files.base import ContentFile

from linli.foundation import locks
from linli.foundation.errors import InvalidInput
from linli.foundation.ids import new_id
from linli.foundation.rules import Actor
from linli.kernel.files.choices import Why
from linli.kernel.files.models import Attachment
from linli.kernel.files.services import headers, store
from linli.kernel.files.services.limits import limits

# How much a pixel of each kind weighs against the limit, by what its decoder holds at once.
WEIGHTS = {"jpeg": 1, "png": 1, "webp": 4}

# Cameras write one scan, progressive encoders about ten. Two hundred are twenty seconds of work.
MOST_SCANS = 30


class TooLarge(InvalidInput):
    """The upload has more bytes or declares more pixels than we take."""

    status = 413


class NotTaken(InvalidInput):
    """The upload is not a kind of picture that we take."""

    status = 415


class Upload(Protocol):
    def read(self, size: int, /) -> bytes: ...


@locks.bounded()
def receive(upload: Upload, *, actor: Actor, now: datetime) -> Attachment:
    """Quarantine one picture and return its row, not yet linked to a subject.

    The bytes are on disk before the row is: a crash between leaves a file that the
    sweep finds, never a row without its file. The sender's file name is not looked at.
    Raises :class:`TooLarge`, :class:`NotTaken`, ``InvalidInput`` or ``NoRoom``, each with a sentence.
    """
    content = upload.read(limits().max_bytes + 1)
    header = _examined(content)
    id = new_id()
    store.storage().save(store.quarantined(id), ContentFile(content))
    return Attachment.objects.create(
        id=id,
        digest=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        width=header.width,
        height=header.height,
        kind=header.kind,
        made_at=now,
        by_kind=actor.kind,
        by_id=actor.id,
    )


def _examined(content: bytes) -> headers.Header:
    if not content:
        raise InvalidInput(Why.EMPTY.label)
    if len(content) > limits().max_bytes:
        raise TooLarge(Why.TOO_BIG.label)
    try:
        header = headers.read(content)
    except headers.Unreadable as error:
        raise NotTaken(Why.NOT_A_PICTURE.label) from error
    if header.animated:
        raise NotTaken(Why.ANIMATED.label)
    if header.scans > MOST_SCANS:
        raise TooLarge(Why.TOO_HEAVY.label)
    if header.width * header.height * WEIGHTS[header.kind] > limits().max_pixels:
        raise TooLarge(Why.TOO_MANY_PIXELS.label)
    return header
