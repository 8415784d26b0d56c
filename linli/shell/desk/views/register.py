"""The register (台账): every case I may know of, by place, state and words."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.foundation.addresses import asks_for
from linli.foundation.sheets import csv_file
from linli.foundation.worktime import SHANGHAI
from linli.kernel.cases import queries as cases
from linli.kernel.cases import registry
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import showing
from linli.kernel.people import queries as people
from linli.kernel.people.queries import Viewer
from linli.shell.search import queries as search

LIMIT = 50
MOST_ROWS = 2000  # of a file; the filters make a longer register shorter
PASSED = "passed"


@require_safe
@asks_for("q", "state", "mine", "after", "format")
def register(request: HttpRequest) -> HttpResponse:
    """Newest first; keyset by id (UUIDv7 is in order of time). ``format=csv`` gives the table, without words or names."""
    viewer = people.looking(request)
    now = timezone.now()
    query, state = request.GET.get("q", "").strip()[:60], _state(request)
    mine = PASSED if request.GET.get("mine") == PASSED else ""
    if request.GET.get("format") == "csv":
        return _csv(_found(viewer, query, state, mine, None, limit=MOST_ROWS))
    found = _found(viewer, query, state, mine, _id(request.GET.get("after", "")), limit=LIMIT + 1)
    more, found = len(found) > LIMIT, found[:LIMIT]
    late = showing.late_calls_of(found) if state == "late_calls" else {}
    kept = urlencode({"q": query, "state": state} | ({"mine": mine} if mine else {}))
    context = {
        "q": query,
        "filters": [_whose(mine), *_filters(query, state)],
        "rows": [showing.row_of(case, now, more=late.get(case.pk, "")) for case in found],
        "pager": {
            "shown": len(found),
            "total": None,
            "next_url": f"/desk/cases?{kept}&after={found[-1].pk}" if more else "",
            "first_url": f"/desk/cases?{kept}" if request.GET.get("after") else "",
        },
        "place_name": viewer.post.name if viewer.post else "",
        "export_url": f"/desk/cases?{kept}&format=csv" if found else "",
        "now": now,
    }
    return render(request, "desk/cases.html", context)


def _csv(found: list[Case]) -> HttpResponse:
    """Write down what the list shows, and when; a protected matter stands in no file."""
    head = [
        _("编号"),
        _("事项"),
        _("地点"),
        _("类别"),
        _("环节"),
        _("谁在办"),
        _("收到"),
        _("期限"),
        _("办结"),
    ]
    return csv_file("register.csv", head, (_line(case) for case in found if not case.confidential))


def _line(case: Case) -> list[str]:
    names = showing.names_of(case)
    times = [_minute(at) for at in (case.opened_at, case.due_at, case.closed_at)]
    return [case.number, names.title, names.place, names.category, names.state, names.holder, *times]


def _minute(at: datetime | None) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if at else ""


def _found(
    viewer: Viewer, query: str, state: str, mine: str, after: UUID | None, *, limit: int
) -> list[Case]:
    """Return the newest of the register; to know whether there is another page, ask for one more."""
    rows = _in_state(search.holding(query) if query else Case.objects.all(), state)
    page = cases.passed_through if mine else cases.newest
    return page(viewer, rows, after=after, limit=limit)


def _in_state(rows: QuerySet[Case], state: str) -> QuerySet[Case]:
    if state == "open":
        return rows.filter(closed_at=None)
    if state == "late_calls":
        return cases.with_late_calls(rows)
    if state:
        flow = registry.get("request").flow
        found = rows.filter(state=state) if state in flow.states else rows.none()
        return (
            found if state in flow.final else found.filter(closed_at=None)
        )  # what is open has indexes of its own
    return rows


def _state(request: HttpRequest) -> str:
    """Return the state asked for, if a flow has it."""
    asked = request.GET.get("state", "")
    known = asked in ("open", "late_calls") or any(asked in app.flow.states for app in registry.every())
    return asked if known else ""


def _whose(mine: str) -> dict[str, Any]:
    choices = [("", _("我能看到的")), (PASSED, _("经我手的"))]
    options = [{"value": value, "label": label, "current": value == mine} for value, label in choices]
    return {"name": "mine", "label": _("范围"), "options": options}


def _filters(query: str, state: str) -> list[dict[str, Any]]:
    flow = registry.get("request").flow
    choices = [
        ("", _("全部")),
        ("open", _("没办结的")),
        ("late_calls", _("吹哨超期的")),
        *flow.states.items(),
    ]
    return [
        {
            "name": "state",
            "label": _("环节"),
            "options": [
                {"value": value, "label": str(label), "current": value == state} for value, label in choices
            ],
        }
    ]


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
