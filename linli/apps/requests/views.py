"""The resident's pages: say it, look it up, judge it. No account needed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.apps.requests import adapters as tracking
from linli.apps.requests import forms
from linli.apps.requests.queries import catalogue_at, is_protected, place_told
from linli.foundation import limits
from linli.foundation.errors import DomainError
from linli.foundation.forms import posted
from linli.foundation.rules import ANYONE, Moment
from linli.foundation.web import answer, refusal_page, when_again
from linli.foundation.worktime import SHANGHAI
from linli.kernel.cases import adapters, services
from linli.kernel.cases import queries as cases
from linli.kernel.cases.choices import ON_BEHALF, Channel
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import showing
from linli.kernel.cases.services import Opened
from linli.kernel.files.services import qr_svg
from linli.kernel.people import queries as people
from linli.kernel.places import queries as places
from linli.kernel.places.choices import Level
from linli.kernel.rulebook import queries as rulebook

NOT_FOR_OTHERS = _("您的岗位不能替居民登记，请用居民页面反映。")
MOST_PLACES = 12
WHERE = ("place", "lon", "lat")


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """Photo, words, place, send. A resend with the same key is the same case."""
    return _report(request)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def report_urgent(request: HttpRequest) -> HttpResponse:
    """The same for what cannot wait; its address is let in where the other is full (config/lanes.py)."""
    return _report(request, urgent=True)


def _report(request: HttpRequest, *, urgent: bool = False) -> HttpResponse:
    if request.method != "POST":
        return _page(request, empty_form(request, _channel(request)), urgent=urgent)
    try:
        limits.count(request, "report")
        opened = raise_from(request, moment_of(request), channel=_channel(request), urgent=urgent)
    except DomainError as refusal:
        return _page(request, form_of(refusal, request), refusal, urgent=urgent)
    then = reverse("requests:sent", args=[opened.code]) + ("?again=1" if opened.again else "")
    return answer(request, {}, fragment="", page="", then=then)


def raise_from(request: HttpRequest, moment: Moment, *, channel: str, urgent: bool = False) -> Opened:
    """Raise a request from what a page sent."""
    photos = adapters.received(request, moment, forms.RaiseForm)
    data = {**posted(forms.RaiseForm, request.POST, photos), "channel": channel}
    key = request.POST.get("key", "")
    return services.open_case(flow="request", data=data, moment=moment, key=key, urgent=urgent)


def moment_of(request: HttpRequest) -> Moment:
    viewer: Any = getattr(request, "viewer", None)
    now = timezone.now()
    return viewer.moment(None, now) if viewer else Moment(ANYONE, None, now)


def empty_form(request: HttpRequest, channel: str) -> forms.RaiseForm:
    """The form with the place of the QR code, if one was scanned."""
    form = forms.RaiseForm(None, case=None, moment=moment_of(request))
    place = _place(request.GET.get("place", ""))
    form.initial = {"channel": channel, "place": str(place.id) if place else None}
    return form


def form_of(refusal: DomainError, request: HttpRequest) -> Any:
    """The form with what was typed and what is wrong with it."""
    form = getattr(refusal, "form", None)
    if form is None:
        form = forms.RaiseForm(
            posted(forms.RaiseForm, request.POST, []), case=None, moment=moment_of(request)
        )
        form.is_valid()
        if refusal.field in form.fields:
            form.add_error(refusal.field, refusal.message)
    return form


def _page(
    request: HttpRequest, form: Any, refusal: DomainError | None = None, *, urgent: bool = False
) -> HttpResponse:
    status = refusal.status if refusal else HTTPStatus.OK
    context = {**report_context(request, form, refusal), "urgent": urgent}
    page = render(request, "requests/report.html", context, status=status)
    return when_again(page, refusal)


def report_context(request: HttpRequest, form: Any, refusal: DomainError | None) -> dict[str, Any]:
    place = _where({name: form[name].value() for name in WHERE})
    suggested, protected = _suggested(str(form["text"].value() or ""), place)
    desk = _desk(place)
    return {
        "form": form,
        "place_label": place.full_name if place else "",
        "places": _near(place),
        "categories": _categories(place),
        "suggested": suggested,
        "protected": protected,
        "desk": {"name": desk.name, "phone": desk.phone} if desk and desk.phone else None,
        "key": _key(request),
        "refusal": _said_of_the_whole(refusal, form),
    }


def _key(request: HttpRequest) -> str:
    """The key that the page came with, so that a resend is one; a new one where it had none that would do."""
    key = request.POST.get("key", "")
    least, most = services.KEY_LENGTH
    return key if least <= len(key) <= most else secrets.token_urlsafe(24)


def _said_of_the_whole(refusal: DomainError | None, form: Any) -> str:
    """A refusal that is about no field stands above the form; too fast, whatever else is wrong in it."""
    if refusal is None:
        return ""
    too_fast = isinstance(refusal, limits.TooMany) and not refusal.field
    return str(refusal.message) if too_fast or not form.errors else ""


@login_not_required
@require_POST
def suggest(request: HttpRequest) -> HttpResponse:
    """What the words seem to be about, while they are typed."""
    try:
        limits.count(request, "look_up")
    except limits.TooMany as refusal:
        said = refusal_page(request, refusal)
        said["HX-Reswap"] = "none"  # nobody who is writing is interrupted
        return said
    place = _where(request.POST)
    suggested, protected = _suggested(request.POST.get("text", "")[:1000], place)
    form = empty_form(request, Channel.WEB)
    context = {"form": form, "categories": _categories(place), "suggested": suggested, "protected": protected}
    return render(request, "requests/_suggested.html", context)


@login_not_required
@require_safe
def find_place(request: HttpRequest) -> HttpResponse:
    """Places by name, alias or initials; or the one under a point."""
    limits.count(request, "look_up")
    query = request.GET.get("q", "").strip()[:40]
    found = [_label(place) for place in places.search(query)[:MOST_PLACES]] if query else _here(request)
    if getattr(request, "htmx", False):
        return render(request, "requests/_places.html", {"q": query, "here": not query, "places": found})
    return render(request, "requests/places.html", {"q": query, "places": found})


@login_not_required
@never_cache
@require_safe
def sent(request: HttpRequest, code: str) -> HttpResponse:
    """The tracking code, to keep."""
    case = _case(request, code)
    track_url = reverse("requests:track", args=[code])
    context = {
        "code": code,
        "track_url": track_url,
        "qr": qr_svg(request.build_absolute_uri(track_url)),
        "title": showing.title_of(case),
        "place_name": showing.full_place_name(case),
        "next_steps": tracking.next_steps(case),
        "accept_due": case.due_at,
        "again": "again" in request.GET,
        "protected": is_protected(case),
        "for_somebody": case.channel in ON_BEHALF,
        "now": timezone.now(),
    }
    return _quiet(render(request, "requests/sent.html", context))


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Look a case up by its tracking code."""
    code = (request.POST.get("code") or request.GET.get("code") or "").strip()[:40]
    if code and _by_code(request, code):
        return redirect("requests:track", code=code.upper())
    refusal = str(_("没有这个查询码，请对一对再输一次。")) if code else ""
    status = HTTPStatus.NOT_FOUND if code else HTTPStatus.OK
    return render(request, "requests/find.html", {"code": code, "refusal": refusal}, status=status)


