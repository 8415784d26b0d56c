"""Text as people type it: taken in whole or refused, cut for search, masked for display."""

from __future__ import annotations

import re
import unicodedata

from django.utils.translation import gettext as _

from linli.foundation.errors import InvalidInput

_BIDI = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
_RUN = re.compile(r"[a-z0-9]+|[^\W_a-z0-9]+")


def clean(text: str, limit: int) -> str:
    """Return ``text`` without its margin, composed (NFC), with plain line ends.

    NUL, lone surrogates and more than ``limit`` characters raise :class:`InvalidInput`;
    marks that turn the direction of what follows are dropped.
    """
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise InvalidInput(UNREADABLE)
    text = (
        unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").translate(_BIDI).strip()
    )
    if len(text) > limit:
        raise InvalidInput(TOO_LONG.format(limit=limit))
    return text


def bigrams(text: str) -> str:
    """Cut ``text`` for search: Chinese into overlapping pairs, letters and digits into words.

    ``"玄武湖 a3"`` gives ``"玄武 武湖 a3"``; a character that stands alone is kept alone.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    found: list[str] = []
    for part in _RUN.findall(folded):
        found += (
            [part] if part.isascii() or len(part) == 1 else [part[i : i + 2] for i in range(len(part) - 1)]
        )
    return " ".join(found)


def mask_phone(value: str) -> str:
    """``13812345678`` → ``138****5678``; a shorter number keeps its last two digits."""
    if len(value) >= 11:
        return value[:-8] + "****" + value[-4:]
    return "*" * max(len(value) - 2, 0) + value[-2:] if len(value) > 4 else "*" * len(value)


def mask_name(value: str) -> str:
    """``张三丰`` → ``张**``."""
    return value[:1] + "*" * max(len(value) - 1, 1) if value else ""


def mask_words(_value: str) -> str:
    """Nothing of what somebody wrote."""
    return _("（内容已隐去）")


# The sentences are set by the web layer's catalogue; plain Python keeps them here.
UNREADABLE = "文字里有无法识别的字符，请删掉后重新输入。"
TOO_LONG = "文字太长了，最多 {limit} 个字。"
