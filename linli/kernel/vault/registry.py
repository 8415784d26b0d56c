"""What other modules tell the vault at start-up: words that the lint must read."""

from __future__ import annotations

from collections.abc import Callable, Iterable

Words = Callable[[], Iterable[tuple[str, str]]]
WORDS: dict[str, Words] = {}


def register_words(source: str, words: Words) -> None:
    """Have the lint read ``words()``: pairs of (where, text), such as the headers of an import."""
    WORDS[source] = words
