"""Columns that are nobody's to set, sent to everything that takes a body: they are refused by name, or not read."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import models
from django.test import Client
from django.utils import timezone

from linli.kernel.cases.models import Assignment, Case
from linli.kernel.notices.models import Notice
from linli.kernel.people.models import Account, Desk, Organisation, Post
from linli.kernel.places.models import Place
from linli.kernel.rulebook.models import Proposal, RuleSet
from tests.authorisation import matrix
from tests.authorisation.neighbourhood import Neighbourhood, a_neighbourhood

pytestmark = [pytest.mark.slow, pytest.mark.django_db]  # two thousand requests
OWNED = (Case, Assignment, Account, Post, Desk, Organisation, Place, Notice, RuleSet, Proposal)
# What such columns are called elsewhere: whoever tries does not know our names.
GUESSED = (
    "status", "owner", "created_by", "updated_by", "user", "user_id", "actor", "role", "is_staff", "is_superuser", "admin",
    "grid", "grid_id", "community", "amount", "points", "balance", "score", "due", "deadline", "moment", "post", "posts", "pk",
    "_state", "__class__", "confirmed",
)  # fmt: skip
# Made anew each time, whatever is sent.
ANEW = {"id", "head", "track", "number", "password", "version_id", "digest", "cipher"}
DONE = {"200", "201", "302"}


@pytest.fixture(autouse=True)
def _quiet():
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def columns(*kinds: type[models.Model]) -> dict[str, Any]:
    """Every column of these, by each of its names, with a value that would change it."""
    found: dict[str, Any] = {}
    for kind in kinds:
        for column in kind._meta.concrete_fields:
            found |= dict.fromkeys((column.name, column.attname), _another(column))
    return found


def _another(column: Any) -> Any:
    match column:
        case models.UUIDField() | models.ForeignKey():
            return str(UUID(int=77))
        case models.BooleanField():
            return True
        case models.IntegerField():
            return 77
        case models.DateTimeField():
            return "2020-01-01T00:00:00Z"
        case models.JSONField():
            return {"contested": True}
    return "closed"


def writable(*, api: bool) -> list[tuple[matrix.Row, str]]:
    """The rows of the table in which somebody's body is taken, each with a role whose is."""
    found = []
    for row in matrix.rows():
        roles = [
            role
            for role, answer in row.expected.items()
            if answer in DONE and role not in {"stranger", "halfway"}
        ]
        if (
            row.method == "POST"
            and roles
            and row.route.startswith("api/") is api
            and "openapi" not in row.route
        ):
            found.append((row, roles[0]))
    return found


def sent_with(
    row: matrix.Row, more: dict[str, Any], here: Neighbourhood, client: Client, now: datetime
) -> Any:
    """Send the row's own body and more beside it; return the answer and how the tables stand then. Undone."""
    kept: list[Any] = []
    with time_machine.travel(now, tick=False):
        answer = matrix.ask(
            client, row, here, lambda _answer, _sent: kept.append(standing()), more=more
        )  # fmt: skip
    return answer, kept[0]


def standing() -> dict[str, list[str]]:
    """Every row of what somebody could want to own, without what is made anew each time."""
    return {
        kind.__name__: sorted(
            str({name: value for name, value in row.items() if name not in ANEW})
            for row in kind.objects.values()
        )
        for kind in OWNED
    }


def test_every_operation_refuses_by_name_each_column_it_does_not_ask_for(figure):
    here = a_neighbourhood()
    wanted = columns(Case, Assignment) | dict.fromkeys(GUESSED, "x")
    clients = {role: here.client(role) for role in {role for _row, role in writable(api=True)}}
    before, tries, taken = standing(), 0, []
    for row, role in writable(api=True):
        if "photos" in row.route:
            continue
        asked = (
            row.sends
            + "&version&place&text&channel&photos&contact_name&contact_phone&lon&lat&category&urgent"
        )
        for name, value in wanted.items():
            if name in {part.partition("=")[0] for part in asked.split("&")}:
                continue
            answer = matrix.ask(clients[role], row, here, more={name: value})
            tries += 1
            if answer.status_code != 422 or name not in answer.json()["detail"]:
                taken.append(f"{row.route} took {name}: {answer.status_code}")

    assert taken == []
    assert standing() == before
    figure("G5", "columns sent to operations: taken", target="0", n=tries, floor=1_500, got=len(taken))


def test_every_page_leaves_what_its_form_does_not_have_unread(figure):
    here = a_neighbourhood()
    theirs = columns(*OWNED)
    clients = {role: here.client(role) for role in {role for _row, role in writable(api=False)}}
    now = timezone.now().replace(microsecond=0)
    untouched, pages, changed, answers = standing(), 0, [], Counter[bool]()
    for row, role in writable(api=False):
        own = {part.partition("=")[0] for part in row.sends.split("&")} | {"version", "csrfmiddlewaretoken"}
        form = FIELDS_OF.get(row.route, set())
        more = {
            name: value
            for name, value in (theirs | dict.fromkeys(GUESSED, "x")).items()
            if name not in own | form
        }
        if "sign-out" in row.route:
            continue
        plain, with_more = (sent_with(row, extra, here, clients[role], now) for extra in ({}, more))
        pages += len(more)
        refused = 400 <= with_more[0].status_code < 500 and with_more[1] == untouched
        answers[refused] += 1
        if not refused and (plain[0].status_code, plain[1]) != (with_more[0].status_code, with_more[1]):
            changed.append(
                f"{row.route} [{row.relation}] {role}: {plain[0].status_code}, {with_more[0].status_code}"
            )

    assert changed == []
    assert answers[False] > answers[True]  # most take what is theirs, as if nothing else had come
    figure("G5", "columns sent to pages: taken", target="0", n=pages, floor=1_500, got=len(changed))


# What the form of a page itself asks for beside what the row sends.
RAISE = {
    "text",
    "place",
    "lon",
    "lat",
    "channel",
    "photos",
    "contact_name",
    "contact_phone",
    "category",
    "urgent",
    "key",
}
FIELDS_OF: dict[str, set[str]] = {"report": RAISE, "desk/new": RAISE, "report/urgent": RAISE}
