"""Each subject's chain of events, and the subject as its last event left it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, islice
from typing import Any, NamedTuple
from uuid import UUID

from django.apps import apps
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from linli.foundation.canonical import canonical
from linli.kernel.journal.models import Event, Journalled
from linli.kernel.journal.queries import DIGESTED, seal_of, sm3
from linli.kernel.journal.verify.checking import Finding, Report

NAME = "journal.chain"
CHUNK = 5000
SUBJECTS = 500

CHANGED = _("一条记录的内容被改动过。")
GAP = _("记录不连续，中间少了或多了记录。")
UNLINKED = _("记录与它前面的一条对不上。")
UNLIKE_LAST = _("现在的状态与最后一条记录不符。")
UNSEALED_CHANGE = _("受保护的内容被改动过，没有相应的记录。")
NEVER_BORN = _("有内容，却没有任何记录。")
GONE = _("有记录，对应的内容却不见了。")


class Last(NamedTuple):
    version: int
    digest: bytes
    sealed: bytes
    to_state: str


def check(report: Report) -> Iterator[Finding]:
    """Walk every chain from its first event, then compare every subject with its last one."""
    yield from _chains(report)
    for model in journalled():
        yield from _subjects(model, report)


def journalled() -> list[type[Journalled]]:
    return [model for model in apps.get_models() if issubclass(model, Journalled)]


def _chains(report: Report) -> Iterator[Finding]:
    rows = Event.objects.order_by("subject_id", "version", "subject_kind")
    columns = rows.values_list(*DIGESTED, "digest").iterator(chunk_size=CHUNK)
    by_subject = groupby((dict(zip((*DIGESTED, "digest"), row, strict=True)) for row in columns), _subject_of)
    for subject_id, events in by_subject:
        # Two subjects of different kinds may share an id: their events stand in turns.
        heads: dict[str, tuple[int, bytes]] = {}
        for event in events:
            report.count("events")
            yield from _link(event, heads, f"{event['subject_kind']} {subject_id} #{event['version']}")


def _subject_of(event: dict[str, Any]) -> Any:
    return event["subject_id"]


def _link(event: dict[str, Any], heads: dict[str, tuple[int, bytes]], where: str) -> Iterator[Finding]:
    version, head = heads.get(event["subject_kind"], (0, b""))
    digest = bytes(event.pop("digest"))
    if event["version"] != version + 1:
        yield Finding(NAME, GAP, where)
    if bytes(event["prev"]) != head:
        yield Finding(NAME, UNLINKED, where)
    if _digest(event) != digest:
        yield Finding(NAME, CHANGED, where)
    heads[event["subject_kind"]] = (event["version"], digest)


def _digest(event: dict[str, Any]) -> bytes:
    try:
        return sm3(canonical(event))
    except (TypeError, ValueError):
        return b""  # something stands there that could never have been written


def _subjects(model: type[Journalled], report: Report) -> Iterator[Finding]:
    rows = model._base_manager.order_by("pk").iterator(chunk_size=SUBJECTS)  # noqa: SLF001 -- no manager may hide rows
    while batch := list(islice(rows, SUBJECTS)):
        report.count("subjects", len(batch))
        last = _last_events(model.kind(), [subject.pk for subject in batch])
        for subject in batch:
            if problem := _problem(subject, last.get(subject.pk)):
                yield Finding(NAME, problem, f"{model.kind()} {subject.pk}")
    there = model._base_manager.filter(pk=OuterRef("subject_id"))  # noqa: SLF001 -- no manager may hide rows
    orphans = Event.objects.filter(~Exists(there), subject_kind=model.kind(), version=1)
    for subject_id in orphans.values_list("subject_id", flat=True):
        yield Finding(NAME, GONE, f"{model.kind()} {subject_id}")


def _last_events(kind: str, ids: list[UUID]) -> dict[UUID, Last]:
    rows = Event.objects.filter(subject_kind=kind, subject_id__in=ids).order_by("version")
    return {
        subject_id: Last(version, bytes(digest), bytes(sealed), to_state)
        for subject_id, version, digest, sealed, to_state in rows.values_list(
            "subject_id", "version", "digest", "sealed", "to_state"
        )
    }


def _problem(subject: Journalled, last: Last | None) -> Any:
    if last is None:
        return NEVER_BORN
    if (subject.version, bytes(subject.head), subject.state) != (last.version, last.digest, last.to_state):
        return UNLIKE_LAST
    try:
        return "" if seal_of(subject) == last.sealed else UNSEALED_CHANGE
    except (TypeError, ValueError):
        return UNSEALED_CHANGE
