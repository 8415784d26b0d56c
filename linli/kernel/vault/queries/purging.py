"""The log of reading by whole months: which may go, how one is exported, and whether an export holds together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import takewhile
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Max, QuerySet
from django.utils.translation import gettext_lazy as _

from linli.foundation.canonical import canonical
from linli.kernel.journal.models import Seal
from linli.kernel.journal.queries import DAILY, HOURLY, sm3
from linli.kernel.vault.choices import Removal
from linli.kernel.vault.models import Purge, ReadPosition
from linli.kernel.vault.queries.seeing import READ_DIGESTED

READS, WHAT = "reads", "linli read log 1"
SHANGHAI = ZoneInfo("Asia/Shanghai")
SEAL = ("stream", "kind", "from_position", "to_position", "sealed_at", "day")
CHUNK = 2000

ENTRY_UNFIT = _("一条查看记录的内容和它的摘要对不上。")
NOT_IN_ORDER = _("查看记录的序号不连续。")
SEAL_UNFIT = _("封存摘要和查看记录对不上。")
SEALS_BROKEN = _("封存不连续，中间少了或多了。")
NO_EXPORT = _("这不是查看记录的导出文件，或者已经坏了。")


class Segment(NamedTuple):
    """A month of the log: its positions, the root it ends with, and a time that all its entries are before."""

    month: date
    first: int
    last: int
    until: datetime
    root: bytes


def removed() -> int:
    """Return the last position whose entry was rightly removed, as are all before it; 0 if none was."""
    last: int | None = Purge.objects.filter(state=Removal.REMOVED).aggregate(last=Max("to_position"))["last"]
    return last or 0


def purges() -> QuerySet[Purge]:
    """Return what was proposed, refused and removed, newest first."""
    return Purge.objects.order_by("-proposed_at", "-from_position")


def term_ends(now: datetime) -> datetime:
    """Return the first moment that must still be kept: whole months of Shanghai, ``READ_LOG_MONTHS`` back."""
    return _back(now.astimezone(SHANGHAI).date(), settings.READ_LOG_MONTHS)


def next_segment(now: datetime) -> Segment | None:
    """Return the oldest month that is still there, if it is sealed whole and past its term.

    A month is the daily roots of its days: what was sealed after its last midnight goes
    with the month after it. Where a fast clock wrote an entry of a later time, that time counts.
    """
    end = term_ends(now)
    roots = Seal.objects.filter(stream=READS, kind=DAILY, from_position__gt=removed(), day__lt=end.date())
    oldest = roots.order_by("from_position").first()
    if oldest is None or oldest.day is None:
        return None
    month = oldest.day.replace(day=1)
    mine = [*takewhile(lambda one: one.day.replace(day=1) == month, roots.order_by("from_position"))]
    first, last = oldest.from_position, mine[-1].to_position
    entries = ReadPosition.objects.filter(pk__range=(first, last))
    youngest = entries.aggregate(at=Max("entry__at"))["at"]
    if youngest is None:
        return None
    until = max(_back(day, -1) for day in (month, youngest.astimezone(SHANGHAI).date()))
    return Segment(month, first, last, until, bytes(mine[-1].digest)) if until <= end else None


def export(segment: Segment) -> Iterator[bytes]:
    """Yield the lines of a month's export: what it is, each entry in its place, then the seals over them.

    The same rows give the same bytes, at whatever time and on whatever database.
    """
    head = {"what": WHAT, "month": segment.month, "from": segment.first, "to": segment.last}
    yield canonical({**head, "root": segment.root.hex()}) + b"\n"
    places = ReadPosition.objects.filter(pk__range=(segment.first, segment.last)).select_related("entry")
    for place in places.order_by("pk").iterator(CHUNK):
        entry = {name: getattr(place.entry, name) for name in READ_DIGESTED}
        line = {"position": place.pk, "digest": bytes(place.entry.digest).hex(), "entry": entry}
        yield canonical(line) + b"\n"
    yield from seal_lines(segment.first, segment.last)


def seal_lines(first: int, last: int) -> Iterator[bytes]:
    """Yield the lines of the seals over these positions: the hourly ones, then the roots."""
    over = Seal.objects.filter(stream=READS, from_position__gte=first, to_position__lte=last)
    for kind in (HOURLY, DAILY):
        for seal in over.filter(kind=kind).order_by("from_position"):
            line = {
                "seal": {name: getattr(seal, name) for name in SEAL},
                "prev": bytes(seal.prev).hex(),
                "digest": bytes(seal.digest).hex(),
            }
            yield canonical(line) + b"\n"


def seals_digest(first: int, last: int) -> bytes:
    """Return the SM3 of the seals over these positions: they stay when what they seal has gone."""
    return sm3(*seal_lines(first, last))


def faults(lines: Iterable[bytes]) -> list[Any]:
    """Say what of an export does not hold together; nothing if every digest and seal follows from its entries.

    Asks no database: whoever has the file and the published root can do the same.
    """
    try:
        return sorted(_faults(lines), key=str)
    except (ValueError, LookupError, TypeError, AttributeError):
        return [NO_EXPORT]


def head_of(line: bytes) -> dict[str, Any]:
    """Read an export's first line; ValueError if it is none."""
    head = json.loads(line)
    if not isinstance(head, dict) or head.get("what") != WHAT:
        raise ValueError(WHAT)
    return head


