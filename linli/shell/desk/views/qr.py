"""Plates with QR codes, to print and to put up: six on a page, each leads to the page of its place."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.foundation import paths
from linli.foundation.addresses import asks_for
from linli.foundation.errors import NotAllowed
from linli.kernel.files.services import qr_svg
from linli.kernel.people import queries as people
from linli.kernel.places import queries as places
from linli.kernel.places.choices import Level
from linli.kernel.places.queries import PlaceRef
from linli.shell.desk.queries import plates


@require_safe
@asks_for("level", "after")
def sheet(request: HttpRequest) -> HttpResponse:
    """Plates under the acting post's place; ``level`` narrows them, ``after`` goes on."""
    viewer = people.looking(request)
    if viewer.post is None or not viewer.can("raise_for_others"):
        raise NotAllowed(_("打印扫码牌，不在您的岗位职责里。"))
    level = request.GET.get("level", "")
    found = plates.plates(viewer.post.path or paths.ROOT, level, places.today(), after=_after(request))
    drawn = [_plate(request, place) for place in found.places]
    context = {
        "pages": [drawn[start : start + plates.SHEET] for start in range(0, len(drawn), plates.SHEET)],
        "levels": _levels(level),
        "place_name": viewer.post.name,
        "shown": len(drawn),
        "next_url": f"/desk/qr?{urlencode({'level': level, 'after': found.after})}" if found.after else "",
    }
    return render(request, "desk/qr.html", context)


def address_of(request: HttpRequest, place: PlaceRef) -> str:
    """Return what the code says: the absolute address of the place's page."""
    return request.build_absolute_uri(reverse("home:place", args=[place.id]))


def _plate(request: HttpRequest, place: PlaceRef) -> dict[str, Any]:
    chain = places.chain(place.id, places.today())
    community = next((one for one in chain if one.level == Level.COMMUNITY), place)
    desk = people.desks().nearest("community", chain)
    address = address_of(request, place)
    return {
        "community": community.name,
        "place_name": place.full_name.removeprefix(community.full_name) or place.name,
        "qr": qr_svg(address),
        "address": address,
        "phone": desk.phone if desk and desk.phone else settings.SERVICE_PHONE,
    }


def _levels(chosen: str) -> list[dict[str, Any]]:
    choices = [("", _("全部")), *((level.value, str(level.label)) for level in plates.LEVELS[:3])]
    return [
        {
            "label": label,
            "url": f"/desk/qr?level={value}" if value else "/desk/qr",
            "current": value == chosen,
        }
        for value, label in choices
    ]


def _after(request: HttpRequest) -> UUID | None:
    if not (text := request.GET.get("after", "")):
        return None
    try:
        return UUID(text)
    except ValueError as wrong:
        raise Http404 from wrong
