"""The overview of a place, and one figure with the records it counts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from linli.foundation.addresses import asks_for
from linli.foundation.sheets import csv_file
from linli.kernel.figures import registry
from linli.kernel.people.queries import Viewer
from linli.kernel.places import queries as places
from linli.shell.figures import queries
from linli.shell.figures.queries import Scope

USUAL = 30


class SeenRequest(HttpRequest):
    """A request that the viewer middleware has seen."""

    viewer: Viewer


@require_safe
@asks_for("place", "days", "format")
def overview(request: SeenRequest) -> HttpResponse:
    """Figures of a place, its children, its days and categories; ``format=csv`` gives the table."""
    scope = _scope(request)
    now = timezone.now()
    context = queries.overview(scope, request.viewer, now)
    if request.GET.get("format") == "csv":
        return _csv(scope, context)
    return render(request, "desk/figures.html", context)


@require_safe
@asks_for("place", "days", "after")
def one(request: SeenRequest, code: str) -> HttpResponse:
    scope = _scope(request)
    if code not in registry.declared():
        raise Http404
    after = request.GET.get("after", "")
    context = queries.one_figure(
        scope,
        request.viewer,
        code,
        after=int(after) if after.isdecimal() and len(after) < 19 else None,
        now=timezone.now(),
    )
    return render(request, "desk/figure.html", context)


def _scope(request: SeenRequest) -> Scope:
    """Return the place and days asked for; what the viewer does not supervise is absent."""
    asked, days = request.GET.get("place", ""), request.GET.get("days", "")
    length = int(days) if days in map(str, queries.PERIODS) else USUAL
    place = None
    if asked:
        try:
            place = places.get(UUID(asked))
        except ValueError as error:
            raise Http404 from error
        if place is None:
            raise Http404
    scope = queries.scope_of(request.viewer, place, length, timezone.now())
    if scope is None:
        raise Http404
    return scope


def _csv(scope: Scope, context: dict[str, Any]) -> HttpResponse:
    """Return the table of places."""
    head = [scope.name, *(column["label"] for column in context["columns"])]
    rows = (
        [child["name"], *(cell["value"].replace(",", "") for cell in child["cells"])]
        for child in context["children"]
    )
    return csv_file(f"figures-{scope.days.first}-{scope.days.last}.csv", head, rows)
