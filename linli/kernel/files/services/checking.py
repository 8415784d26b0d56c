"""Is every picture that should be there there, byte for byte, and the row as it was written?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from linli.kernel.files.choices import SIZES, State
from linli.kernel.files.models import Attachment
from linli.kernel.files.services import headers, store
from linli.kernel.journal.models import Event
from linli.kernel.journal.verify import Finding, Report

CHUNK = 500
FILE_GONE = _("照片文件不见了。")
FILE_CHANGED = _("照片文件的内容变了。")
SIZES_CHANGED = _("照片的尺寸登记和文件对不上。")
STATE_CHANGED = _("照片的状态和它的内容对不上。")
ERASED_BY_NOBODY = _("一张照片说是按规定删除的，却没有删除的记录。")
ROW_GONE = _("有照片的记录，对应的照片却不见了。")
ROW_CHANGED = _("照片的登记和收到时的记录对不上。")


def check(report: Report) -> Iterator[Finding]:
    """Compare each served file with the digest written down when it was made; for ``linli verify``."""
    report.counts["files"] = 0
    rows = Attachment.objects.order_by("id").values_list("id", "state", "outputs", "why_refused")
    for id, state, outputs, why in rows.iterator(1000):
        if bool(outputs) != (state == State.READY) or bool(why) != (state == State.REFUSED):
            yield Finding("files", STATE_CHANGED, str(id))
        elif outputs and set(outputs) != set(SIZES):
            yield Finding("files", SIZES_CHANGED, str(id))
        for size in sorted(set(outputs) & set(SIZES)):
            report.count("files")
            if problem := _problem(store.served(id, size), outputs[size]):
                yield Finding("files", problem, store.served(id, size))
    yield from _against_events(report)
    yield from _erased_by_nobody()


def _problem(name: str, written: list[Any]) -> Any:
    try:
        with store.storage().open(name) as file:
            content = file.read()
    except FileNotFoundError:
        return FILE_GONE
    digest, *sizes = written
    if hashlib.sha256(content).hexdigest() != digest:
        return FILE_CHANGED
    header = headers.read(content)
    return "" if sizes == [len(content), header.width, header.height] else SIZES_CHANGED


def _erased_by_nobody() -> Iterator[Finding]:
    """A picture that was erased went by an event that names it."""
    orders = Event.objects.filter(name="files.erase").values_list("data", flat=True)
    told = {UUID(pk) for data in orders.iterator(1000) for pk in data["erased"]}
    for pk in Attachment.objects.filter(state=State.ERASED).order_by("id").values_list("id", flat=True):
        if pk not in told:
            yield Finding("files", ERASED_BY_NOBODY, str(pk))


def _against_events(report: Report) -> Iterator[Finding]:
    """Compare what an event says was received (``received``: id → SHA-256) with the rows."""
    events = Event.objects.filter(data__received__isnull=False).order_by("id")
    after = 0
    while batch := list(events.filter(id__gt=after)[:CHUNK]):
        told = {
            UUID(pk): (event.subject_kind, event.subject_id, event.county, digest)
            for event in batch
            for pk, digest in event.data["received"].items()
        }
        rows = Attachment.objects.filter(id__in=told).values_list(
            "id", "subject_kind", "subject_id", "county", "digest"
        )
        stored = {pk: tuple(rest) for pk, *rest in rows}
        report.count("pictures told of", len(told))
        for pk, said in told.items():
            if pk not in stored:
                yield Finding("files", ROW_GONE, str(pk))
            elif stored[pk] != said:
                yield Finding("files", ROW_CHANGED, str(pk))
        after = batch[-1].pk
