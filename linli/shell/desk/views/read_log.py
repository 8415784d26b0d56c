"""The log of reading by its term: one administrator proposes that a month goes, another approves."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.errors import DomainError
from linli.kernel.people import queries as people
from linli.kernel.people.queries import Viewer
from linli.kernel.people.rules import may_answer_purges, may_propose_purges
from linli.kernel.vault import queries as vault
from linli.kernel.vault import services
from linli.kernel.vault.choices import Removal
from linli.kernel.vault.models import Purge

PAGE, THERE = "desk/read_log.html", "/desk/reading/log"
SHOWN = 60  # five years of months


@require_safe
def read_log(request: HttpRequest) -> HttpResponse:
    return _show(request)


@require_POST
def propose(request: HttpRequest) -> HttpResponse:
    """Export the oldest month that is past its term, and propose to remove it."""
    viewer = _admitted(request)
    try:
        services.propose_purge(actor=viewer.actor, now=timezone.now())
    except DomainError as refusal:
        return _show(request, refusal=refusal, status=refusal.status)
    return redirect(THERE)


@require_POST
def answer(request: HttpRequest, purge_id: UUID, step: str) -> HttpResponse:
    """Approve or refuse what another administrator proposed."""
    viewer = _admitted(request)
    if step not in services.PURGE_ANSWERS:
        raise Http404
    try:
        services.answer_purge(purge_id=purge_id, step=step, actor=viewer.actor, now=timezone.now())
    except DomainError as refusal:
        return _show(request, refusal=refusal, status=refusal.status)
    return redirect(THERE)


def _admitted(request: HttpRequest) -> Viewer:
    """Return who looks; for whom neither proposes nor approves, the page is not there."""
    viewer = people.looking(request)
    if not (may_propose_purges(viewer.posts) or may_answer_purges(viewer.posts)):
        raise Http404
    return viewer


def _show(request: HttpRequest, *, refusal: Any = None, status: int = HTTPStatus.OK) -> HttpResponse:
    viewer, now = _admitted(request), timezone.now()
    lines = [_line(purge) for purge in vault.purges()[:SHOWN]]
    waiting = [one for one in lines if one["waits"]]
    context = {
        "months": settings.READ_LOG_MONTHS,
        "due": None if waiting else _due(now),
        "proposes": may_propose_purges(viewer.posts),
        "answers": may_answer_purges(viewer.posts),
        "waiting": waiting,
        "past": [one for one in lines if not one["waits"]],
        "refusal": str(refusal.message) if refusal else "",
        "now": now,
    }
    return render(request, PAGE, context, status=status)


def _due(now: datetime) -> dict[str, Any] | None:
    found = vault.next_segment(now)
    return found and {"month": found.month, "count": found.last - found.first + 1}


def _line(purge: Purge) -> dict[str, Any]:
    return {
        "id": purge.pk,
        "month": purge.month,
        "first": purge.from_position,
        "last": purge.to_position,
        "count": purge.count,
        "state": Removal(purge.state).label,
        "waits": purge.state == Removal.PROPOSED,
        "at": purge.decided_at or purge.proposed_at,
        "file": purge.file_name,
        "sha256": bytes(purge.sha256).hex(),
    }
