"""How a notice reads on a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from linli.kernel.notices import registry
from linli.kernel.notices.models import Notice
from linli.kernel.notices.queries.outgoing import wording


@dataclass(frozen=True, slots=True)
class Reading:
    """A notice as a page shows it: heading, sentence, when, and the page it leads to ("" for none)."""

    id: UUID
    title: str
    said: str
    at: datetime
    url: str
    unread: bool


def reading(notice: Notice, now: datetime) -> Reading:
    said = wording(notice.template, notice.county, now)
    words = registry.words(notice.params, county=notice.county, now=now)
    return Reading(
        id=notice.id,
        title=str(said.title),
        said=registry.filled(said.text, words),
        at=notice.made_at,
        url=registry.link(notice.template, notice.to_kind, notice.params),
        unread=notice.read_at is None,
    )