@login_not_required
@never_cache
@require_safe
def track(request: HttpRequest, code: str) -> HttpResponse:
    """Who holds it, since when, what comes next: without an account."""
    limits.count(request, "track")
    case = _case(request, code)
    context = tracking.track_context(case, code, timezone.now(), people.with_code(request, case.pk))
    return _quiet(render(request, "requests/track.html", context))


@csrf_exempt  # the code in the address is the authority, no cookie is; and no-referrer makes browsers hide their origin
@login_not_required
@never_cache
@require_POST
def take(request: HttpRequest, code: str, step: str) -> HttpResponse:
    """Rate, contest, supplement, withdraw, reopen: what the reporter may do."""
    case = _case(request, code)
    now, bearer = timezone.now(), people.with_code(request, case.pk)
    refusal, bound = None, None
    try:
        limits.count(request, "act")
        case = adapters.take(request, case, step, bearer.moment(case, now))
    except DomainError as refused:
        refusal, bound = refused, getattr(refused, "form", None)
        if bound is not None:
            bound.step_name = step
        case = cases.by_code(code) or case
    context = tracking.track_context(case, code, now, bearer, refusal=refusal, bound=bound)
    status = refusal.status if refusal else HTTPStatus.OK
    then = reverse("requests:track", args=[code])
    page = answer(
        request,
        context,
        fragment="requests/_track.html",
        page="requests/track.html",
        then=then,
        status=status,
    )
    return _quiet(when_again(page, refusal))


