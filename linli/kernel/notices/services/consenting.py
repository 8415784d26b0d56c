"""Who does not want to be told by which way; and what is kept of messages to somebody."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from linli.foundation.rules import Actor
from linli.foundation.text import mask_words
from linli.kernel.journal import services as journal
from linli.kernel.notices import queries
from linli.kernel.notices.choices import Channel, State
from linli.kernel.notices.models import Notice, Refusal
from linli.kernel.vault.registry import Asking, Holder, Line, Part, Subject, Whose

OUTWARD = (Channel.SMS, Channel.WECHAT)
MOST = 500  # messages in one copy; older ones say nothing that the matters themselves do not
TO = {"account": "person", "case": "case"}  # what a message to it is addressed to


@transaction.atomic
def refuse(
    *, to_kind: str, to_id: UUID, channel: str, actor: Actor, now: datetime, takes: bool = False
) -> None:
    """Take back the consent to be told by this way, or (``takes``) give it again.

    What waits to go out this way does not; the inbox and the tracking page go on telling.
    """
    if takes:
        Refusal.objects.filter(to_kind=to_kind, to_id=to_id, channel=channel).delete()
    else:
        Refusal.objects.get_or_create(
            to_kind=to_kind, to_id=to_id, channel=channel, defaults={"refused_at": now}
        )
        waiting = Notice.objects.filter(to_kind=to_kind, to_id=to_id, channel=channel, state=State.WAITING)
        waiting.filter(leased_until=None).delete()
    name = "consent.given" if takes else "consent.withdrawn"
    journal.record(
        subject_kind="consent", subject_id=to_id, county="", name=name, actor=actor, at=now,
        data={"channel": str(channel)},
    )  # fmt: skip


def refused_by(tellings: Iterable[tuple[str, UUID]]) -> set[tuple[str, UUID, str]]:
    """Return which of these recipients refuse which ways. One query; none for nobody."""
    ids = {to_id for _kind, to_id in tellings}
    if not ids:
        return set()
    return set(Refusal.objects.filter(to_id__in=ids).values_list("to_kind", "to_id", "channel"))


def _export(asking: Asking) -> list[Part]:
    """Tell which messages went to them, as they read them."""
    to_kind = asking.whose.kind
    rows = Notice.objects.filter(to_kind=to_kind, to_id=asking.whose.id).order_by("-id")[:MOST]
    lines = [
        Line(said.title, said.said, str(Channel(row.channel).label))
        for row in rows
        for said in [queries.reading(row, asking.now)]
    ]
    return [Part(_("发给您的消息"), None, lines)] if lines else []


def _erase(subjects: Collection[Subject], now: datetime) -> int:
    mine = Q(pk__in=[])
    for subject in subjects:
        if subject.kind in TO:
            mine |= Q(to_kind=TO[subject.kind], to_id=subject.id)
    return Notice.objects.filter(mine).delete()[0]


def _nothing(_whose: Whose) -> list[Subject]:
    return []


HOLDER = Holder("notices", _nothing, _export, _erase, mask_words)
