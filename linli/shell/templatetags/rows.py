"""Rows of a list, each drawn once for as long as it says the same."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()
MOST = 5000  # about a kilobyte each; nothing in a row is anybody's name or words


@register.simple_tag
def case_row(row: dict[str, Any]) -> SafeString:
    """Return the drawn row; ``row`` is what ``showing.row_of`` returns, its values hashable but for ``acts``."""
    acts = tuple((act.url, str(act.step.label), act.step.weight, act.version) for act in row["acts"])
    plain = tuple(item for item in row.items() if item[0] not in _APART)
    return _drawn(plain, acts, get_language())


_APART = {"acts", "id"}


@lru_cache(maxsize=MOST)
def _drawn(plain: tuple[tuple[str, Any], ...], acts: tuple[Any, ...], _language: str | None) -> SafeString:
    names = ("url", "label", "weight", "version")
    row = {**dict(plain), "acts": [dict(zip(names, act, strict=True)) for act in acts]}
    return render_to_string("desk/_row.html", {"row": row})
