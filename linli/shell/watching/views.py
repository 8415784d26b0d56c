"""``/health`` and ``/metrics``.

``/health`` answers 200 or 503 to anybody; what is wrong it tells only to machines next to the
site, to whoever has the token, and to system administrators. Neither ever holds a figure
or a name from the data.
"""

from __future__ import annotations

import threading
import time
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from linli.foundation import measures
from linli.shell.watching import asking, near
from linli.shell.watching.gathering import Stored
from linli.shell.watching.trouble import Found

_stored = CollectorRegistry()
_stored.register(Stored())
_lock = threading.Lock()
_kept: list[tuple[float, bytes]] = []


@never_cache
@login_not_required
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    found = asking.lately(timezone.now())
    is_red = any(one.is_grave for one in found)
    status = HTTPStatus.SERVICE_UNAVAILABLE if is_red else HTTPStatus.OK
    tells = near.may_hear(request) or (_answers(found) and near.administers(request))
    if request.get_preferred_type(["application/json", "text/html"]) == "text/html":
        context = {"is_red": is_red, "found": found if tells else [], "at": timezone.now()}
        return render(request, "watching/health.html", context, status=status)
    return JsonResponse(
        _told(found, is_red=is_red, tells=tells), status=status, json_dumps_params={"ensure_ascii": False}
    )


@never_cache
@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures, for Prometheus; for everybody else there is no such page."""
    if not near.may_hear(request):
        raise Http404
    own = generate_latest(measures.REGISTRY)
    return HttpResponse(own + _gathered(), content_type=CONTENT_TYPE_LATEST)


def _told(found: list[Found], *, is_red: bool, tells: bool) -> dict[str, object]:
    body: dict[str, object] = {"status": "failing" if is_red else "ok"}
    if tells:
        said = [(trouble.is_grave, str(trouble.sentence)) for one in found for trouble in one.troubles]
        body["failing"] = [sentence for is_grave, sentence in said if is_grave]
        body["warnings"] = [sentence for is_grave, sentence in said if not is_grave]
    return body


def _answers(found: list[Found]) -> bool:
    """Do the databases answer, so that one can ask who is looking?"""
    return not any(one.check.code == "databases" and one.is_grave for one in found)


def _gathered() -> bytes:
    with _lock:
        if _kept and 0 <= time.monotonic() - _kept[0][0] < settings.HEALTH_SECONDS:
            return _kept[0][1]
        text = generate_latest(_stored)
        _kept[:] = [(time.monotonic(), text)]
        return text
