"""Is a restored folder a whole installation? Asked from inside it, by a process of its own.

What the pages would write (a session, a read entry) is taken back: nothing of the reading stays.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.core.management import call_command
from django.db import connections, transaction
from django.db.models import Max
from django.test import Client
from django.utils.translation import gettext_lazy as _

from linli.foundation import sqlite
from linli.foundation.errors import WrongState
from linli.kernel.cases import queries as cases
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries.codes import tracking_code
from linli.kernel.files import services as files
from linli.kernel.journal import verify
from linli.kernel.journal.models import Schedule
from linli.kernel.people import queries as people
from linli.kernel.people.models import Account, Post
from linli.kernel.places.models import Place
from linli.kernel.vault import services as vault

# Not /health: it tells of a site that runs, with workers and backups, and nothing of what was restored.
FIRST = ("/", "/report", "/find", "/sign-in", "/desk/sign-in")
DESK = ("/desk/", "/desk/cases", "/desk/map", "/desk/notices")
SOME = 5
# The checks that take longest begin first.
LONG = ("journal.chain", "figures", "vault.records", "figures.sums")

OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND usename IS NOT NULL AND application_name IS DISTINCT FROM current_setting('application_name')"
)
IN_USE = _("还有别的程序连着这个数据库。验证的应当是刚恢复出来、还没有人用的库：请先停下网站和后台程序。")
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


@contextmanager
def alone() -> Iterator[None]:
    """Let nobody else work on what was restored meanwhile; refuse where somebody does already."""
    if connections["default"].vendor == "sqlite":
        with sqlite.only_writer(Path(str(connections["default"].settings_dict["NAME"])).parent):
            yield
        return
    # Every connection that is opened from here on says so.
    os.environ["PGAPPNAME"] = f"linli prove {os.getpid()}"
    _hang_up()
    for alias in connections:
        with connections[alias].cursor() as cursor:
            cursor.execute(OTHERS)
            if cursor.fetchone()[0]:
                raise WrongState(IN_USE)
    yield


def as_of() -> datetime | None:
    """Of when is the data? Return the last time that a worker did anything in it."""
    last: datetime | None = Schedule.objects.aggregate(last=Max("ran_at"))["last"]
    return last


def prove(now: datetime, erased: int) -> Proof:
    """Verify all that is sealed, every file, and read pages as strangers, reporters and staff do."""
    verify.register("files.waiting", files.waiting)
    report = _verified()
    if not Path(str(settings.STATIC_ROOT), "staticfiles.json").exists():
        call_command("collectstatic", interactive=False, verbosity=0)
    pages = 0
    with _taken_back():
        for client, address, words in _journeys(now):
            pages += 1
            answer = client.get(address, secure=settings.SECURE_SSL_REDIRECT)
            if answer.status_code != HTTPStatus.OK or words not in answer.content.decode(errors="replace"):
                report.findings.append(verify.Finding("pages", NOT_READ, f"{answer.status_code} {address}"))
    return Proof(report.findings, report.counts, pages, erased)


def _verified() -> verify.Report:
    """Run every check, as many at once as there are cores, each in a process of its own.

    All see the same without a common snapshot: nobody writes to what was just restored.
    """
    _hang_up()
    whole = verify.Report()
    names = sorted(verify.CHECKS, key=lambda name: name not in LONG)
    with get_context("fork").Pool(maxtasksperchild=1) as pool:
        for report in pool.imap(_checked, names, chunksize=1):
            whole.findings += report.findings
            for what, number in report.counts.items():
                whole.count(what, number)
    return whole


def _checked(name: str) -> verify.Report:
    return verify.run([name])


def _hang_up() -> None:
    """No process goes on with another's connections."""
    for alias in connections:
        connections[alias].close()
        if connections[alias].vendor == "postgresql":
            connections[alias].close_pool()  # type: ignore[attr-defined]  # PostgreSQL's


@contextmanager
def _taken_back() -> Iterator[None]:
    with transaction.atomic(), transaction.atomic(using="keys"):
        yield
        for alias in connections:
            transaction.set_rollback(True, using=alias)


def _journeys(now: datetime) -> Iterator[tuple[Client, str, str]]:
    """Yield who goes where, and what must stand there."""
    stranger = _browser()
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


def _browser() -> Client:
    """Somebody who asks for this site by a name it answers to."""
    named = next((host.removeprefix(".") for host in settings.ALLOWED_HOSTS if host != "*"), "localhost")
    return Client(raise_request_exception=False, SERVER_NAME=named)


def _at_desks(now: datetime) -> list[Account]:
    """Some who sit at a desk, each in another role."""
    posts = Post.objects.filter(people.in_force(now), desk__isnull=False).order_by("id")
    by_role = {post.role: post.account for post in reversed(posts.select_related("account"))}
    return [by_role[role] for role in sorted(by_role)][:SOME]


def _signed_in(account: Account, now: datetime) -> Client:
    """Somebody signed in as the sign-in pages leave them; the session goes with the rest."""
    client = _browser()
    client.force_login(account)
    session, moment = client.session, int(now.timestamp())
    session["began"] = session["seen"] = moment
    passed = [{"method": name, "at": moment} for name in ("password", "mfa")]
    session[AUTHENTICATION_METHODS_SESSION_KEY] = passed
    session["account_authentication_methods_user"] = str(account.pk)
    session.save()
    return client
