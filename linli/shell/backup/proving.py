"""Is a restored folder a whole installation? Asked from inside it, by a process of its own.

What the pages would write (a session, a read entry) is taken back: nothing of the reading stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.core.management import call_command
from django.db import connections, transaction
from django.test import Client
from django.utils.translation import gettext_lazy as _

from linli.kernel.cases import queries as cases
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries.codes import tracking_code
from linli.kernel.files import services as files
from linli.kernel.journal import verify
from linli.kernel.people import queries as people
from linli.kernel.people.models import Account, Post
from linli.kernel.places.models import Place
from linli.kernel.vault import services as vault

FIRST = ("/", "/report", "/find", "/sign-in", "/desk/sign-in", "/health")
DESK = ("/desk/", "/desk/cases", "/desk/map", "/desk/notices")
SOME = 5

NOT_READ = _("恢复出来的网站有一个页面打不开。")


class Proof(NamedTuple):
    """What was found, what was counted, how many pages were read, how many values stayed erased."""

    findings: list[verify.Finding]
    counts: dict[str, int]
    pages: int
    erased: int


def settle(now: datetime) -> int:
    """Bring a restored folder to this release, and leave erased what was erased since; return how many."""
    for alias in connections:
        call_command("migrate", database=alias, interactive=False, verbosity=0)
    return vault.erase_keyless(now)


def prove(now: datetime, erased: int) -> Proof:
    """Verify all that is sealed, every file, and read pages as strangers, reporters and staff do."""
    verify.register("files.waiting", files.waiting)
    report = verify.run()
    if not Path(str(settings.STATIC_ROOT), "staticfiles.json").exists():
        call_command("collectstatic", interactive=False, verbosity=0)
    pages = 0
    with _taken_back():
        for client, address, words in _journeys(now):
            pages += 1
            answer = client.get(address)
            if answer.status_code != HTTPStatus.OK or words not in answer.content.decode(errors="replace"):
                report.findings.append(verify.Finding("pages", NOT_READ, f"{answer.status_code} {address}"))
    return Proof(report.findings, report.counts, pages, erased)


@contextmanager
def _taken_back() -> Iterator[None]:
    with transaction.atomic(), transaction.atomic(using="keys"):
        yield
        for alias in connections:
            transaction.set_rollback(True, using=alias)


def _journeys(now: datetime) -> Iterator[tuple[Client, str, str]]:
    """Yield who goes where, and what must stand there."""
    stranger = Client(raise_request_exception=False, SERVER_NAME="localhost")
    for address in FIRST:
        yield stranger, address, ""
    for place in Place.objects.filter(level__in=("grid", "building")).order_by("-id")[:SOME]:
        yield stranger, f"/p/{place.pk}", place.name
    for case in Case.objects.order_by("-id")[:SOME]:
        code = tracking_code(case.pk)
        yield stranger, f"/t/{code}", code
    for account in _at_desks(now):
        client = _signed_in(account, now)
        for address in DESK:
            yield client, address, ""
        for case in list(cases.visible_to(people.viewer_of(account, now)).order_by("-id")[:1]):
            yield client, f"/desk/cases/{case.pk}", case.number


def _at_desks(now: datetime) -> list[Account]:
    """Some who sit at a desk, each in another role."""
    posts = Post.objects.filter(people.in_force(now), desk__isnull=False).order_by("id")
    by_role = {post.role: post.account for post in reversed(posts.select_related("account"))}
    return [by_role[role] for role in sorted(by_role)][:SOME]


def _signed_in(account: Account, now: datetime) -> Client:
    """Somebody signed in as the sign-in pages leave them; the session goes with the rest."""
    client = Client(raise_request_exception=False, SERVER_NAME="localhost")
    client.force_login(account)
    session, moment = client.session, int(now.timestamp())
    session["began"] = session["seen"] = moment
    passed = [{"method": name, "at": moment} for name in ("password", "mfa")]
    session[AUTHENTICATION_METHODS_SESSION_KEY] = passed
    session["account_authentication_methods_user"] = str(account.pk)
    session.save()
    return client
