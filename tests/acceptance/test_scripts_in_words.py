"""Scripts in every text that people write, on every page: shown as text (reliability I3, attacks 26 and 27)."""

from __future__ import annotations

import logging
from collections import Counter

import pytest
from django.apps import apps
from django.db import models

from tests.acceptance.strewn import CORES, MARK, WORDS, Page, payloads, strewn
from tests.authorisation import matrix

EACH = 2  # times that a page is asked for, as whoever may first; the proof in a browser asks for each
ROLES = ("stranger", "own", "clerk", "property", "over", "editor", "security", "handler")
# Text columns that hold no words: codes, digests, states, paths, numbers of ours.
CODES = {
    "action", "actor_kind", "backend", "by_kind", "category", "cluster", "code", "county", "digest", "due_on_what", "error",
    "family", "figure", "flow", "from_state", "initials", "intake_body", "intake_key", "key", "kind", "name", "number", "owner", "parent",
    "part", "password", "path", "place_path", "purpose", "receipt", "restricted_why", "result", "role", "state", "stream",
    "subject_kind", "task", "template", "to_kind", "to_state", "tokens", "track", "username", "why", "dedupe_key", "closed_how",
}  # fmt: skip
# Worth nothing unescaped either: text for another language than HTML.
SLEEPING = {core for core in CORES if not core.startswith(("<", "onmouseover"))} | {
    "<scr<script>ipt>xss7()</script>"
}
ELSEWHERE = {
    "rulebook.RuleSet.basis",
    "rulebook.Proposal.basis",
    "rulebook.Decision.reason",
}  # strewn with their rules


def test_every_column_of_words_is_strewn():
    """A new text column is either a code or must be given a script here."""
    new = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model.__module__.startswith("linli.")
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and not field.choices
        and field.name not in WORDS.get(model._meta.label, ())
        and f"{model._meta.label}.{field.name}" not in ELSEWHERE
        and field.name not in CODES
    ]
    assert new == []


@pytest.mark.slow  # some hundred pages
@pytest.mark.django_db
def test_a_script_in_any_text_is_shown_as_text_on_every_page(figure):
    logging.disable(logging.WARNING)
    here = strewn(payloads()[:20])
    faults, shown, pages, asked = [], set(), 0, Counter({"sign-out": EACH})
    for role in ROLES:
        client = here.client(role)
        for row in matrix.rows():
            if row.method != "GET" or row.expected[role] != "200" or asked[row.route] == EACH:
                continue
            asked[row.route] += 1
            answer = matrix.ask(client, row, here)
            if not answer.headers.get("Content-Type", "").startswith("text/html"):
                continue
            pages += 1
            html = answer.content.decode()
            faults += [f"{row.route} as {role}: {fault}" for fault in Page(html).faults]
            if MARK in html:
                shown.add(row.route)
    logging.disable(logging.NOTSET)
    figure(
        "I3",
        "pages with scripts in every text, read",
        target="0 alive",
        n=pages,
        floor=60,
        got=f"{len(faults)} alive",
    )
    assert faults == []
    assert len(shown) >= 15, shown


@pytest.mark.parametrize("core", [core for core in CORES if core not in SLEEPING])
def test_the_reader_of_pages_would_see_one(core):
    """The check above can fail: unescaped, each of these is seen."""
    assert Page(f"<p>{core}</p>").faults or Page(f"<p {core}>").faults
