"""Serve a re-encoded picture to those who may see what it belongs to."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from linli.foundation import limits
from linli.kernel.files import access, queries
from linli.kernel.files.choices import State
from linli.kernel.files.models import Attachment
from linli.kernel.files.services import store

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
}


@login_not_required  # the subject's owner decides, also for a tracking code
@require_safe
def picture(request: HttpRequest, id: UUID, size: str) -> FileResponse:
    """Answer with one size. What is quarantined, refused, deleted or not theirs is absent (404)."""
    found = queries.standing(id)
    if found is None or found.state != State.READY or size not in found.outputs:
        raise Http404
    if not _may_see(request, found):
        raise Http404
    try:
        content = store.storage().open(store.served(found.id, size))
    except FileNotFoundError as error:
        raise Http404 from error
    return FileResponse(
        content, content_type="image/webp", filename=f"{found.id}-{size}.webp", headers=HEADERS
    )


def _may_see(request: HttpRequest, found: Attachment) -> bool:
    """Ask the owner of the subject, once for the viewer and once for a tracking code (``?code=``)."""
    if found.subject_id is None:
        return False
    viewer, code = getattr(request, "viewer", None), request.GET.get("code", "")
    if viewer and access.allows(viewer, found.subject_kind, found.subject_id):
        return True
    if not code:
        return False
    limits.check_guesses(request)  # a code is a code, at whichever door it is tried
    if access.allows(code, found.subject_kind, found.subject_id):
        return True
    limits.guessed_wrong(request)
    return False
