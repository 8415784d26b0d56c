"""What can be said, and how codes read. Apps register their part at start-up.

A notice holds only codes and ids. What a code reads as (a place's name, a desk's, a
category's) is asked at the moment of showing or sending, so that no name is stored,
and a renamed place is told by its new name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from linli.kernel.notices.choices import Channel

# Numbers, codes, ids and ISO times. Chinese characters, spaces and @ cannot pass, so no name or address can.
CODE = re.compile(r"[A-Za-z0-9_.:+\-]{0,64}")
# Eleven digits that begin like a mobile number, or the eighteen of an identity card.
PERSONAL = re.compile(r"(?<![0-9A-Za-z-])(?:1[3-9]\d{9}|\d{17}[\dXx])(?![0-9A-Za-z-])")
# The one thing that is filled in. No format language: whoever writes wordings writes text.
SLOT = re.compile(r"\{([a-z_]{1,30})\}")

# word(code, county, now) -> what it reads as
Word = Callable[[str, str, datetime], Any]
# link(to_kind, params) -> the page a notice leads to
Link = Callable[[str, Mapping[str, str]], str]


class NoticeError(ValueError):
    """A parameter is no code or id; a mistake in the code that tells."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How one thing is said. The rule set ``notices`` has the last word on it, county by county.

    title     two to six characters above the sentence in a list
    text      a Chinese sentence with ``{name}`` for each parameter
    channels  the ways it goes unless the caller names others; those that are off are left out
    urgent    may pass the quiet hours
    """

    title: Any
    text: Any
    channels: tuple[str, ...] = (Channel.INBOX,)
    urgent: bool = False


_wordings: dict[str, Wording] = {}
_words: dict[str, Word] = {}
_links: dict[str, Link] = {}


def register(template: str, wording: Wording) -> None:
    """Give a template the wording it has where no rule set says otherwise."""
    _wordings[template] = wording


def register_word(param: str, word: Word) -> None:
    """Let ``word(code, county, now)`` say what the parameter of this name reads as."""
    _words[param] = word


def register_link(family: str, link: Link) -> None:
    """Let ``link(to_kind, params)`` say where templates ``<family>.*`` lead."""
    _links[family] = link


def wording(template: str) -> Wording | None:
    return _wordings.get(template)


def link(template: str, to_kind: str, params: Mapping[str, str]) -> str:
    """Return the page a notice leads to, "" for none."""
    found = _links.get(template.partition(".")[0])
    return found(to_kind, params) if found else ""


def checked(params: Mapping[str, Any]) -> dict[str, str]:
    """Return the parameters as text, or refuse what could be text about a person."""
    plain = {name: str(value) for name, value in params.items()}
    for name, value in plain.items():
        if not CODE.fullmatch(value) or PERSONAL.search(value):
            raise NoticeError(f"Parameter {name!r} is no code or id.")
    return plain


def words(params: Mapping[str, str], *, county: str, now: datetime) -> dict[str, str]:
    """Return what each parameter reads as; one without a word of its own reads as itself."""
    return {
        name: str(_words[name](value, county, now)) if name in _words and value else value
        for name, value in params.items()
    }


def filled(text: Any, words: Mapping[str, str]) -> str:
    """Put the words into the sentence. What the teller did not give is a dash."""
    return SLOT.sub(lambda slot: words.get(slot[1]) or "—", str(text))
