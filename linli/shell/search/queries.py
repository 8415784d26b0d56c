"""Finding cases by number, category and place: words to tokens, tokens to what the viewer may see.

A token is a pair of neighbouring characters, or a word of letters and digits, spelt as
six hexadecimal digits a character behind an x. So the two databases cut the same text
into the same tokens whatever their locale, and nothing that is typed can mean anything
in their query languages: ``%``, ``_``, quotes and operators are no letters, and vanish.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from django.db import connection
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from linli.foundation.text import bigrams
from linli.kernel.cases import queries as cases
from linli.kernel.cases.models import Case
from linli.kernel.people.queries import Viewer
from linli.shell.search.models import Entry

COUNTED_TO = 200  # beyond it a page says "200+"
MOST_LETTERS = 60
_RUN = re.compile(r"[a-z0-9]+|[^\W_a-z0-9]+")

_MATCH = {
    "sqlite": "search_entry.id IN (SELECT rowid FROM search_tokens WHERE search_tokens MATCH %s)",
    "postgresql": "search_entry.vector @@ to_tsquery('simple', %s)",
}


class Found(NamedTuple):
    """Cases newest first, and how many there are in all, counted up to ``COUNTED_TO``."""

    cases: list[Case]
    count: int


def find(viewer: Viewer, text: str, *, limit: int = 50) -> Found:
    """Return the cases this viewer may see that hold every word of ``text``.

    What they may not see is left out before anything is counted. Two queries.
    """
    entries = matching(text)
    if entries is None:
        return Found([], 0)
    seen = cases.visible_to(viewer).filter(confidential=False)
    ids = entries.filter(case_id__in=seen.values("pk")).order_by("-opened_at", "-id")
    found = list(ids.values_list("case_id", flat=True)[:COUNTED_TO])
    rows = {case.pk: case for case in Case.objects.filter(pk__in=found[:limit])}
    return Found([rows[pk] for pk in found[:limit] if pk in rows], len(found))


def matching(text: str) -> QuerySet[Entry] | None:
    """Return the entries that hold every word of ``text``; None if there is nothing to look for."""
    phrases = phrases_of(text)
    if not phrases:
        return None
    join = _fts5 if connection.vendor == "sqlite" else _tsquery
    match = RawSQL(_MATCH[connection.vendor], [join(phrases)], output_field=BooleanField())  # noqa: S611 -- no input in it
    return Entry.objects.filter(match)


def tokens_of(texts: Iterable[str]) -> str:
    """Return the tokens of a case's words, to be stored.

    The last character of a run is also a token of its own: a single character is
    looked for as the beginning of a token, and it begins no pair.
    """
    tokens: list[str] = []
    for text in texts:
        for run in _runs(text):
            pieces = bigrams(run).split()
            tokens.extend(pieces)
            if not run.isascii() and len(run) > 1:
                tokens.append(run[-1])
    return " ".join(map(_spelt, tokens))


def phrases_of(text: str) -> list[list[str]]:
    """Return, for each run of letters of what was typed, the tokens that must follow each other."""
    return [[_spelt(token) for token in bigrams(run).split()] for run in _runs(text[:MOST_LETTERS])]


def _runs(text: str) -> list[str]:
    return _RUN.findall(unicodedata.normalize("NFKC", text).casefold())


def _spelt(token: str) -> str:
    return "x" + "".join(f"{ord(letter):06x}" for letter in token)


def _fts5(phrases: list[list[str]]) -> str:
    return " AND ".join(f'"{" ".join(phrase)}" *' for phrase in phrases)


def _tsquery(phrases: list[list[str]]) -> str:
    return " & ".join("(" + " <-> ".join([*phrase[:-1], f"{phrase[-1]}:*"]) + ")" for phrase in phrases)
