"""Finding a place by what people type: a name, an alias, pinyin initials, or a whole line."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from typing import Any
from uuid import UUID

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from linli.foundation import paths
from linli.kernel.places.choices import DEEP, TIERS
from linli.kernel.places.models import Alias, Place
from linli.kernel.places.queries import days, tree
from linli.kernel.places.queries.tree import PlaceRef

_COMMITTEE = re.compile(r"(?:居民委员会|村民委员会|居委会|村委会)$")
_REMARK = re.compile(r"[（(][^（()）]*[)）]")
_BLANK = re.compile(r"[\s\x00-\x1f]+")  # PostgreSQL takes no NUL
_MOST = 60


def initials(name: str) -> str:
    """Return the first letters of a name as it is read: 旺家社区 is "wjsq"."""
    pinyin = _pinyin()
    letters = "".join(pinyin.lazy_pinyin(name, style=pinyin.Style.FIRST_LETTER, errors=_latin))
    return letters.lower()[:_MOST]


@cache
def _pinyin() -> Any:
    """Load the dictionary of readings, 55 MB: only a process that writes down names of places needs it."""
    return import_module("pypinyin")


def _latin(text: str) -> str:
    return "".join(char for char in text if char.isascii() and char.isalnum())


def search(text: str, under: str | None = None, limit: int = 20) -> list[PlaceRef]:
    """Return the places that go by this text, the best first, at most ``limit``.

    An exact name comes before one that begins with the text, that before one that
    contains it; among equals the higher tier first. A line of several names
    ("万山区丹都街道旺家社区") is followed from name to name. ``under`` is a path.
    Households and units are not found this way.
    """
    text = _REMARK.sub("", _BLANK.sub("", text))[:_MOST]
    if not text:
        return []
    found = _search(_COMMITTEE.sub("", text) or text, under or "", limit)
    return found or _follow(text, under or "", limit)


def _search(text: str, under: str, limit: int) -> list[PlaceRef]:
    aliased = Alias.objects.filter(_matches(text, ("name",))).values("place_id")
    matching = _matches(text, ("name", "official")) | Q(id__in=aliased)
    places = _ranked(_valid().filter(paths.under(under)).filter(matching), text)
    ids: list[UUID] = list(places.values_list("id", flat=True)[:limit])
    return [ref for place_id in ids if (ref := tree.get(place_id)) is not None]


def _valid() -> QuerySet[Place]:
    return Place.objects.exclude(level__in=DEEP).filter(days.held_on(days.today()))


def _matches(text: str, names: tuple[str, ...]) -> Q:
    condition = Q()
    for name in names:
        condition |= Q(**{f"{name}__contains": text})
    if text.isascii() and text.isalnum():
        condition |= Q(initials__contains=text.lower())
    return condition


def _ranked(places: QuerySet[Place], text: str) -> QuerySet[Place, Any]:
    exact = Alias.objects.filter(name=text).values("place_id")
    rank = Case(
        When(Q(name=text) | Q(official=text) | Q(id__in=exact), then=Value(0)),
        When(Q(name__startswith=text) | Q(initials__startswith=text.lower()), then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    order = Case(
        *(When(level=level, then=Value(n)) for n, level in enumerate(TIERS)),
        default=Value(len(TIERS)),
        output_field=IntegerField(),
    )
    return places.annotate(rank=rank, order=order).order_by("rank", "order", "short")


def _follow(text: str, under: str, limit: int) -> list[PlaceRef]:
    """Follow a line of names downwards: each must lie under the one before it.

    Every beginning of the text that is a name or an alias is tried, the longest
    first; what is left after the last one is searched for under it.
    """
    now = tree.tree()
    for end in range(len(text) - 1, 1, -1):
        rows = [row for place_id in now.named(text[:end]) if (row := now.row(place_id)) is not None]
        for row in rows:
            if not paths.contains(under, row.path) or not tree.is_valid(row, days.today()):
                continue
            rest = text[end:]
            found = _search(_COMMITTEE.sub("", rest), row.path, limit) or _follow(rest, row.path, limit)
            if found:
                return found
    return []
