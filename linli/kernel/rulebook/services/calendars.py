"""Publishing a year's working days, once the State Council has."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation.errors import InvalidInput
from linli.foundation.rules import Actor
from linli.kernel.rulebook.choices import Origin
from linli.kernel.rulebook.models import RuleSet
from linli.kernel.rulebook.services import versions

FEWEST, MOST = 230, 262  # working days of a year; those from 2004 to 2026 had 248 to 252


@transaction.atomic
def publish_calendar(*, year: int, days: Iterable[date], source: str, by: Actor, now: datetime) -> RuleSet:
    """Publish all working days of ``year``, make-up days (调休) among them.

    ``source`` names the State Council's notice. Those registered with ``on_published``
    are called in the same transaction, also when a published year is corrected.
    """
    versions.ask("publish", by, "", now)
    working = frozenset(days)
    _refuse_strange(year, working)
    versions.lock()
    rule = versions.draft(
        key=f"calendar.{year}",
        place=None,
        valid_from=date(year, 1, 1),
        valid_to=None,
        data=as_data(year, working),
        basis=source,
    )
    rule.origin, rule.made_by = Origin.PUBLISHED, by.id
    return versions.write(rule=rule, actor=by, name="rulebook.publish_calendar", now=now)


def as_data(year: int, working: frozenset[date]) -> dict[str, dict[str, str]]:
    """Write the working days as what differs from Monday to Friday."""
    off: dict[str, str] = {}
    work: dict[str, str] = {}
    day = date(year, 1, 1)
    while day.year == year:
        if day.isoweekday() <= 5 and day not in working:
            off[day.isoformat()] = "放假"
        elif day.isoweekday() > 5 and day in working:
            work[day.isoformat()] = "调休上班"
        day += timedelta(days=1)
    return {"off": off, "work": work}


def _refuse_strange(year: int, working: frozenset[date]) -> None:
    if any(day.year != year for day in working):
        raise InvalidInput(_("工作日都要在%(year)d年之内。") % {"year": year}, field="days")
    if not FEWEST <= len(working) <= MOST:
        found = {"count": len(working), "fewest": FEWEST, "most": MOST}
        message = _("这份日历有%(count)d个工作日，一年应当在%(fewest)d到%(most)d个之间，请核对国务院通知。")
        raise InvalidInput(message % found, field="days")
