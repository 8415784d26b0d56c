"""Whose page it is, and what stands on it: what is held, who looked, which ways are open."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from django.utils import timezone

from linli.foundation import limits
from linli.kernel.cases import queries as cases
from linli.kernel.cases import registry
from linli.kernel.cases.models import Case
from linli.kernel.notices.services import OUTWARD, refused_by
from linli.kernel.people import queries as people
from linli.kernel.people.queries import Viewer
from linli.kernel.vault import queries as vault
from linli.kernel.vault import services
from linli.kernel.vault.choices import Purpose
from linli.kernel.vault.fields import FIELDS
from linli.kernel.vault.registry import Asking, Part, Whose

MOST_READS = 200


class Page:
    """The page of somebody signed in, or of the bearer of a tracking code: whose, who looks, and the page it lies behind."""

    def __init__(self, viewer: Viewer, whose: Whose, home: str, case: Case | None) -> None:
        self.viewer, self.whose, self.home, self.case = viewer, whose, home, case
        self.base = f"{home}/data"
        self.now = timezone.now()

    def asking(self) -> Asking:
        return Asking(self.whose, self.viewer.actor, self.case.number if self.case else "me", self.now)

    def parts(self) -> list[Part]:
        return services.copy_of(self.asking())


def page_of(request: HttpRequest, code: str) -> Page:
    """Return the page that an address leads to; a code that is none is absent, and counted as a guess."""
    if not code:
        viewer = people.looking(request)
        return Page(viewer, Whose("person", viewer.actor.id), "/me", None)
    limits.check_guesses(request)
    case = cases.by_code(code)
    if case is None or registry.get(case.flow).about_data:
        limits.guessed_wrong(request)
        raise Http404
    viewer = people.with_code(request, case.pk)
    return Page(viewer, Whose("case", case.pk), f"/t/{code}", case)


def reads_of(page: Page) -> list[dict[str, Any]]:
    """Return who looked, newest first: by their office, never by name; why, when, at what."""
    whose = page.whose
    found = (
        vault.reads_of(person_id=whose.id)
        if whose.kind == "person"
        else vault.reads_of(subject_kind=Case.kind(), subject_id=whose.id)
    )
    entries = list(found[:MOST_READS])
    titles = people.titles_of({entry.post_id for entry in entries if entry.post_id})
    return [_read(entry, titles) for entry in entries]


def _read(entry: Any, titles: dict[UUID, str]) -> dict[str, Any]:
    return {
        "at": entry.at,
        "who": titles.get(entry.post_id, ""),
        "purpose": Purpose(entry.purpose).label,
        "what": "、".join(str(FIELDS[code].label) for code in entry.codes if code in FIELDS),
        "own": entry.purpose == Purpose.OWN,
    }


def ways_of(page: Page) -> list[dict[str, Any]]:
    """Return the ways messages go out, and which are refused."""
    refused = refused_by([(page.whose.kind, page.whose.id)])
    return [
        {
            "channel": channel.value,
            "label": channel.label,
            "refused": (page.whose.kind, page.whose.id, channel.value) in refused,
        }
        for channel in OUTWARD
    ]


def as_json(page: Page, parts: list[Part]) -> dict[str, Any]:
    """Return the copy for another program to read (Personal Information Protection Law, article 45)."""
    return {
        "made_at": page.now.isoformat(),
        "about": page.whose.kind,
        "parts": [
            {
                "title": str(part.title),
                "at": _iso(part.at),
                "lines": [
                    {"label": str(line.label), "text": line.text, "why": line.why, "until": _iso(line.until)}
                    for line in part.lines
                ],
            }
            for part in parts
        ],
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
