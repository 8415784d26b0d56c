"""What is held about who reported a case: told to them, erased when they ask, kept back while the case is open."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.foundation.errors import Absent, WrongState
from linli.foundation.rules import Actor
from linli.foundation.text import mask_words
from linli.kernel.cases import registry
from linli.kernel.cases.choices import ON_BEHALF
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import history, showing
from linli.kernel.cases.services import words
from linli.kernel.cases.services.applying import NOTE, SUBJECT
from linli.kernel.journal import services as journal
from linli.kernel.journal.models import Event
from linli.kernel.vault import queries as vault_queries
from linli.kernel.vault import services as vault
from linli.kernel.vault.choices import Purpose
from linli.kernel.vault.fields import FIELDS
from linli.kernel.vault.registry import Asking, Holder, Line, Need, Part, Subject, Whose, line_of

OPEN_CASE = Need(
    code="open_case",
    label=gettext_lazy("这件事还在办，办完马上删除。办完之前，除了办这件事，谁也不能看。"),
    purposes=frozenset({Purpose.HANDLE_CASE, Purpose.CHECK_RESULT}),
    still=lambda matters, _now: set(
        Case.objects.filter(pk__in=matters, closed_at=None).values_list("pk", flat=True)
    ),
)


def reported_by(whose: Whose) -> list[Case]:
    """Return the cases somebody reported, oldest first: all of an account's, or the one of a code.

    Not those by which they asked for their data: these say what was asked and answered.
    """
    if whose.kind == "case":
        mine = Case.objects.filter(pk=whose.id)
    else:
        mine = Case.objects.filter(by_kind="person", by_id=whose.id).exclude(channel__in=ON_BEHALF)
    return list(mine.exclude(flow__in=_about_data()).order_by("id"))


def _about_data() -> list[str]:
    return [app.flow.name for app in registry.every() if app.about_data]


def subjects(whose: Whose) -> list[Subject]:
    """Return each case with the notes that belong to it; what is still open is needed."""
    need = {case.pk: "" if case.closed_at else OPEN_CASE.code for case in reported_by(whose)}
    found = [Subject(SUBJECT, pk, why, pk) for pk, why in need.items()]
    noted = Event.objects.filter(subject_kind=SUBJECT, subject_id__in=need, data__note__isnull=False)
    found += [
        Subject(NOTE, UUID(data["note"]), need[pk], pk)
        for pk, data in noted.values_list("subject_id", "data")
    ]
    return found


def export(asking: Asking) -> list[Part]:
    """Tell what they said and what was told to them, case by case; nothing that was noted for others."""
    return [_part(case, asking) for case in reported_by(asking.whose)]


def _part(case: Case, asking: Asking) -> Part:
    app = registry.get(case.flow)
    codes = [app.text_code, *app.show]
    said = vault.read(
        subject_kind=SUBJECT, subject_id=case.pk, codes=codes, actor=asking.actor, post_id=None,
        purpose=Purpose.OWN, task=asking.task, now=asking.now,
    )  # fmt: skip
    lines = [line for line in history(case) if line.told or _is_own(line.event)]
    notes = words.notes_of(case, lines, actor=asking.actor, post_id=None, purpose=Purpose.OWN, now=asking.now)
    until = vault_queries.kept_until(SUBJECT, [case.pk]) | vault_queries.kept_until(NOTE, notes)
    stands = [
        Line(_("编号"), case.number),
        Line(_("办到哪里"), showing.state_label(case)),
        Line(_("地点"), showing.full_place_name(case)),
        *(
            line_of(code, _shown(code, said[code], asking), until.get(code))
            for code in codes
            if said.get(code)
        ),
        *(
            line_of(app.note_code, f"{line.what}：{notes[line.note]}", until.get(app.note_code))
            for line in lines
            if line.note and notes.get(line.note)
        ),
    ]
    return Part(showing.title_of(case), case.opened_at, stands, case.pk)


def _shown(code: str, text: str, asking: Asking) -> str:
    """A code may come into other hands: by it alone nobody learns who has reported something."""
    field = FIELDS[code]
    return field.mask(text) if field.identifies and asking.whose.kind == "case" else text


def _is_own(event: Event) -> bool:
    return event.post_id is None and event.by_kind in ("person", "code")


@transaction.atomic
def correct_contact(
    *, case_id: UUID, values: Mapping[str, str], actor: Actor, now: datetime, keeps_rest: bool = False
) -> None:
    """Set right who is to be reached and how, by the reporter.

    What is not given is taken back, unless ``keeps_rest``: then it stays as it is. The matter
    goes on either way. Raises Absent for a matter that is not theirs, and WrongState for
    something new after it has ended: it would only be kept for nothing.
    """
    case = Case.objects.select_for_update().filter(pk=case_id).first()
    if case is None or case.pk not in {one.pk for one in reported_by(_whose(actor))}:
        raise Absent(_("没有这件事。"))
    codes = list(registry.get(case.flow).show)
    given = {code: text for code, text in values.items() if text and code in codes}
    if given and case.closed_at:
        raise WrongState(_("这件事已经办结，不再需要联系方式；可以撤回，不能再改。"))
    taken_back = [] if keeps_rest else [code for code in codes if code not in given]
    vault.erase(subject_kind=SUBJECT, subject_id=case.pk, codes=taken_back, now=now)
    if given:
        person_id = case.by_id if case.by_kind == "person" and case.channel not in ON_BEHALF else None
        vault.put(
            subject_kind=SUBJECT, subject_id=case.pk, county=case.county, values=given, person_id=person_id
        )
    journal.record(
        subject_kind="contact", subject_id=case.pk, county=case.county, actor=actor, at=now,
        name="contact.correct" if given else "contact.withdraw",
        data={"kept": [SUBJECT, str(case.pk), sorted(given)]} if given else {},
    )  # fmt: skip


def _whose(actor: Actor) -> Whose:
    return Whose("case" if actor.kind == "code" else "person", actor.id)


def erase(_subjects: Collection[Subject], _now: datetime) -> int:
    """Cases hold nothing about people beside the vault: ids, codes and times stay, and lead to nobody."""
    return 0


HOLDER = Holder("cases", subjects, export, erase, mask_words)
