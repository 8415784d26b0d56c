"""What a code reads as, asked of the modules that know it.

A word whose thing is gone is told in general terms: a notice is not lost over a name.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from linli.kernel.notices import registry
from linli.kernel.notices.queries.outgoing import SHANGHAI, path_of
from linli.kernel.people import queries as people
from linli.kernel.places import queries as places
from linli.kernel.rulebook import queries as rulebook


def place(value: str, _county: str, _now: datetime) -> str:
    found = places.at_building(UUID(value))  # no door stands in what a lock screen shows
    return found.name if found else _("所在地")


def desk(value: str, _county: str, _now: datetime) -> str:
    found = people.desks().get(UUID(value))
    return found.name if found else _("办理单位")


def category(value: str, county: str, now: datetime) -> str:
    on, path = now.astimezone(SHANGHAI).date(), path_of(county, now)
    found = (
        rulebook.categories(path, on).get(value) if rulebook.rule_or_none("categories", path, on) else None
    )
    return found.label if found else _("其他事项")


def moment(value: str, _county: str, _now: datetime) -> str:
    """An ISO time with its zone, as the reader's clock shows it."""
    local = datetime.fromisoformat(value).astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def register() -> None:
    for word in (place, desk, category):
        registry.register_word(word.__name__, word)
    for param in ("at", "due"):
        registry.register_word(param, moment)
