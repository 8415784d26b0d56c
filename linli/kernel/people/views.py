"""The page of posts: who sits where, appointed and ended by whom may."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from linli.foundation.addresses import asks_for
from linli.foundation.errors import Absent, DomainError
from linli.foundation.paths import ROOT
from linli.kernel.people import queries, services
from linli.kernel.people.choices import CONFIRM_GRANT
from linli.kernel.people.forms import AccountForm, AppointForm, ReplaceForm
from linli.kernel.people.models import Post
from linli.kernel.people.queries import Viewer
from linli.kernel.rulebook.choices import Capability


@require_GET
@asks_for("after")
def people(request: HttpRequest) -> HttpResponse:
    """List the posts on my ground."""
    return _list(request)


@never_cache
@require_POST
def add_account(request: HttpRequest) -> HttpResponse:
    """Open an account and show its invitation code, once."""
    viewer, now = _viewer(request), timezone.now()
    form = AccountForm(request.POST)
    made: dict[str, Any] = {}

    def act(data: dict[str, Any]) -> None:
        made["account"] = services.add_staff(**data, by=viewer.actor, now=now)
        made["code"] = services.invite(account_id=made["account"].id, by=viewer.actor, now=now)

    if _done(form, act):
        return render(request, "people/invitation.html", made)
    return _list(request, account_form=form)


@require_POST
def appoint(request: HttpRequest) -> HttpResponse:
    viewer = _viewer(request)
    form = _appoint_form(viewer, request.POST)

    def act(data: dict[str, Any]) -> None:
        services.appoint(
            account_id=data["account"].id,
            role_code=data["role"],
            desk_id=data["desk"].id if data["desk"] else None,
            title=data["title"],
            starts_on=data["starts_on"],
            ends_on=data["ends_on"],
            basis=data["basis"],
            by=viewer.actor,
            now=timezone.now(),
        )

    return redirect("people") if _done(form, act) else _list(request, appoint_form=form)


@require_POST
def confirm_post(request: HttpRequest, post_id: UUID) -> HttpResponse:
    _visible(request, post_id)
    services.confirm_post(post_id=post_id, by=_viewer(request).actor, now=timezone.now())
    return redirect("people")


@require_POST
def end_post(request: HttpRequest, post_id: UUID) -> HttpResponse:
    _visible(request, post_id)
    services.end_post(post_id=post_id, by=_viewer(request).actor, now=timezone.now())
    return redirect("people")


@never_cache
def replace_holder(request: HttpRequest, post_id: UUID) -> HttpResponse:
    """A small page: who takes over. The desk's work stays where it is."""
    post = _visible(request, post_id)
    form = ReplaceForm(request.POST or None)

    def act(data: dict[str, Any]) -> None:
        services.replace_holder(
            post_id=post_id,
            account_id=data["account"].id,
            basis=data["basis"],
            by=_viewer(request).actor,
            now=timezone.now(),
        )

    if request.method == "POST" and _done(form, act):
        return redirect("people")
    return render(request, "people/replace.html", {"post": post, "form": form}, status=_status(form))


def _list(request: HttpRequest, **forms_shown: forms.Form) -> HttpResponse:
    viewer, now, after = _viewer(request), timezone.now(), _after(request)
    page = queries.posts_under(viewer, now, after=after)
    may_appoint = viewer.can(Capability.APPOINT)
    context: dict[str, Any] = {
        "posts": page.posts,
        "vacant": queries.vacant_under(viewer, now) if may_appoint and after is None else (),
        "after": page.after,
        "may_appoint": may_appoint,
        "me": viewer.actor.id,
    }
    if may_appoint:
        context |= {"account_form": AccountForm(), "appoint_form": _appoint_form(viewer)}
    status = max((_status(form) for form in forms_shown.values()), default=HTTPStatus.OK)
    return render(request, "people/people.html", context | forms_shown, status=status)


def _appoint_form(viewer: Viewer, data: Any = None) -> AppointForm:
    grounds = viewer.grounds(Capability.APPOINT)
    day = queries.shanghai_day(timezone.now())
    return AppointForm(
        data,
        roles=queries.roles(on=day, path=grounds[0] if grounds else ROOT),
        desks=queries.desks_under(viewer),
        everywhere=ROOT in grounds,
    )


def _viewer(request: HttpRequest) -> Viewer:
    """Return who looks, or answer that there is no such page to somebody it is not for."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    if not (viewer.can(Capability.APPOINT) or viewer.can(CONFIRM_GRANT)):
        raise Absent(_("没有这个页面。"))
    return viewer


def _visible(request: HttpRequest, post_id: UUID) -> Post:
    found = queries.post_under(_viewer(request), timezone.now(), post_id)
    if found is None:
        raise Absent(_("没有这个岗位。"))
    return found


def _after(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET["after"])
    except (KeyError, ValueError):
        return None


def _done(form: forms.Form, act: Callable[[dict[str, Any]], None]) -> bool:
    """Do it with what the form holds; a refusal becomes the form's error."""
    if not form.is_valid():
        return False
    try:
        act(form.cleaned_data)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
    return form.is_valid()


def _status(form: forms.Form) -> int:
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound and form.errors else HTTPStatus.OK
