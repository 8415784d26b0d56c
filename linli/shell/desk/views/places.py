"""The register of places: read by everybody on their ground, kept by the platform's administrator."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.addresses import asks_for
from linli.foundation.errors import DomainError, NotAllowed
from linli.kernel.people import queries as people
from linli.kernel.people import services as people_services
from linli.kernel.people.choices import ADMINISTER_SYSTEM
from linli.kernel.people.forms import OrganisationForm
from linli.kernel.people.queries import Viewer
from linli.kernel.places import queries as places
from linli.kernel.places import services
from linli.kernel.places.choices import HOUSED, Level
from linli.kernel.places.forms import FactsForm, HouseForm, ZoneForm
from linli.kernel.places.queries import PlaceRef
from linli.kernel.rulebook.choices import Capability
from linli.shell.desk.queries import register

NOT_YOURS = _("地方的资料由系统管理员维护。")
NOT_APPOINTING = _("这个地方的任免，不在您的岗位职责里。")
BETWEEN = (Level.COMMUNITY, Level.STREET)  # where a zone's places are chosen from


@require_safe
@asks_for("q")
def own(request: HttpRequest) -> HttpResponse:
    """The place of the acting post, or what goes by a name."""
    viewer = people.looking(request)
    query = request.GET.get("q", "").strip()[:40]
    place = register.own_ground(viewer)
    if place is None:
        raise Http404
    found = [one for one in places.search(query) if register.is_mine(viewer, one)] if query else None
    return _show(request, place, query=query, found=found)


@require_safe
def one(request: HttpRequest, place_id: UUID) -> HttpResponse:
    return _show(request, _found(request, place_id))


@require_POST
def facts(request: HttpRequest, place_id: UUID) -> HttpResponse:
    """Write down what was counted here."""
    place = _kept(request, place_id)
    form = FactsForm(request.POST)

    def act() -> None:
        counted = form.facts(places.today())
        services.set_facts(
            place_id=place.id, facts=counted, now=timezone.now(), actor=people.looking(request).actor
        )

    return _done(request, place, form, "facts", act)


@require_POST
def zone(request: HttpRequest, place_id: UUID) -> HttpResponse:
    """Enter an estate or a relocation site; it may reach into several places."""
    place = _kept(request, place_id)
    form = ZoneForm(request.POST, choices=_within(place))

    def act() -> None:
        entry = form.cleaned_data
        services.add_zone(
            kind=entry["kind"], name=entry["name"], place_ids=[UUID(one) for one in entry["places"]],
            facts=form.facts(places.today()), now=timezone.now(), actor=people.looking(request).actor,
        )  # fmt: skip

    return _done(request, place, form, "zone", act)


@require_POST
def house(request: HttpRequest, place_id: UUID) -> HttpResponse:
    """Let buildings of a community belong to one of its grids."""
    place = _kept(request, place_id)
    form = _house_form(place, request.POST)

    def act() -> None:
        chosen = [UUID(one) for one in form.cleaned_data["buildings"]]
        services.house(
            building_ids=chosen, grid_id=UUID(form.cleaned_data["grid"]), on=None, now=timezone.now(),
            actor=people.looking(request).actor,
        )  # fmt: skip

    return _done(request, place, form, "house", act)


@require_POST
def organisation(request: HttpRequest, place_id: UUID) -> HttpResponse:
    """Register a body at this place, for who may appoint here."""
    place = _found(request, place_id)
    viewer = people.looking(request)
    if not viewer.can(Capability.APPOINT):
        raise NotAllowed(NOT_APPOINTING)
    form = OrganisationForm(request.POST, parents=people.organisations_above(place))

    def act() -> None:
        entry = form.cleaned_data
        people_services.add_organisation(
            kind=entry["kind"], name=entry["name"], place_id=place.id, by=viewer.actor, now=timezone.now(),
            parent_id=entry["parent"].pk if entry["parent"] else None,
        )  # fmt: skip

    return _done(request, place, form, "organisation", act)


def _found(request: HttpRequest, place_id: UUID) -> PlaceRef:
    place = places.get(place_id)
    if place is None or not register.is_mine(people.looking(request), place):
        raise Http404
    return place


def _kept(request: HttpRequest, place_id: UUID) -> PlaceRef:
    """Return the place if this viewer keeps the register."""
    place = _found(request, place_id)
    if not people.looking(request).can(ADMINISTER_SYSTEM):
        raise NotAllowed(NOT_YOURS)
    return place


def _within(place: PlaceRef) -> list[tuple[str, str]]:
    """List the communities of a street, or a community by itself, as choices."""
    below = [child for child in places.children(place) if child.level in BETWEEN]
    return [(str(child.id), child.name) for child in below or [place]]


def _house_form(place: PlaceRef, data: Any = None) -> HouseForm:
    below = places.children(place)
    named = {
        level: [(str(one.id), one.name) for one in below if one.level == level]
        for level in (Level.GRID, *HOUSED)
    }
    return HouseForm(data, buildings=named[Level.BUILDING], grids=named[Level.GRID])


def _done(request: HttpRequest, place: PlaceRef, form: forms.Form, name: str, act: Any) -> HttpResponse:
    """Do it if the form is right, and go back to the place; else show the form with what is wrong."""
    if form.is_valid():
        try:
            act()
        except DomainError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        else:
            return redirect("desk:place", place_id=place.id)
    return _show(request, place, forms_shown={name: form}, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _show(
    request: HttpRequest, place: PlaceRef, *, query: str = "", found: list[PlaceRef] | None = None,
    forms_shown: dict[str, forms.Form] | None = None, status: int = HTTPStatus.OK,
) -> HttpResponse:  # fmt: skip
    viewer = people.looking(request)
    context = register.page(place, viewer, places.today()) | {
        "q": query,
        "found": found,
        "forms": _forms(place, viewer, forms_shown or {}),
        "base": f"/desk/places/{place.id}",
    }
    return render(request, "desk/places.html", context, status=status)


def _forms(place: PlaceRef, viewer: Viewer, shown: dict[str, forms.Form]) -> list[dict[str, Any]]:
    """Return the forms that this viewer may fill in here, each folded up until it is wanted."""
    offered: list[tuple[str, Any, str, forms.Form]] = []
    if viewer.can(ADMINISTER_SYSTEM):
        offered += [
            ("facts", _("登记户数人数"), "facts", FactsForm(auto_id="f-%s")),
            ("zone", _("登记小区、安置点"), "zones", ZoneForm(auto_id="z-%s", choices=_within(place))),
        ]
        if place.level == Level.COMMUNITY:
            offered.append(("house", _("把楼栋划进网格"), "buildings", _house_form(place)))
    if viewer.can(Capability.APPOINT):
        parents = people.organisations_above(place)
        offered.append(
            (
                "organisation",
                _("登记组织"),
                "organisations",
                OrganisationForm(auto_id="o-%s", parents=parents),
            )
        )
    return [
        {"title": title, "url": url, "form": shown.get(name, form), "is_open": name in shown}
        for name, title, url, form in offered
    ]
