"""How and when things are said: the rule set "notices", nearest to the county, or what the apps registered."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from linli.kernel.notices import registry
from linli.kernel.notices.registry import Wording
from linli.kernel.places import queries as places
from linli.kernel.rulebook import queries as rulebook

KEY = "notices"
SHANGHAI = ZoneInfo("Asia/Shanghai")
# Where no rule set is loaded. Both are Shanghai's time.
QUIET_FROM = time(22)
QUIET_UNTIL = time(7)
# A wording that somebody took out of the rules must not cost the notice.
UNNAMED = Wording(title=_("通知"), text=_("您有一条新消息，请打开查看。"))


def path_of(county: str, now: datetime) -> str:
    """Return the path of a county by its code, "" where there is none."""
    place = places.by_code(county, now.astimezone(SHANGHAI).date()) if county else None
    return place.path if place else ""


def wording(template: str, county: str, now: datetime) -> Wording:
    """Return how a template is said in a county."""
    rule = rulebook.rule_or_none(KEY, path_of(county, now), now.astimezone(SHANGHAI).date())
    row = rule.data["templates"].get(template) if rule else None
    if row is None:
        return registry.wording(template) or UNNAMED
    return Wording(row["title"], row["text"], tuple(row["channels"]), row.get("urgent", False))


def quiet_until(county: str, now: datetime) -> datetime | None:
    """Return when the quiet hours around ``now`` end, None outside them. Equal ends mean none."""
    local = now.astimezone(SHANGHAI)
    starts, ends = _quiet_hours(county, now)
    if not _is_quiet(local.time(), starts, ends):
        return None
    end = datetime.combine(local.date(), ends, SHANGHAI)
    return end if end > local else end + timedelta(days=1)


def _quiet_hours(county: str, now: datetime) -> tuple[time, time]:
    rule = rulebook.rule_or_none(KEY, path_of(county, now), now.astimezone(SHANGHAI).date())
    if rule is None:
        return QUIET_FROM, QUIET_UNTIL
    quiet = rule.data["quiet"]
    return time.fromisoformat(quiet["starts"]), time.fromisoformat(quiet["ends"])


def _is_quiet(clock: time, starts: time, ends: time) -> bool:
    if starts <= ends:
        return starts <= clock < ends
    return clock >= starts or clock < ends
