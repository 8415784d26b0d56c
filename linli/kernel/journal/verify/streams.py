"""Positions without a gap, seals and roots that still fit, triggers in place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from linli.foundation import triggers
from linli.kernel.journal.models import AppendOnly, Seal, Sequencer
from linli.kernel.journal.queries import DAILY, HOURLY, digest_of_seal, roots, unsealed
from linli.kernel.journal.registry import STREAMS, Stream
from linli.kernel.journal.verify.checking import Finding, Report

CHUNK = 5000
PUBLISHED = "????-??-??-*.json"  # "2026-03-11-events.json"; beside them lies how the last run ended

GAP = _("序号不连续。")
NO_ROW = _("有序号，对应的记录却不见了。")
UNNUMBERED = _("有早已写下的记录没有序号。")
SHORT = _("最后的记录被截掉了。")
UNFIT = _("封存摘要与记录对不上。")
BROKEN = _("封存不连续，中间少了或多了。")
ROOT_UNFIT = _("当日总摘要与公布过的不一样。")
ROOT_GONE = _("公布过的当日总摘要不见了。")
UNGUARDED = _("数据表缺少防改动的保护。")
CHANGED = _("一条记录的内容被改动过。")
TAIL = _("%(stream)s：最后 %(rows)s 条尚未封存，不在本次封存核对之内。")


def positions(report: Report) -> Iterator[Finding]:
    for stream in STREAMS.values():
        yield from _positions(stream, report)


def stream_findings(name: str, report: Report) -> Iterator[Finding]:
    """Compare each row of a stream with its digest (events are compared with their chain)."""
    stream = STREAMS[name]
    for row in stream.source.objects.order_by("pk").iterator(chunk_size=CHUNK):
        report.count(name)
        try:
            fits = stream.check(row) == bytes(row.digest)
        except (TypeError, ValueError):
            fits = False
        if not fits:
            yield Finding(f"{name}.rows", CHANGED, f"#{row.pk}")


def seals(report: Report) -> Iterator[Finding]:
    for stream in STREAMS.values():
        for kind in (HOURLY, DAILY):
            yield from _seals(stream, kind, report)
        rows = unsealed()[stream.name]["rows"]
        report.remarks.append(TAIL % {"stream": stream.name, "rows": rows})
    strays = Seal.objects.exclude(stream__in=STREAMS, kind__in=(HOURLY, DAILY))
    for seal in strays.order_by("pk")[:10]:
        yield Finding("journal.seals", BROKEN, str(seal))
    yield from _roots(report)


def guards(report: Report) -> Iterator[Finding]:
    """Look for the triggers of every append-only table."""
    for model in apps.get_models():
        if issubclass(model, AppendOnly) or getattr(model, "APPEND_ONLY", False):
            report.count("append-only tables")
            for name in triggers.missing(connection, model._meta.db_table):  # noqa: SLF001 -- public model API
                yield Finding("journal.guards", UNGUARDED, name)


def _positions(stream: Stream, report: Report) -> Iterator[Finding]:
    expected = stream.removed()
    source = stream.source.objects
    there = Exists(source.filter(pk=OuterRef(f"{stream.link}_id")))
    rows = stream.position.objects.annotate(is_there=there).order_by("pk")
    for position, is_there in rows.values_list("pk", "is_there").iterator(chunk_size=CHUNK):
        report.count(f"{stream.name} positions")
        expected += 1
        if position != expected:
            yield Finding("journal.positions", GAP, f"{stream.name} {expected}–{position}")
            expected = position
        if not is_there:
            yield Finding("journal.positions", NO_ROW, f"{stream.name} {position}")
    state = Sequencer.objects.filter(stream=stream.name).first() or Sequencer(stream=stream.name)
    if state.position != expected:
        yield Finding("journal.positions", SHORT, f"{stream.name} {expected} / {state.position}")
    yield from _unnumbered(stream, state)


def _unnumbered(stream: Stream, state: Sequencer) -> Iterator[Finding]:
    numbered = stream.position.objects.filter(**{stream.link: OuterRef("pk")})
    rows = stream.source.objects.filter(~Exists(numbered))
    old = (
        rows.filter(pk__lte=state.horizon)
        if connection.vendor == "sqlite"
        else rows.filter(txid__lt=state.horizon)
    )
    for pk in old.values_list("pk", flat=True)[:10]:
        yield Finding("journal.positions", UNNUMBERED, f"{stream.name} #{pk}")


def _seals(stream: Stream, kind: str, report: Report) -> Iterator[Finding]:
    before, head, removed = 0, b"", stream.removed()
    for seal in Seal.objects.filter(stream=stream.name, kind=kind).order_by("from_position"):
        report.count(f"{kind} seals")
        where = f"{stream.name} {kind} {seal.from_position}–{seal.to_position}"
        if (
            seal.from_position != before + 1
            or seal.to_position < seal.from_position
            or bytes(seal.prev) != head
        ):
            yield Finding("journal.seals", BROKEN, where)
        is_bare = kind == HOURLY and seal.to_position <= removed  # who removed the rows answers for its seals
        if not is_bare and digest_of_seal(seal) != bytes(seal.digest):
            yield Finding("journal.seals", UNFIT, where)
        before, head = seal.to_position, bytes(seal.digest)


def _roots(report: Report) -> Iterator[Finding]:
    folder = getattr(settings, "ROOTS_FOLDER", None)
    if not folder:
        return
    ours = {(root["day"], root["stream"]): root for root in roots(limit=None)}
    for file in sorted(Path(folder).glob(PUBLISHED)):
        report.count("published roots")
        root = ours.get((file.stem[:10], file.stem[11:]))
        if root != _published(file):
            yield Finding("journal.roots", ROOT_UNFIT if root else ROOT_GONE, file.name)


def _published(file: Path) -> object:
    """Return what was published; None if that cannot be read, which fits no root."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        return None
