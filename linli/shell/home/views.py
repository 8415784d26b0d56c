"""The resident's front door, the page behind a QR code, and what I reported."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.templatetags.ui import deadline
from linli.kernel.cases import queries as cases
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import showing
from linli.kernel.cases.queries.codes import tracking_code
from linli.kernel.people import queries as people
from linli.kernel.places import queries as places

YEAR = 365 * 24 * 3600
MOST = 20


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(
        request, "home/index.html", {"place": None, "desk": None, "items": _mine(request), "services": []}
    )


@login_not_required
@require_safe
def place(request: HttpRequest, place_id: UUID) -> HttpResponse:
    """The page of a place, where its QR code leads: report here, or ring who is in charge."""
    found = places.get(place_id)
    if found is None:
        raise Http404
    desk = people.desks().nearest("community", places.chain(found.id, timezone.now().date()))
    context = {
        "place": {"id": str(found.id), "name": found.name, "full_name": found.full_name},
        "desk": {"name": desk.name, "phone": desk.phone} if desk and desk.phone else None,
        "items": _mine(request),
        "services": [],
    }
    return render(request, "home/index.html", context)


@login_not_required
@require_POST
def mode(request: HttpRequest) -> HttpResponse:
    """Large type on or off, kept in a cookie on this device only."""
    response = redirect(_back(request))
    wanted = "1" if request.POST.get("elder") == "1" else "0"
    response.set_cookie(
        "elder", wanted, max_age=YEAR, samesite="Lax", secure=request.is_secure(), httponly=True
    )
    return response


@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """What I reported, and the way to what is held about me."""
    return render(request, "home/me.html", {"items": _mine(request) or []})


def _mine(request: HttpRequest) -> list[dict[str, Any]] | None:
    viewer = people.looking(request)
    if viewer.actor.kind != "person":
        return None
    now = timezone.now()
    found = Case.objects.filter(cases.own(viewer)).order_by("-id")[:MOST]
    return [_item(case, now) for case in found]


def _item(case: Case, now: datetime) -> dict[str, Any]:
    return {
        "title": showing.title_of(case),
        "place": showing.full_place_name(case),
        "state_label": showing.state_label(case),
        "due": deadline(case, now),
        "url": f"/t/{tracking_code(case.pk)}",
        "stepbar": None,
    }


def _back(request: HttpRequest) -> str:
    """Only ways inside this site."""
    back = request.POST.get("back", "/")
    return back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "/"
