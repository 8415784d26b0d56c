"""Reading what was said about a case: through the vault, for a purpose, with an entry."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from linli.foundation.rules import Actor
from linli.kernel.cases import registry
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import HistoryLine
from linli.kernel.cases.services.applying import NOTE, SUBJECT
from linli.kernel.vault import services as vault


def text_of(case: Case, *, actor: Actor, post_id: UUID | None, purpose: str, now: datetime) -> str:
    """Return what was said at birth, "" if nothing or erased."""
    code = registry.get(case.flow).text_code
    found = vault.read(
        subject_kind=SUBJECT, subject_id=case.pk, codes=[code], actor=actor, post_id=post_id,
        purpose=purpose, task=case.number, now=now,
    )  # fmt: skip
    return found.get(code, "")


def contact_of(
    case: Case, *, actor: Actor, post_id: UUID | None, purpose: str, now: datetime, only: str = ""
) -> dict[str, str]:
    """Return who reported and their number, as far as they left them; ``only`` names one ("phone", "name")."""
    codes = [code for code in registry.get(case.flow).show if code.endswith(only)]
    return vault.read(
        subject_kind=SUBJECT, subject_id=case.pk, codes=codes, actor=actor, post_id=post_id, purpose=purpose,
        task=case.number, now=now,
    )  # fmt: skip


def said_of(
    case: Case,
    lines: Iterable[HistoryLine],
    *,
    actor: Actor,
    post_id: UUID | None,
    purpose: str,
    now: datetime,
) -> tuple[str, dict[UUID, str]]:
    """Return what was said at birth and the words that belong to these lines: one reading of one file."""
    app = registry.get(case.flow)
    own = (SUBJECT, case.pk)
    notes = {(NOTE, line.note): [app.note_code] for line in lines if line.note}
    found = vault.read_together(
        wanted={own: [app.text_code], **notes}, actor=actor, post_id=post_id, purpose=purpose,
        task=case.number, now=now,
    )  # fmt: skip
    text = found.pop(own).get(app.text_code, "")
    return text, {note: values.get(app.note_code, "") for (_kind, note), values in found.items()}


def notes_of(
    case: Case,
    lines: Iterable[HistoryLine],
    *,
    actor: Actor,
    post_id: UUID | None,
    purpose: str,
    now: datetime,
) -> dict[UUID, str]:
    """Return the words that belong to these lines, by note."""
    code = registry.get(case.flow).note_code
    notes = [line.note for line in lines if line.note]
    found = vault.read_many(
        subject_kind=NOTE,
        subject_ids=notes,
        codes=[code],
        actor=actor,
        post_id=post_id,
        purpose=purpose,
        task=case.number,
        now=now,
    )
    return {note: values.get(code, "") for note, values in found.items()}
