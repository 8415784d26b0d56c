"""A small installation, made through the services: run on ``LINLI_DATA``, as a program of its own.

``python -m tests.shell.backup.filling fill 30`` · ``… erase``
"""

from __future__ import annotations

import io
import sys
from datetime import datetime, timedelta
from typing import Any

import django

if __name__ == "__main__":
    django.setup()

from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from linli.foundation.rules import ANYONE, IMPORT, Moment
from linli.kernel.cases import services as cases
from linli.kernel.cases.models import Case
from linli.kernel.files import services as files
from linli.kernel.journal import jobs
from linli.kernel.people import queries as people
from linli.kernel.places import services as places
from linli.kernel.rulebook import services as rulebook
from linli.kernel.vault import services as vault
from tests.kernel.files.corpus import photo, saved
from tests.kernel.people.builders import a_desk, a_holder, an_administrator

CANARY = "金丝雀在三栋二单元楼道里"
PHONE = "13812345678"
LEVELS = (
    ("province", "贵州省", "520000000000"),
    ("city", "某市州", ""),
    ("county", "碧江区", "520602000000"),
    ("street", "试点街道", ""),
    ("community", "试点社区", ""),
    ("grid", "第一网格", ""),
)
ROLES = {
    "grid": "grid_worker",
    "community": "community_clerk",
    "street": "street_dispatcher",
    "county": "county_dispatcher",
}


def fill(number: int) -> None:
    """``number`` reports of two days ago, every third with a photo; the last one still in quarantine."""
    now = timezone.now()
    then = now - timedelta(days=2)
    for alias in connections:
        call_command("migrate", database=alias, interactive=False, verbosity=0)
    building, _desks = neighbourhood(then)
    for one in range(number):
        _report(building.pk, one, then)
    jobs.run_due(then + timedelta(hours=1), strict=True)
    while files.process(
        then + timedelta(hours=1)
    ):  # one run ends after some seconds: on a busy machine before all are done
        continue
    jobs.run_due(now, strict=True)
    _report(building.pk, 0, now)


def erase() -> None:
    """Erase what the oldest report says, as a person may ask."""
    case = Case.objects.order_by("id")[0]
    vault.erase(subject_kind=cases.SUBJECT, subject_id=case.pk)


def neighbourhood(now: datetime) -> tuple[Any, dict[str, Any]]:
    """Lay out a county by the services alone; return a building and the desks by level."""
    rulebook.load_catalog(now=now)
    parent, desks = None, {}
    for level, name, code in LEVELS:
        known = {"scheme": "stat", "code": code} if code else {}
        parent = places.add_place(
            level=level, name=name, parent_id=parent.pk if parent else None, now=now, actor=IMPORT, **known
        )
        if level in ROLES:
            desks[level] = a_desk(parent, level, now)
            account = a_holder(desks[level], ROLES[level], now)
            assert people.viewer_of(account, now).posts
    an_administrator("system_admin", now)
    building = places.add_place(level="building", name="三栋", parent_id=parent.pk, now=now, actor=IMPORT)
    return building, desks


def _report(place: Any, number: int, now: datetime) -> None:
    entry = {"place": str(place), "text": f"{CANARY}，第{number}次。", "contact_phone": PHONE}
    if number % 3 == 0:
        content = io.BytesIO(saved(photo(320, 240, seed=number + 1)))
        entry["photos"] = [str(files.receive(content, actor=ANYONE, now=now).pk)]
    cases.open_case(flow="request", data=entry, moment=Moment(ANYONE, None, now))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["fill", number]:
            fill(int(number))
        case ["erase"]:
            erase()
