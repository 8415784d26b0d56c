"""What may stand behind an address's question mark: the names that the page reads, and no others.

A name nobody reads would be ignored, and so could not be told from one that works.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from linli.foundation.errors import Misasked

View = Callable[..., HttpResponse]


def refuse_unknown(sent: Iterable[str], known: Collection[str]) -> None:
    """Raise Misasked for the first name that is not known; neither it nor its value is repeated."""
    if any(name not in known for name in sent):
        raise Misasked(_("地址里有这里不认识的项目。请从菜单重新打开，或者去掉问号后面的内容。"))


def asks_for(*names: str) -> Callable[[View], View]:
    """Let a list page be asked for these names only; whatever else is refused with 400."""

    def decorate(view: View) -> View:
        @wraps(view)
        def asked(request: HttpRequest, *given: Any, **named: Any) -> HttpResponse:
            refuse_unknown(request.GET, names)
            return view(request, *given, **named)

        return asked

    return decorate
