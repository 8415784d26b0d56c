"""The inbox of whoever is at the desk."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.addresses import asks_for
from linli.kernel.notices import queries, services
from linli.kernel.people.choices import ADMINISTER_SYSTEM


@require_safe
@asks_for("after")
def inbox(request: HttpRequest) -> HttpResponse:
    """List what was told to me and to my desks, newest first; ``?after=`` continues."""
    viewer, now = _viewer(request), timezone.now()
    notices = queries.inbox(recipients(viewer), _after(request), queries.PAGE + 1)
    may_revive = viewer.can(ADMINISTER_SYSTEM)
    context = {
        "items": [queries.reading(notice, now) for notice in notices[: queries.PAGE]],
        "pager": _pager(notices),
        "dead": queries.dead_letters() if may_revive else [],
        "may_revive": may_revive,
        "now": now,
    }
    return render(request, "notices/inbox.html", context)


@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark everything in my inbox as read."""
    services.mark_read(recipients=recipients(_viewer(request)), now=timezone.now())
    return redirect("notices:inbox")


@require_POST
def revive(request: HttpRequest, id: UUID) -> HttpResponse:
    """Send a dead letter again. For whom the site is theirs to keep running; others see nothing here."""
    if not _viewer(request).can(ADMINISTER_SYSTEM):
        raise Http404
    if not services.revive(ids=[id], now=timezone.now()):
        raise Http404
    return redirect("notices:inbox")


def recipients(viewer: Any) -> list[tuple[str, UUID]]:
    """Return me and each desk I sit at."""
    return [(viewer.actor.kind, viewer.actor.id), *(("desk", id) for id in sorted(viewer.desk_ids))]


def _viewer(request: HttpRequest) -> Any:
    viewer = getattr(request, "viewer", None)
    if viewer is None or viewer.actor.kind != "person":
        raise Http404
    return viewer


def _after(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET["after"]) if "after" in request.GET else None
    except ValueError as error:
        raise Http404 from error


def _pager(notices: list[Any]) -> dict[str, Any]:
    """One more than a page was asked for: only where it came is there a next page."""
    page = notices[: queries.PAGE]
    if len(notices) == len(page):
        return {"shown": len(page)}
    following = f"{reverse('notices:inbox')}?{urlencode({'after': page[-1].id})}"
    return {"shown": len(page), "next_url": following}
