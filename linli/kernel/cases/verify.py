"""The part of cases in ``linli verify``: what is open lies on a desk that is there, and the guards stand."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from linli.foundation import triggers
from linli.kernel.cases.models import Case
from linli.kernel.journal.verify import Finding, Report
from linli.kernel.people.models import Desk

NAME = "cases.holders"
GUARDS = ("state_by_event", "keeps_rules", "on_an_open_desk", "no_delete")
WITH_NOBODY = _("一件没办结的事不在任何岗台手上。")
UNGUARDED = _("诉求的表少了一道数据库自己的防护。")


def holders(report: Report) -> Iterator[Finding]:
    """Every open case lies on an open desk, and the database refuses what would part the two."""
    there = Desk.objects.filter(pk=OuterRef("holder_id"), closed_at__isnull=True)
    rows = Case.objects.filter(closed_at=None)
    report.count("open cases", rows.count())
    for number in rows.filter(~Exists(there)).order_by("pk").values_list("number", flat=True)[:10]:
        yield Finding(NAME, WITH_NOBODY, number)
    table = Case._meta.db_table  # noqa: SLF001 -- Django's public model API
    wanted = [f"{table}_{guard}" for guard in GUARDS]
    for name in triggers.missing(connection, table, wanted):
        yield Finding(NAME, UNGUARDED, name)
