"""What is said beside the pages themselves: the log, titles, addresses, what goes to a phone.

A page may show a person's words to whoever may read them. Nothing else may hold them: a log is kept for
half a year, an address stands in histories and proxies, a title on a shared screen.
"""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus, unquote

import pytest
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase

TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
ADDRESS = re.compile(r"""\b(?:href|src|action|hx-[a-z]+|data-url)=["']([^"']*)["']""")
HELD = (
    "Location",
    "HX-Redirect",
    "HX-Location",
    "HX-Push-Url",
    "HX-Replace-Url",
    "Link",
    "Content-Disposition",
    "ETag",
)
OPENS_A_PHONE = ("tel:", "sms:")  # for the fingers of who may read the number; sent to nobody


@dataclass
class Beside:
    """Everything said beside the pages since the listening began."""

    log: io.StringIO = field(default_factory=io.StringIO)
    addresses: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    pages: int = 0

    def hear(self, request: HttpRequest, response: HttpResponseBase) -> None:
        self.pages += 1
        self.addresses += [response[name] for name in HELD if response.has_header(name)]
        if getattr(response, "streaming", False) or "html" not in response.get("Content-Type", ""):
            return
        text = response.content.decode()  # type: ignore[attr-defined]  # not streaming, so it has content
        self.titles += TITLE.findall(text)
        self.addresses += [one for one in ADDRESS.findall(text) if not one.startswith(OPENS_A_PHONE)]

    def lines(self) -> list[dict[str, Any]]:
        """Every line of the log; one that is not a whole JSON object is a failure."""
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    def holding(self, words: Iterable[str]) -> dict[str, list[str]]:
        """Say where which words are found, however they are spelt."""
        heaps = {
            "log": [self.log.getvalue()],
            "addresses": [*self.addresses, *map(unquote, self.addresses)],
            "titles": self.titles,
            "sent": self.sent,
        }
        return {
            where: found
            for where, heap in heaps.items()
            if (
                found := [
                    word for word in words if any(form in text for form in forms(word) for text in heap)
                ]
            )
        }


def forms(word: str) -> set[str]:
    """A word as a log or an address might spell it."""
    escaped = json.dumps(word)[1:-1]
    return {word, escaped, repr(word)[1:-1], quote(word), quote_plus(word), word.encode().hex()}


@contextmanager
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[Beside]:
    """Hear all that the site answers and logs in this process, down to what is for debugging."""
    beside = Beside()
    root = logging.getLogger()
    console = next(one for one in root.handlers if type(one) is logging.StreamHandler)
    answer, level = BaseHandler.get_response, root.level

    def heard(self: BaseHandler, request: HttpRequest) -> HttpResponseBase:
        response = answer(self, request)
        beside.hear(request, response)
        return response

    with monkeypatch.context() as patch:
        patch.setattr(console, "stream", beside.log)
        patch.setattr(BaseHandler, "get_response", heard)
        root.setLevel(logging.DEBUG)
        yield beside
        root.setLevel(level)
