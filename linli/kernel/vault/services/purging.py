"""Taking a month out of the log of reading: exported, past its term, by two people; what stays tells of it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from linli.foundation import folders
from linli.foundation.errors import Absent, NotAllowed, WrongState
from linli.foundation.rules import Actor
from linli.kernel.journal import services as journal
from linli.kernel.journal.models import Sequencer
from linli.kernel.vault.choices import Removal
from linli.kernel.vault.memory import purging as memory
from linli.kernel.vault.memory.purging import Ask
from linli.kernel.vault.models import Purge
from linli.kernel.vault.queries import purging
from linli.kernel.vault.queries.purging import READS, Segment

PURGE_ANSWERS = {"approve": Removal.REMOVED, "refuse": Removal.REFUSED}


@transaction.atomic
def propose_purge(*, actor: Actor, now: datetime) -> Purge:
    """Export the oldest month that is past its term, and propose to remove it.

    Raises :class:`WrongState` where none is, where one is proposed already, or where the month does
    not hold together: what was tampered with is evidence, and stays.
    """
    _ask_guards("propose", actor, None, now)
    _alone()
    if Purge.objects.filter(state=Removal.PROPOSED).exists():
        raise WrongState(_("已经有一个月在等批准。"))
    segment = purging.next_segment(now)
    if segment is None:
        raise WrongState(_("没有到期的整月记录。"))
    purge = Purge(
        month=segment.month, from_position=segment.first, to_position=segment.last, until=segment.until,
        root=segment.root, proposed_by=actor.id, proposed_at=now,
    )  # fmt: skip
    purge.seals = purging.seals_digest(segment.first, segment.last)
    purge.sha256 = _export(purge, segment)
    _write(purge, "purge.propose", Removal.PROPOSED, actor, now)
    return purge


@transaction.atomic
def answer_purge(*, purge_id: UUID, step: str, actor: Actor, now: datetime) -> Purge:
    """Approve what another person proposed, and the month's entries go; or refuse it. Never one's own."""
    _alone()
    purge = Purge.objects.select_for_update().filter(pk=purge_id).first()
    if purge is None or step not in PURGE_ANSWERS:
        raise Absent(_("没有这个月的清除申请。"))
    _ask_guards(step, actor, purge.proposed_by, now)
    if purge.state != Removal.PROPOSED:
        raise WrongState(_("这个月已经有结论了。"))
    purge.decided_by, purge.decided_at = actor.id, now
    if step == "refuse":
        _write(purge, "purge.refuse", Removal.REFUSED, actor, now)
        return purge
    if purge.until > purging.term_ends(now):
        raise WrongState(_("这个月的记录还没有到期。"))
    month = Segment(purge.month, purge.from_position, purge.to_position, purge.until, bytes(purge.root))
    if _export(purge, month) != bytes(purge.sha256):
        raise WrongState(_("提出以后，这个月的记录变了，不能清除。"))
    _write(purge, "purge.approve", Removal.REMOVED, actor, now)
    _remove(purge)
    return purge


def _ask_guards(step: str, actor: Actor, other: UUID | None, now: datetime) -> None:
    """Ask who knows people. Where nobody does, nobody decides."""
    if actor.kind != "person" or not memory.GUARDS:
        raise NotAllowed(_("只有审计管理员能提出清除，只有安全管理员能批准。"))
    if actor.id == other:
        raise NotAllowed(_("自己提出的清除，要由另一个人批准。"))
    for refuse in memory.GUARDS:
        refuse(Ask(step, actor, other, now))


def _alone() -> None:
    """Keep out who would number or seal this log meanwhile, and everybody else who takes from it."""
    Sequencer.objects.select_for_update().filter(stream=READS).first()


def _export(purge: Purge, segment: Segment) -> bytes:
    """Have the month's file on the disk, whole, checked against its seals; return its SHA-256."""
    if not settings.READ_LOG_FOLDER:
        raise WrongState(_("还没有设置存放导出文件的文件夹，不能清除。"))
    folder = Path(settings.READ_LOG_FOLDER)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = folder / f".{purge.file_name}.{uuid4().hex}"
    try:
        with os.fdopen(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            digest = _written(file, purging.export(segment))
            file.seek(0)
            found = purging.faults(file)
        if found:
            raise WrongState(_("这个月的记录和封存对不上，不能清除。请先核对。"))
        partial.replace(folder / purge.file_name)
    finally:
        partial.unlink(missing_ok=True)  # half a file on a full disk is in the way of everything else
    folders.fsync(folder)
    return digest


def _written(file: BinaryIO, lines: Iterator[bytes]) -> bytes:
    hasher = hashlib.sha256()
    for line in lines:
        hasher.update(line)
        file.write(line)
    file.flush()
    os.fsync(file.fileno())
    return hasher.digest()


def _write(purge: Purge, name: str, to_state: Removal, actor: Actor, now: datetime) -> None:
    told: dict[str, Any] = {
        "month": f"{purge.month:%Y-%m}",
        "from": purge.from_position,
        "to": purge.to_position,
        "count": purge.count,
        "root": bytes(purge.root).hex(),
        "sha256": bytes(purge.sha256).hex(),
    }
    save = ("decided_by", "decided_at")
    journal.advance(purge, name=name, to_state=to_state, actor=actor, at=now, data=told, save=save)


def _remove(purge: Purge) -> None:
    """Take the entries, then their positions. The database lets go of exactly these."""
    span = [purge.from_position, purge.to_position]
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM vault_readentry WHERE id IN "
            "(SELECT entry_id FROM vault_readposition WHERE position BETWEEN %s AND %s)",
            span,
        )
        entries = cursor.rowcount
        cursor.execute("DELETE FROM vault_readposition WHERE position BETWEEN %s AND %s", span)
        if (entries, cursor.rowcount) != (purge.count, purge.count):
            raise RuntimeError("What was to be removed is not what was counted.")
