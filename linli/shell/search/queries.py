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

from django.db import connection
from django.db.models import QuerySet, UUIDField
from django.db.models.expressions import RawSQL

from linli.foundation.text import bigrams
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import visible_to
from linli.kernel.people.queries import Viewer

MOST_LETTERS = 60
_RUN = re.compile(r"[a-z0-9]+|[^\W_a-z0-9]+")
_HOLDING = {
    "sqlite": "SELECT e.case_id FROM search_tokens t JOIN search_entry e ON e.id = t.rowid WHERE search_tokens MATCH %s",
    "postgresql": "SELECT e.case_id FROM search_entry e WHERE e.vector @@ to_tsquery('simple', %s)",
}


def cases(viewer: Viewer, text: str) -> QuerySet[Case]:
    """Return the cases this viewer may see that hold every word of ``text``; none of nothing.

    One query with what the viewer may see in it: whatever is counted or cut into pages
    afterwards, nothing else is in it.
    """
    return holding(text) & visible_to(viewer)


def holding(text: str) -> QuerySet[Case]:
    """Return all cases that hold every word of ``text``, none of nothing: for who asks what may be seen of them."""
    phrases = phrases_of(text)
    if not phrases:
        return Case.objects.none()
    join = _fts5 if connection.vendor == "sqlite" else _tsquery
    found = RawSQL(_HOLDING[connection.vendor], [join(phrases)], output_field=UUIDField())  # noqa: S611 -- tokens only, as a parameter
    return Case.objects.filter(confidential=False, pk__in=found)


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
