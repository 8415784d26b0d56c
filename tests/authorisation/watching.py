"""Look through every answer for personal values, and for the entry that says who read them.

A value may stand in an answer if whoever asked has just sent it, or if the read log holds an
entry of them, for this value, with a purpose it was declared for, a task and a result. The
log itself holds no value.
"""

from __future__ import annotations

import html
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from django.http import HttpResponse

from linli.kernel.vault.choices import Purpose, Result
from linli.kernel.vault.fields import FIELDS
from linli.kernel.vault.models import ReadEntry, Record
from linli.kernel.vault.queries import opened
from tests.authorisation.neighbourhood import Neighbourhood

Where = tuple[str, str, str]  # the code of the value, the route, the method
STAFF_NAME = "people.name"  # a plain column that is personal; it is shown to few and has no entry


@dataclass
class Watch:
    """What is looked for, and what was seen. ``shown`` names the roles to whom a value was shown, by where."""

    here: Neighbourhood
    looked: int = 0
    entries: int = 0
    shown: dict[Where, set[str]] = field(default_factory=lambda: defaultdict(set))
    faults: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        rows = list(Record.objects.filter(erased_at=None))
        values = opened(rows)
        self.values = {values[row.pk]: row for row in rows}
        self.names = {account.name for account in self.here.people.values() if account.name}
        assert len(self.values) == len(rows), "two values are alike"
        assert min(len(value) for value in [*self.values, *self.names]) >= 4
        plain = {form: value for value in [*self.values, *self.names] for form in _forms(value)}
        self._plain = plain
        self._any = re.compile("|".join(map(re.escape, sorted(plain, key=len, reverse=True))))

    def look(self, route: str, role: str, response: HttpResponse, sent: str = "") -> None:
        """Look through one answer before what it did is undone. ``sent`` is the address and the body."""
        self.looked += 1
        request: Any = response.wsgi_request  # type: ignore[attr-defined]  # the test client's
        text = html.unescape(_said(response))
        asked = unquote(f"{request.get_full_path()} {sent}")
        found = {self._plain[match] for match in self._any.findall(text)}
        for value in found:
            if value in asked or value == getattr(request.user, "name", ""):  # sent, or one's own name
                continue
            code = self.values[value].code if value in self.values else STAFF_NAME
            self.shown[code, route, request.method].add(role)
            if value in self.values and not self._is_noted(self.values[value], request):
                self.faults[f"{request.method} {route} {role}: {code} without an entry"] += 1
        if found:
            noted = list(ReadEntry.objects.values())
            self.entries += len(noted)
            if self._any.search(str(noted)):
                self.faults[f"{request.method} {route} {role}: the log holds a value"] += 1

    def _is_noted(self, row: Record, request: Any) -> bool:
        """Is there an entry of whoever asks, for this value: actor, post, purpose, task, time, result?"""
        viewer = request.viewer
        entries = ReadEntry.objects.filter(
            subject_kind=row.subject_kind, subject_id=row.subject_id, result=Result.SHOWN
        )
        posts = {post.id for post in viewer.posts} or {None}
        for entry in entries:
            mine = entry.actor_kind == "person" and entry.actor_id == viewer.actor.id
            by_code = entry.actor_kind == "code" and entry.post_id is None and entry.purpose == Purpose.OWN
            own = mine and entry.purpose == Purpose.OWN and entry.post_id is None
            in_office = mine and entry.post_id in posts and entry.purpose in FIELDS[row.code].purposes
            if row.code in entry.codes and entry.task and (own or in_office or by_code):
                return True
        return False

    def table(self) -> list[tuple[str, str, str, str]]:
        """Return what was shown where, and to which roles, as fields.csv has it."""
        return sorted((*where, " ".join(sorted(roles))) for where, roles in self.shown.items())


def _forms(value: str) -> set[str]:
    """A value as it may stand in an answer: as it is, or in JSON's escapes; a number also without its country."""
    return {value, value.removeprefix("+86"), value.encode("unicode_escape").decode()}


def _said(response: HttpResponse) -> str:
    """Everything an answer says: its head and its body. A picture is bytes, and holds no words."""
    head = " ".join(f"{name}: {value}" for name, value in response.items())
    body = b"" if response.streaming else response.content
    return f"{unquote(head)}\n{body.decode(errors='replace')}"
