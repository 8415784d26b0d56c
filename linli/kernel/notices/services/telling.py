"""Write down that somebody is to be told. Sending is the worker's."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from linli.kernel.notices import queries, registry
from linli.kernel.notices.choices import Channel, State
from linli.kernel.notices.models import Notice
from linli.kernel.notices.services import gateways


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
    checked = registry.checked(params)
    said = queries.wording(template, county, now)
    Notice.objects.bulk_create(
        (
            Notice(
                county=county,
                to_kind=to_kind,
                to_id=to_id,
                channel=channel,
                template=template,
                params=checked,
                dedupe_key=dedupe_key,
                urgent=said.urgent,
                made_at=now,
                **_begin(channel, now),
            )
            for channel in dict.fromkeys(said.channels if channels is None else channels)
            if gateways.is_on(channel)
        ),
        ignore_conflicts=True,
    )


def _begin(channel: str, now: datetime) -> dict[str, Any]:
    if channel == Channel.INBOX:
        return {"state": State.SENT, "sent_at": now}
    return {"state": State.WAITING, "next_at": now}


def revive(*, ids: Collection[UUID], now: datetime) -> int:
    """Send dead letters again from the start; return how many there were."""
    dead = Notice.objects.filter(id__in=ids, state=State.DEAD)
    return dead.update(state=State.WAITING, attempts=0, next_at=now, why="")
