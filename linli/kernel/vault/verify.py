"""The vault's part of ``linli verify``: the log of reads, and every value as it was put in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from linli.foundation import triggers
from linli.kernel.journal.models import Event, Seal
from linli.kernel.journal.queries import DAILY
from linli.kernel.journal.verify import Finding, Report, raw, stream_findings
from linli.kernel.vault.choices import Removal
from linli.kernel.vault.fields import FIELDS
from linli.kernel.vault.memory import ciphers, keys
from linli.kernel.vault.models import DataKey, Purge, Record
from linli.kernel.vault.queries import lookup_of
from linli.kernel.vault.queries.purging import READS, seals_digest

CHUNK = 500
WHERE = ("subject_kind", "subject_id", "code", "county")  # what a value is bound to, see ``queries.about``
CODE = WHERE.index("code")
NO_KEY = _("一项个人信息的密钥不见了，已无法读出。")
STILL_THERE = _("一项已删除的个人信息还留有密文。")
TAMPERED = _("一项个人信息或者它的密钥被改动过，已无法读出。")
LOOKED_UP_OTHERWISE = _("一项个人信息的查找值和内容对不上。")
INDEX_TAMPERED = _("查找用的密钥被改动过。")
VALUE_GONE = _("有个人信息的登记，对应的内容却不见了。")
PURGE_BROKEN = _("清除过的查看记录不连续，中间少了或多了。")
PURGE_ALONE = _("一次清除不是由两个人做的。")
PURGE_UNSEALED = _("清除过的查看记录和留下的封存对不上。")
PURGE_UNGUARDED = _("清除查看记录的表少了一道数据库自己的防护。")
EXPORT_CHANGED = _("清除前导出的文件被改动过。")
EXPORT_ELSEWHERE = _("清除前导出的文件不在这里：%(name)s。")
GUARDS = ("by_proposal", "decided_once", "no_delete")
_about = raw.as_list(Record, WHERE)


def reads(report: Report) -> Iterator[Finding]:
    yield from stream_findings("reads", report)


def purges(report: Report) -> Iterator[Finding]:
    """What was removed stands there from the first entry on, without a gap, by two people, under its seals.

    An export that is no longer in the folder was taken elsewhere, and is only remarked on.
    """
    before = 0
    for purge in Purge.objects.filter(state=Removal.REMOVED).order_by("from_position"):
        report.count("purges")
        if purge.from_position != before + 1:
            yield Finding("vault.purges", PURGE_BROKEN, str(purge))
        if purge.decided_by in (None, purge.proposed_by):
            yield Finding("vault.purges", PURGE_ALONE, str(purge))
        root = Seal.objects.filter(stream=READS, kind=DAILY, to_position=purge.to_position).first()
        ends = root is not None and bytes(root.digest) == bytes(purge.root)
        if not ends or seals_digest(purge.from_position, purge.to_position) != bytes(purge.seals):
            yield Finding("vault.purges", PURGE_UNSEALED, str(purge))
        yield from _exported(purge, report)
        before = purge.to_position
    for name in triggers.missing(connection, "vault_purge", [f"vault_purge_{guard}" for guard in GUARDS]):
        yield Finding("vault.purges", PURGE_UNGUARDED, name)


def _exported(purge: Purge, report: Report) -> Iterator[Finding]:
    file = Path(settings.READ_LOG_FOLDER, purge.file_name)
    if not (settings.READ_LOG_FOLDER and file.is_file()):
        report.remarks.append(EXPORT_ELSEWHERE % {"name": purge.file_name})
        return
    with file.open("rb") as handle:
        if hashlib.file_digest(handle, "sha256").digest() != bytes(purge.sha256):
            yield Finding("vault.purges", EXPORT_CHANGED, purge.file_name)


def records(report: Report) -> Iterator[Finding]:
    """Every value opens under its key, where it was put; what was erased holds nothing.

    A value is opened to see that its seal holds; it is neither shown nor kept.
    """
    for row in Record.objects.filter(erased_at__isnull=False).exclude(cipher=b"", lookup=None)[:10]:
        yield Finding("vault.records", STILL_THERE, str(row))
    if Record.objects.filter(lookup__isnull=False).exists() and not keys.index_is_whole():
        yield Finding("vault.records", INDEX_TAMPERED)
        return
    for row in Record.objects.filter(erased_at=None, key_id=None)[:10]:
        yield Finding("vault.records", NO_KEY, str(row))
    yield from _values(report)


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


def _values(report: Report) -> Iterator[Finding]:
    """Go through values and keys side by side, both in the order of the keys' ids."""
    held = Record.objects.filter(erased_at=None, key_id__isnull=False).order_by("key_id", "id")
    stored = DataKey.objects.using(keys.STORE).order_by("id").values_list("id", "wrapped", "generation")
    every, unwrapped = raw.rows(stored), keys.unwrapper()
    key = next(every, None)
    for key_id, cipher, lookup, *where in raw.rows(held.values_list("key_id", "cipher", "lookup", *WHERE)):
        report.count("personal values")
        while key is not None and key[0] < key_id:
            key = next(every, None)
        if key is None or key[0] != key_id:
            yield Finding("vault.records", NO_KEY, _named(where))
            continue
        try:
            secret = unwrapped(key[1], key[2], raw.uuid(key_id).bytes)
            value = ciphers.unseal(secret, cipher, _about(where)).decode()
        except ciphers.Unreadable:
            yield Finding("vault.records", TAMPERED, _named(where))
            continue
        if lookup_of(FIELDS[where[CODE]], value) != (lookup and bytes(lookup)):
            yield Finding("vault.records", LOOKED_UP_OTHERWISE, _named(where))


def _named(where: list[Any]) -> str:
    kind, subject_id, code, _county = where
    return f"{kind} {raw.uuid(subject_id)} {code}"
