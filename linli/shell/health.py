"""``/health``: can this installation take a report now, and what should its administrator know?

For machines and for people, without any figure or name from the data. A check returns
sentences: ``failing`` ones turn the answer to 503, ``warnings`` do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http import HTTPStatus

import structlog
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linli.foundation import sqlite
from linli.shell.backup import standing

Check = Callable[[], Iterator[str]]
FAILING: list[Check] = []
WARNINGS: list[Check] = []
log = structlog.get_logger("linli.health")


@never_cache
@login_not_required
@require_safe
def health(_request: HttpRequest) -> HttpResponse:
    failing = [sentence for check in FAILING for sentence in check()]
    warnings = [sentence for check in WARNINGS for sentence in check()] if not failing else []
    return JsonResponse(
        {"status": "failing" if failing else "ok", "failing": failing, "warnings": warnings},
        status=HTTPStatus.SERVICE_UNAVAILABLE if failing else HTTPStatus.OK,
        json_dumps_params={"ensure_ascii": False},
    )


def _databases() -> Iterator[str]:
    """Ask each database for something, and read back how SQLite was opened."""
    for alias in connections:
        try:
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT 1")
            wrong = sqlite.problems(connections[alias])
        except DatabaseError as error:
            log.error("database", alias=alias, kind=type(error).__name__)
            yield _("数据库 %(alias)s 没有应答。") % {"alias": alias}
        else:
            yield from wrong


def _backups() -> Iterator[str]:
    """A backup that was never restored is a hope: an installation that has some must prove one each day."""
    yield from standing.problems(timezone.now())


def _libraries() -> Iterator[str]:
    yield from sqlite.warnings()


FAILING.append(_databases)
FAILING.append(_backups)
WARNINGS.append(_libraries)
