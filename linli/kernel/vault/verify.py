"""The vault's part of ``linli verify``: the log of reads, and every value as it was put in."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from linli.kernel.journal.models import Event
from linli.kernel.journal.verify import Finding, Report, stream_findings
from linli.kernel.vault.fields import FIELDS
from linli.kernel.vault.memory import ciphers, keys
from linli.kernel.vault.models import DataKey, Record
from linli.kernel.vault.queries import lookup_of, opened

CHUNK = 500
NO_KEY = _("一项个人信息的密钥不见了，已无法读出。")
STILL_THERE = _("一项已删除的个人信息还留有密文。")
TAMPERED = _("一项个人信息或者它的密钥被改动过，已无法读出。")
LOOKED_UP_OTHERWISE = _("一项个人信息的查找值和内容对不上。")
INDEX_TAMPERED = _("查找用的密钥被改动过。")
VALUE_GONE = _("有个人信息的登记，对应的内容却不见了。")


def reads(report: Report) -> Iterator[Finding]:
    yield from stream_findings("reads", report)


def records(report: Report) -> Iterator[Finding]:
    """Every value opens under its key, where it was put; what was erased holds nothing.

    A value is opened to see that its seal holds; it is neither shown nor kept.
    """
    for row in Record.objects.filter(erased_at__isnull=False).exclude(cipher=b"", lookup=None)[:10]:
        yield Finding("vault.records", STILL_THERE, str(row))
    if Record.objects.filter(lookup__isnull=False).exists() and not keys.index_is_whole():
        yield Finding("vault.records", INDEX_TAMPERED)
        return
    after = 0
    while batch := _after(after):
        report.count("personal values", len(batch))
        yield from _unopened(batch)
        after = batch[-1].pk


def kept(report: Report) -> Iterator[Finding]:
    """What events say was put in (``kept``: kind, id, codes) is there, be it emptied."""
    events = Event.objects.filter(data__kept__isnull=False).order_by("id").values_list("id", "data")
    after = 0
    while batch := list(events.filter(id__gt=after)[:CHUNK]):
        wanted = {
            (kind, UUID(pk), code)
            for _id, data in batch
            for kind, pk, codes in [data["kept"]]
            for code in codes
        }
        rows = Record.objects.filter(subject_id__in={pk for _kind, pk, _code in wanted})
        there = set(rows.values_list("subject_kind", "subject_id", "code"))
        report.count("values told of", len(wanted))
        for kind, pk, code in sorted(wanted - there):
            yield Finding("vault.kept", VALUE_GONE, f"{kind} {pk} {code}")
        after = batch[-1][0]


def _unopened(batch: list[Record]) -> Iterator[Finding]:
    ids = [row.key_id for row in batch if row.key_id]
    there = set(DataKey.objects.using(keys.STORE).filter(id__in=ids).values_list("id", flat=True))
    values = _values(batch)
    for row in batch:
        if row.key_id not in there:
            yield Finding("vault.records", NO_KEY, str(row))
        elif row.pk not in values:
            yield Finding("vault.records", TAMPERED, str(row))
        elif lookup_of(FIELDS[row.code], values[row.pk]) != (row.lookup and bytes(row.lookup)):
            yield Finding("vault.records", LOOKED_UP_OTHERWISE, str(row))


def _values(batch: list[Record]) -> dict[int, str]:
    """Open them together; one by one where a key does not unwrap."""
    try:
        return opened(batch)
    except ciphers.Unreadable:
        return {pk: value for row in batch for pk, value in _alone(row).items()}


def _alone(row: Record) -> dict[int, str]:
    try:
        return opened([row])
    except ciphers.Unreadable:
        return {}


def _after(pk: int) -> list[Record]:
    return list(Record.objects.filter(id__gt=pk, erased_at=None).order_by("id")[:CHUNK])
