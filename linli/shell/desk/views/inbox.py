"""The inbox: what is on my desk, the most pressing first."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from linli.foundation.addresses import asks_for
from linli.foundation.templatetags.ui import deadline
from linli.kernel.cases import queries as cases
from linli.kernel.cases.queries import showing
from linli.kernel.cases.queries.inbox import Cursor, cursor, mark
from linli.kernel.people import queries as people
from linli.kernel.people.queries import Viewer

BANDS = (("over", _("已逾期")), ("soon", _("今天到期")), ("fine", _("以后")), ("halt", _("暂停")))


@require_safe
@asks_for("band", "after")
def inbox(request: HttpRequest) -> HttpResponse:
    viewer = people.looking(request)
    now = timezone.now()
    band = request.GET.get("band", "")
    page = cases.inbox(viewer, band=band, now=now, after=cursor_of(request))
    called = [] if band or request.GET.get("after") else cases.called_to(viewer)
    rows = [_called_row(call, now) for call in called] + [_row(case, viewer, now) for case in page.cases]
    context = {
        "title": viewer.post.name if viewer.post else "",
        "bands": _bands(viewer, now, band),
        "rows": rows,
        "preview": None,
        "refusal": "",
        "pager": pager(
            "/desk/", {"band": band}, len(rows), page.after, started=bool(request.GET.get("after"))
        ),
        "now": now,
    }
    template = "desk/_inbox.html" if getattr(request, "htmx", False) else "desk/inbox.html"
    return render(request, template, context)


def _row(case: Any, viewer: Viewer, now: datetime) -> dict[str, Any]:
    row = showing.row_of(case, now)
    row["acts"] = showing.taps_of(case, viewer, now, base=row["url"])
    return row


def _called_row(call: Any, now: datetime) -> dict[str, Any]:
    row = showing.row_of(call.case, now)
    row["due"] = deadline(call, now)
    row["tag"] = _("吹哨请您到场") if not call.arrived_at else _("请您办完报告")
    return row


def _bands(viewer: Viewer, now: datetime, band: str) -> list[dict[str, Any]]:
    counts = cases.band_counts(viewer, now)
    return [
        {
            "state": name,
            "label": label,
            "count": counts[name],
            "url": "/desk/" if name == band else f"/desk/?band={name}",
            "current": name == band,
        }
        for name, label in BANDS
    ]


def cursor_of(request: HttpRequest) -> Cursor | None:
    """Read where the page begins: ``after=<time>_<id>``; what cannot be read starts at the front."""
    try:
        return cursor(request.GET.get("after", ""))
    except ValueError:
        return None


def pager(
    path: str, query: dict[str, str], shown: int, after: Cursor | None, *, started: bool
) -> dict[str, Any]:
    kept = {name: value for name, value in query.items() if value}
    onward = {**kept, "after": mark(after)} if after else None
    return {
        "shown": shown,
        "total": None,
        "next_url": f"{path}?{urlencode(onward)}" if onward else "",
        "first_url": f"{path}?{urlencode(kept)}" if started else "",
    }
