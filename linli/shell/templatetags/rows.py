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
    """Return the drawn row; ``row`` is what ``showing.row_of`` returns, its values hashable."""
    return _drawn(tuple(item for item in row.items() if item[0] != "id"), get_language())


@lru_cache(maxsize=MOST)
def _drawn(row: tuple[tuple[str, Any], ...], _language: str | None) -> SafeString:
    return render_to_string("desk/_row.html", {"row": dict(row)})
