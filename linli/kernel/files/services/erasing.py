"""Erasing pictures whose time is over, or whose sender asks for it.

The row stays, empty: the event that tells of the picture still finds it, and ``linli
verify`` sees that it went by an order and not by somebody's hand. The bytes go with the
next sweep.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from linli.foundation.rules import CLOCK
from linli.foundation.templatetags.ui import on_day
from linli.kernel.files.choices import State
from linli.kernel.files.fields import PICTURE, hidden
from linli.kernel.files.models import Attachment
from linli.kernel.files.services import store
from linli.kernel.journal import services as journal
from linli.kernel.vault.fields import FIELDS
from linli.kernel.vault.registry import Asking, Holder, Line, Part, Subject
from linli.kernel.vault.rules import kept_for
from linli.kernel.vault.services import subjects_of

BATCH = 200
GONE = (State.GONE, State.ERASED)


def settle(*, subject_kind: str, subject_id: UUID, at: datetime | None) -> None:
    """Start the retention of a subject's pictures: its matter was closed ``at`` this time; None: open again."""
    mine = Attachment.objects.filter(subject_kind=subject_kind, subject_id=subject_id).exclude(state__in=GONE)
    mine.update(keep_until=at + kept_for(FIELDS[PICTURE]) if at else None)


def erase_due(now: datetime) -> int:
    """Erase all pictures that have reached the end of their retention, subject by subject; return how many."""
    due = Attachment.objects.filter(keep_until__lte=now, subject_id__isnull=False).exclude(state__in=GONE)
    erased = 0
    while batch := list(due.order_by("keep_until").values_list("subject_kind", "subject_id")[:BATCH]):
        erased += erase_for([Subject(kind, pk) for kind, pk in set(batch) if pk], now)
    return erased


def erase_for(subjects: Collection[Subject], now: datetime) -> int:
    """Erase all pictures of these subjects; return how many. They are not served from now on."""
    return sum(_erase(subject, now) for subject in subjects)


@transaction.atomic
def _erase(subject: Subject, now: datetime) -> int:
    mine = Attachment.objects.select_for_update().filter(subject_kind=subject.kind, subject_id=subject.id)
    found = dict(mine.exclude(state__in=GONE).order_by("id").values_list("id", "county"))
    if not found:
        return 0
    # ``keep_until`` says from now on that the bytes have not been removed yet.
    Attachment.objects.filter(id__in=found).update(
        state=State.ERASED, outputs={}, why_refused="", keep_until=now
    )
    journal.record(
        subject_kind="pictures", subject_id=subject.id, county=next(iter(found.values())), name="files.erase",
        actor=CLOCK, at=now, data={"erased": [str(pk) for pk in found]},
    )  # fmt: skip
    return len(found)


def remove_erased(now: datetime) -> int:
    """Remove the bytes of erased pictures; a row that a worker still holds waits. Return how many."""
    idle = Q(leased_until=None) | Q(leased_until__lt=now)
    waiting = Attachment.objects.filter(idle, state=State.ERASED, keep_until__isnull=False).order_by("id")
    ids = list(waiting.values_list("id", flat=True)[:BATCH])
    for pk in ids:
        store.storage().delete(store.quarantined(pk))
        store.delete_served(pk)
    Attachment.objects.filter(id__in=ids).update(keep_until=None)
    return len(ids)


def _export(asking: Asking) -> list[Part]:
    """Tell which pictures are held; they are seen on the tracking page."""
    subjects = subjects_of(asking.whose)
    rows = _of(subjects).order_by("made_at")
    lines = [
        Line(
            FIELDS[PICTURE].label,
            _("%(day)s 收到，%(width)d × %(height)d 像素")
            % {"day": on_day(row.made_at), "width": row.width, "height": row.height},
            until=row.keep_until,
        )
        for row in rows
    ]
    return [Part(FIELDS[PICTURE].label, None, lines)] if lines else []


def _of(subjects: Iterable[Subject]) -> QuerySet[Attachment]:
    mine = Q(pk__in=[])
    for subject in subjects:
        mine |= Q(subject_kind=subject.kind, subject_id=subject.id)
    return Attachment.objects.filter(mine, same_as=None).exclude(state__in=GONE)


HOLDER = Holder("files", lambda _whose: [], _export, erase_for, hidden)
