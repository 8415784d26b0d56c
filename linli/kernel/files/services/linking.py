"""Give received pictures to the thing they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from linli.foundation.errors import Absent, Busy, InvalidInput
from linli.foundation.rules import ANYONE, Actor
from linli.kernel.files.choices import State
from linli.kernel.files.models import Attachment
from linli.kernel.files.services import store
from linli.kernel.files.services.limits import limits

TRIES = 3
LINKED = ["subject_kind", "subject_id", "county", "part", "ordinal", "same_as", "state"]


def link(
    ids: Sequence[UUID],
    *,
    subject_kind: str,
    subject_id: UUID,
    county: str,
    part: str = "",
    actor: Actor | None = None,
) -> list[Attachment]:
    """Link pictures to a subject and return those that now stand for them, in the order of ``ids``.

    Linking again changes nothing. Content that the subject already has is kept once and
    its second name points to the first. With ``actor``, only pictures received from them, or from a stranger, count.
    Raises ``Absent`` for an id that is unknown, deleted or someone else's, and
    ``InvalidInput`` above the number a subject may have.
    """
    if not ids:
        return []
    subject = {"subject_kind": subject_kind, "subject_id": subject_id}
    for _attempt in range(TRIES):
        try:
            with transaction.atomic():
                return _link(ids, subject, {"county": county, "part": part}, actor)
        except IntegrityError:
            # Somebody linked to the same subject at the same moment; now their rows can be seen.
            continue
    raise Busy(_("现在添加照片的人太多，请稍等再试。"))


def _link(
    ids: Sequence[UUID], subject: dict[str, object], about: dict[str, str], actor: Actor | None
) -> list[Attachment]:
    found = {
        each.id: each for each in Attachment.objects.select_for_update().filter(id__in=ids).order_by("id")
    }
    for id in ids:
        _check_free(found.get(id), subject, actor)
    fresh = [found[id] for id in dict.fromkeys(ids) if found[id].subject_id is None]
    own = list(Attachment.objects.filter(**subject, same_as=None).order_by("ordinal"))
    firsts = {each.digest: each for each in own}
    following = max((each.ordinal or 0 for each in own), default=0) + 1
    for each in fresh:
        _place(each, subject | about, firsts, following)
        following += each.ordinal is not None
    if len(firsts) > limits().per_subject:
        raise InvalidInput(_("一件事最多添加 %(count)s 张照片。") % {"count": limits().per_subject})
    Attachment.objects.bulk_update(fresh, LINKED)
    return list({firsts[found[id].digest].id: firsts[found[id].digest] for id in ids}.values())


def _check_free(attachment: Attachment | None, subject: dict[str, object], actor: Actor | None) -> None:
    """Refuse with one sentence whatever the reason, so that an id tells a stranger nothing."""
    absent = Absent(_("有照片找不到了，请重新添加。"))
    if attachment is None or attachment.state in (State.GONE, State.ERASED):
        raise absent
    here = (attachment.subject_kind, attachment.subject_id) == (
        subject["subject_kind"],
        subject["subject_id"],
    )
    if attachment.subject_id is not None:
        if not here:
            raise absent
    elif actor is not None and not _is_theirs(attachment, actor):
        raise absent


def _is_theirs(attachment: Attachment, actor: Actor) -> bool:
    """What a stranger sent belongs to whoever knows its id, who may have signed in meanwhile."""
    sender = Actor(attachment.by_kind, attachment.by_id)
    return sender in (actor, ANYONE)


def _place(
    attachment: Attachment, about: dict[str, object], firsts: dict[str, Attachment], ordinal: int
) -> None:
    for name, value in about.items():
        setattr(attachment, name, value)
    first = firsts.setdefault(attachment.digest, attachment)
    if first is attachment:
        attachment.ordinal = ordinal
        return
    attachment.same_as = first
    transaction.on_commit(partial(store.delete_received, attachment.id))