def _case(request: HttpRequest, code: str) -> Case:
    case = _by_code(request, code)
    if case is None:
        raise Http404
    return case


def _by_code(request: HttpRequest, code: str) -> Case | None:
    """Find the case of a code, unless whoever asks has tried too many that are none."""
    limits.check_guesses(request)
    case = cases.by_code(code)
    if case is None:
        limits.guessed_wrong(request)
    return case


def _quiet(response: HttpResponse) -> HttpResponse:
    """A page whose address is a secret: nobody is told where the reader comes from."""
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def _channel(request: HttpRequest) -> str:
    given = request.POST.get("channel") or request.GET.get("channel") or ""
    return Channel.QR if given == Channel.QR else Channel.WEB


def _place(text: str) -> places.PlaceRef | None:
    try:
        return places.get(UUID(text))
    except ValueError:
        return None


def _where(sent: Mapping[str, Any]) -> places.PlaceRef | None:
    """The place that a page sent, else the one under its point; what cannot be read is nowhere."""
    found: dict[str, Any] = {}
    for name in WHERE:
        try:
            found[name] = forms.RaiseForm.base_fields[name].clean(sent.get(name))
        except ValidationError:
            found[name] = None
    return place_told(found["place"], found["lon"], found["lat"], _today())


def _catalogue(place: places.PlaceRef | None) -> rulebook.Catalogue:
    return catalogue_at(place, _today())


def _today() -> date:
    return timezone.now().astimezone(SHANGHAI).date()


def _categories(place: places.PlaceRef | None) -> list[dict[str, Any]]:
    """What can be chosen; protected matters are not on the list, the words find them."""
    return [
        {"code": leaf.code, "label": leaf.label} for leaf in _catalogue(place).leaves() if not leaf.protected
    ]


def _suggested(text: str, place: places.PlaceRef | None) -> tuple[dict[str, Any] | None, bool]:
    catalogue = _catalogue(place)
    codes = catalogue.suggest(text, 1)
    if not codes:
        return None, False
    category = catalogue[codes[0]]
    return {"code": category.code, "label": category.label}, category.protected


def _desk(place: places.PlaceRef | None) -> Any:
    if place is None:
        return None
    return people.desks().nearest("community", places.chain(place.id, timezone.now().date()))


def _near(place: places.PlaceRef | None) -> list[dict[str, Any]]:
    """What lies beside and under the place in hand, so that a scan needs no search."""
    if place is None:
        return []
    below = [child for child in places.children(place.id) if child.level != Level.HOUSEHOLD]
    return [_label(child) for child in below[:MOST_PLACES]]


def _here(request: HttpRequest) -> list[dict[str, Any]]:
    try:
        lon, lat = float(request.GET["lon"]), float(request.GET["lat"])
    except (KeyError, ValueError):
        return []
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):  # nor what is no number
        return []
    place = places.locate(lon, lat)
    return [_label(place)] if place else []


def _label(place: places.PlaceRef) -> dict[str, Any]:
    return {"id": str(place.id), "full_name": place.full_name}
