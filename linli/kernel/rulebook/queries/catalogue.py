"""The tree of matters, and a guess from a resident's words which one is meant."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from linli.kernel.rulebook.choices import URGENCY
from linli.kernel.rulebook.queries import versions
from linli.kernel.rulebook.queries.limits import up_the_tree

_catalogues: dict[UUID, Catalogue] = {}  # versions never change, so this never ages


@dataclass(frozen=True, slots=True)
class Category:
    """A matter or a group of matters.

    code       "homes.lift": the group's code, a dot, its own word; ``parent`` is the part before
    sort       how it is usually sorted: public, shared or own; "" for groups
    desk       the kind of desk it goes to first; "" for groups
    urgency    0 normal, 1 urgent, 2 emergency
    words      what residents say when they mean it
    protected  violence, abuse, self-harm, a child in danger: another flow, no list, no map
    hint       a sentence for the one who chooses it
    """

    code: str
    label: str
    parent: str
    sort: str
    desk: str
    urgency: int
    words: tuple[str, ...]
    protected: bool
    hint: str
    has_children: bool


class Catalogue:
    """All categories of one version of the rule, in the order in which it lists them."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        rows = data["categories"]
        parents = {row["code"].rpartition(".")[0] for row in rows}
        self._by_code = {row["code"]: _category(row, parents) for row in rows}
        self._leaves = [category for category in self if not category.has_children]

    def __iter__(self) -> Iterator[Category]:
        return iter(self._by_code.values())

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def __len__(self) -> int:
        return len(self._by_code)

    def get(self, code: str) -> Category | None:
        return self._by_code.get(code)

    def __getitem__(self, code: str) -> Category:
        return self._by_code[code]

    def leaves(self) -> list[Category]:
        """List what can be chosen."""
        return list(self._leaves)

    def children(self, code: str = "") -> list[Category]:
        return [category for category in self if category.parent == code]

    def chain(self, code: str) -> list[Category]:
        """List the category and its groups, from the widest down."""
        return [self[up] for up in reversed(list(up_the_tree(code))) if up]

    def full_label(self, code: str) -> str:
        return " · ".join(category.label for category in self.chain(code))

    def suggest(self, text: str, most: int = 3) -> list[str]:
        """List the codes that the words of ``text`` point to, best first, at most ``most``.

        A longer word says more than a shorter one. What is protected comes first,
        whatever else is said: a person in danger also mentions the light in the stairs.
        The same text gives the same list.
        """
        said = normalised(text)
        hits = [(score, category) for category in self._leaves if (score := _score(category, said))]
        hits.sort(key=lambda hit: (not hit[1].protected, -hit[0]))  # stable: the tree's order decides ties
        return [category.code for _score, category in hits[:most]]


def categories(path: str, on: date) -> Catalogue:
    """Return the tree of matters that counts at ``path`` on the day ``on``."""
    version = versions.rule("categories", path, on)
    if version.id not in _catalogues:
        _catalogues[version.id] = Catalogue(version.data)
    return _catalogues[version.id]


def normalised(text: str) -> str:
    """Strip what does not matter for comparing: width, case, spaces."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _score(category: Category, said: str) -> int:
    found = [word for word in category.words if word in said]
    if not found:
        return 0
    telling = [word for word in found if not any(word != other and word in other for other in found)]
    return sum(len(word) ** 2 for word in telling)


def _category(row: Mapping[str, Any], parents: Collection[str]) -> Category:
    return Category(
        code=row["code"],
        label=row["label"],
        parent=row["code"].rpartition(".")[0],
        sort=row.get("sort", ""),
        desk=row.get("desk", ""),
        urgency=URGENCY[row.get("urgency", "normal")],
        words=_words(row),
        protected=row.get("protected", False),
        hint=row.get("hint", ""),
        has_children=row["code"] in parents,
    )


def _words(row: Mapping[str, Any]) -> tuple[str, ...]:
    """A label is a word too, but not that of what takes in all the rest and has no words."""
    words = row.get("words", ())
    said = (*words, row["label"]) if words else ()
    return tuple(dict.fromkeys(normalised(word) for word in said))