def _faults(lines: Iterable[bytes]) -> set[Any]:
    rest = iter(lines)
    head = head_of(next(rest, b""))
    found: set[Any] = set()
    digests: list[bytes] = []
    seals: dict[str, list[dict[str, Any]]] = {HOURLY: [], DAILY: []}
    for line in rest:
        one = json.loads(line)
        if "entry" not in one:
            seals[one["seal"]["kind"]].append(one)
            continue
        if one["position"] != head["from"] + len(digests):
            found.add(NOT_IN_ORDER)
        digest = sm3(canonical({name: one["entry"][name] for name in READ_DIGESTED}))
        if one["digest"] != digest.hex():
            found.add(ENTRY_UNFIT)
        digests.append(digest)
    if len(digests) != head["to"] - head["from"] + 1:
        found.add(NOT_IN_ORDER)
    spans = [(head["from"] + number, digest) for number, digest in enumerate(digests)]
    hours = [(one["seal"]["from_position"], bytes.fromhex(one["digest"])) for one in seals[HOURLY]]
    found |= _broken(seals[HOURLY], head, spans) | _broken(seals[DAILY], head, hours)
    if not seals[DAILY] or seals[DAILY][-1]["digest"] != head["root"]:
        found.add(SEALS_BROKEN)
    return found


def _broken(seals: list[dict[str, Any]], head: dict[str, Any], below: list[tuple[int, bytes]]) -> set[Any]:
    """Walk seals in order: none missing, each linked to the one before, each over what lies below it."""
    found: set[Any] = set()
    rest = iter(below)
    before, prev, waiting = head["from"] - 1, None, next(rest, None)
    for one in seals:
        seal, covered = one["seal"], []
        while waiting is not None and waiting[0] <= seal["to_position"]:
            covered.append(waiting[1])
            waiting = next(rest, None)
        if seal["from_position"] != before + 1 or prev not in (None, one["prev"]):
            found.add(SEALS_BROKEN)
        header = {name: seal[name] for name in SEAL}
        if sm3(bytes.fromhex(one["prev"]), canonical(header), *covered).hex() != one["digest"]:
            found.add(SEAL_UNFIT)
        before, prev = seal["to_position"], one["digest"]
    if before != head["to"]:
        found.add(SEALS_BROKEN)
    return found


def _back(day: date, months: int) -> datetime:
    """Return the first moment of the month so many months before ``day``'s (after it, if negative)."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return datetime(year, month + 1, 1, tzinfo=SHANGHAI)
