"""Writing down what happened."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from linli.foundation import sql
from linli.foundation.canonical import plain
from linli.foundation.errors import WrongState
from linli.foundation.rules import Actor
from linli.kernel.journal.models import Event, Journalled
from linli.kernel.journal.queries import digest_of, seal_of
from linli.kernel.journal.registry import wake

MOVED_ON = _("情况已经变了，请刷新后再看。")
LONGEST = 200


def advance(
    subject: Journalled,
    *,
    name: str,
    to_state: str,
    actor: Actor,
    post_id: UUID | None = None,
    at: datetime,
    data: Mapping[str, Any] | None = None,
    save: Sequence[str] = (),
) -> Event:
    """Move ``subject`` to ``to_state`` and write the event. Both or neither.

    Writes the columns named in ``save``, the state, the version and the head, and
    nothing else; a new subject is inserted whole. Every sealed column that was
    changed must stand in ``save``. Raises :class:`WrongState` if somebody else was
    faster, and changes nothing then.
    """
    _refuse_outside_transaction()
    event = Event(
        county=subject.county,
        subject_kind=subject.kind(),
        subject_id=subject.pk,
        version=subject.version + 1,
        name=name,
        by_kind=actor.kind,
        by_id=actor.id,
        post_id=post_id,
        at=at,
        from_state=subject.state,
        to_state=to_state,
        data=_codes(data),
        sealed=seal_of(subject),
        prev=bytes(subject.head),
    )
    event.digest = digest_of(event)
    _save(subject, event, save)
    sql.insert(event)
    transaction.on_commit(wake.set)
    return event


def record(
    *,
    subject_kind: str,
    subject_id: UUID,
    county: str,
    name: str,
    actor: Actor,
    at: datetime,
    data: Mapping[str, Any] | None = None,
    post_id: UUID | None = None,
) -> Event:
    """Write an event about something that keeps no state here: a setting, a sign-in."""
    _refuse_outside_transaction()
    _lock(subject_kind, subject_id)
    last = Event.objects.filter(subject_kind=subject_kind, subject_id=subject_id).order_by("-version").first()
    event = Event(
        county=county,
        subject_kind=subject_kind,
        subject_id=subject_id,
        version=last.version + 1 if last else 1,
        name=name,
        by_kind=actor.kind,
        by_id=actor.id,
        post_id=post_id,
        at=at,
        data=_codes(data),
        prev=bytes(last.digest) if last else b"",
    )
    event.digest = digest_of(event)
    event.save(force_insert=True)
    transaction.on_commit(wake.set)
    return event


def _save(subject: Journalled, event: Event, save: Sequence[str]) -> None:
    before = (subject.state, subject.version, subject.head)
    subject.state, subject.version, subject.head = event.to_state, event.version, event.digest
    if subject._state.adding:  # noqa: SLF001 -- Django's documented way to ask
        sql.insert(subject)
        return
    columns = {column: getattr(subject, column) for column in (*save, "state", "version", "head")}
    if not sql.update(type(subject), columns, id=subject.pk, version=before[1]):
        subject.state, subject.version, subject.head = before
        raise WrongState(MOVED_ON)


def _codes(data: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return ``data`` as it will be stored; refuse what can only be text about people."""
    body: dict[str, Any] = plain(dict(data or {}))
    stack: list[Any] = [body]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            if not item.isascii() or len(item) > LONGEST:
                raise ValueError("An event holds ids, codes and numbers; text belongs in the vault.")
        elif isinstance(item, dict):
            stack += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            stack += item
    return body


def _lock(kind: str, subject_id: UUID) -> None:
    """Let only one transaction at a time lengthen this chain. SQLite has one writer anyway."""
    if connection.vendor != "postgresql":
        return
    key = hashlib.blake2b(f"{kind}:{subject_id}".encode(), digest_size=8).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(key, "big", signed=True)])


def _refuse_outside_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("An event is written inside the transaction of what it tells.")
