"""The vault's part of ``linli verify``: the log of reads, and values whose key is missing."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from linli.kernel.journal.verify import Finding, Report, stream_findings
from linli.kernel.vault.memory import keys
from linli.kernel.vault.models import DataKey, Record

CHUNK = 500
NO_KEY = _("一项个人信息的密钥不见了，已无法读出。")
STILL_THERE = _("一项已删除的个人信息还留有密文。")


def reads(report: Report) -> Iterator[Finding]:
    yield from stream_findings("reads", report)


def records(report: Report) -> Iterator[Finding]:
    """Every value has its key, and what was erased holds nothing."""
    for row in Record.objects.filter(erased_at__isnull=False).exclude(cipher=b"", lookup=None)[:10]:
        yield Finding("vault.records", STILL_THERE, str(row))
    after = 0
    while batch := _after(after):
        report.count("personal values", len(batch))
        ids = [row.key_id for row in batch if row.key_id]
        there = set(DataKey.objects.using(keys.STORE).filter(id__in=ids).values_list("id", flat=True))
        for row in batch:
            if row.key_id not in there:
                yield Finding("vault.records", NO_KEY, str(row))
        after = batch[-1].pk


def _after(pk: int) -> list[Record]:
    return list(Record.objects.filter(id__gt=pk, erased_at=None).order_by("id").defer("cipher")[:CHUNK])
