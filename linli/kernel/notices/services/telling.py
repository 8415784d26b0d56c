"""Write down that somebody is to be told. Sending is the worker's."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from linli.kernel.notices import queries, registry
from linli.kernel.notices.choices import Channel, State
from linli.kernel.notices.models import Notice
from linli.kernel.notices.services import gateways
from linli.kernel.notices.services.consenting import refused_by

ROWS_PER_STATEMENT = 500


def tell(
    *,
    to_kind: str,
    to_id: UUID,
    template: str,
    params: Mapping[str, Any],
    dedupe_key: str,
    now: datetime,
    county: str,
    channels: Iterable[str] | None = None,
) -> None:
    """Put a notice into the caller's transaction, once per recipient, channel, template and dedupe key.

    ``params`` are codes, numbers and ids; anything else is a ``NoticeError``.
    Saying the same again does nothing. The inbox has it at once; other channels that are
    switched on follow by the worker.
    """
    one = Telling(to_kind, to_id, template, params, dedupe_key, now, county, channels)
    tell_all([one])


@dataclass(frozen=True, slots=True)
class Telling:
    """What :func:`tell` takes, for telling many at once."""

    to_kind: str
    to_id: UUID
    template: str
    params: Mapping[str, Any]
    dedupe_key: str
    now: datetime
    county: str
    channels: Iterable[str] | None = None


def tell_all(tellings: Iterable[Telling]) -> None:
    """Put notices into the caller's transaction as :func:`tell` does; one statement for all."""
    rows = [row for one in tellings for row in _rows(one)]
    outward = [(row.to_kind, row.to_id) for row in rows if row.channel != Channel.INBOX]
    if refused := refused_by(outward):
        rows = [row for row in rows if (row.to_kind, row.to_id, row.channel) not in refused]
    Notice.objects.bulk_create(rows, batch_size=ROWS_PER_STATEMENT, ignore_conflicts=True)


def _rows(one: Telling) -> Iterator[Notice]:
    checked = registry.checked(one.params)
    said = queries.wording(one.template, one.county, one.now)
    for channel in dict.fromkeys(said.channels if one.channels is None else one.channels):
        if gateways.is_on(channel):
            yield Notice(
                county=one.county,
                to_kind=one.to_kind,
                to_id=one.to_id,
                channel=channel,
                template=one.template,
                params=checked,
                dedupe_key=one.dedupe_key,
                urgent=said.urgent,
                made_at=one.now,
                **_begin(channel, one.now),
            )


def _begin(channel: str, now: datetime) -> dict[str, Any]:
    if channel == Channel.INBOX:
        return {"state": State.SENT, "sent_at": now}
    return {"state": State.WAITING, "next_at": now}


def revive(*, ids: Collection[UUID], now: datetime) -> int:
    """Send dead letters again from the start; return how many there were."""
    dead = Notice.objects.filter(id__in=ids, state=State.DEAD)
    return dead.update(state=State.WAITING, attempts=0, next_at=now, why="")
