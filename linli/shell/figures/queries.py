"""What the overview shows of one place in one period, as plain values for its template.

Everything is read from the rollups; cases are asked for only as rows to link to, and
only those the viewer may see. The number of queries does not depend on how much there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.foundation import paths
from linli.foundation.templatetags.ui import NOTHING, figure, when
from linli.kernel.cases import queries as cases
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import showing
from linli.kernel.figures import queries as figures
from linli.kernel.figures import registry
from linli.kernel.figures.queries import Amount, Days
from linli.kernel.people.queries import Viewer
from linli.kernel.places import queries as places
from linli.kernel.places.choices import Level
from linli.kernel.places.queries import PlaceRef
from linli.kernel.rulebook import queries as rulebook

PERIODS = (7, 30, 90)
ROWS = 5
BAR = 150  # the width of a full bar, in pixels
MOST_CATEGORIES = 10

RECEIVED, CLOSED, OPEN, OVERDUE = (
    "requests.received",
    "requests.closed",
    "requests.open",
    "requests.overdue_now",
)
ACCEPTED, IN_TIME = "requests.accepted", "requests.accepted_on_time"
RATED, SOLVED, SATISFIED = "requests.rated", "requests.solved", "requests.satisfied"
ARRIVAL = "requests.arrival"
SHOWN = (RECEIVED, CLOSED, OPEN, OVERDUE, ACCEPTED, IN_TIME, RATED, SOLVED, SATISFIED)
RATES = (
    (gettext_lazy("按时接单"), IN_TIME, ACCEPTED),
    (gettext_lazy("解决率"), SOLVED, RATED),
    (gettext_lazy("满意率"), SATISFIED, RATED),
)

Values = Mapping[str, Amount]


@dataclass(frozen=True, slots=True)
class Scope:
    """A place (None is everywhere) as figures know it by path, and the last ``length`` days."""

    place: PlaceRef | None
    path: str
    length: int
    days: Days

    @property
    def name(self) -> str:
        return self.place.name if self.place else _("全部")

    def url(self, code: str = "", *, place: PlaceRef | None = None, **more: Any) -> str:
        """Return the address of the overview, or of one figure, here or at another place."""
        at = place or self.place
        query = {"place": at.id if at else "", "days": self.length, **more}
        kept = urlencode({name: value for name, value in query.items() if value})
        return f"/desk/figures{'/' if code else ''}{code}?{kept}"


def scope_of(viewer: Viewer, place: PlaceRef | None, length: int, now: datetime) -> Scope | None:
    """Return the scope if this viewer supervises there; without a place, the one their post stands for."""
    days = figures.last_days(length, now)
    if place is not None:
        path = places.path_on(place, days.last)
        return Scope(place, path, length, days) if viewer.supervises(path) else None
    posts = [post for post in (viewer.post, *viewer.posts) if post and "supervise" in post.may]
    if not posts:
        return None
    own = places.by_path(posts[0].path)
    return Scope(own, posts[0].path or paths.ROOT, length, days)


def overview(scope: Scope, viewer: Viewer, now: datetime) -> dict[str, Any]:
    """Return the whole page's context: see ``desk/figures.html``. Nine queries."""
    here = figures.totals(SHOWN, scope.path, scope.days)
    return {
        "place_name": scope.name,
        "crumbs": crumbs(scope, viewer),
        "periods": periods(scope),
        "cards": _cards(scope, here, now),
        "children_title": _("下面的地方"),
        "columns": columns(),
        "children": children(scope, here),
        "charts": [_by_day(scope), _by_category(scope)],
        "rows_title": _("逾期未办 %(n)s 件") % {"n": figure(here[OVERDUE])},
        "rows": _overdue(scope, viewer, now),
        "rows_url": scope.url(OVERDUE),
        "stand": stand(now),
        "export_url": scope.url(format="csv"),
    }


def crumbs(scope: Scope, viewer: Viewer) -> list[dict[str, Any]]:
    """Return the places above, as far up as the viewer supervises."""
    above = places.along(scope.path)[:-1]
    return [
        {"name": place.name, "url": scope.url(place=place)}
        for place in above
        if viewer.supervises(place.path)
    ]


def periods(scope: Scope, code: str = "") -> list[dict[str, Any]]:
    return [
        {
            "label": _("近 %(n)d 天") % {"n": length},
            "url": scope.url(code, days=length),
            "current": length == scope.length,
        }
        for length in PERIODS
    ]


def stand(now: datetime) -> str:
    reached = figures.counted_up_to()
    return _("数据到 %(when)s。") % {"when": when(reached, now)} if reached else _("还没有数据。")


def _cards(scope: Scope, here: Values, now: datetime) -> list[dict[str, Any]]:
    before = figures.total(RECEIVED, scope.path, _before(scope.days))
    more = here[RECEIVED] - before
    month = figures.month_of(scope.days.last)
    minutes = figures.median(ARRIVAL, scope.path, month)
    label = {code: str(registry.get(code).label) for code in SHOWN}
    trend = _("比前 %(n)d 天多 %(more)d") if more >= 0 else _("比前 %(n)d 天少 %(more)d")
    return [
        _card(
            scope, RECEIVED, label[RECEIVED], here[RECEIVED], trend % {"n": scope.length, "more": abs(more)}
        ),
        _rate_card(scope, *RATES[0], here),
        _card(scope, CLOSED, label[CLOSED], here[CLOSED], _("在办 %(n)s 件") % {"n": figure(here[OPEN])}),
        _card(scope, OVERDUE, label[OVERDUE], here[OVERDUE]) | {"bad": here[OVERDUE] > 0},
        *(_rate_card(scope, *row, here) for row in RATES[1:]),
        _card(
            scope,
            ARRIVAL,
            _("到场用时（%(n)d 月中位数）") % {"n": month.first.month},
            minutes,
            unit=_("分钟"),
        ),
    ]


def _card(
    scope: Scope, code: str, label: Any, value: int | None, said: str = "", unit: str = ""
) -> dict[str, Any]:
    return {
        "label": label,
        "value": figure(value),
        "unit": "" if value is None else unit or str(registry.get(code).unit),
        "url": scope.url(code),
        "from": said,
        "bad": False,
        "current": False,
    }


def _rate_card(scope: Scope, label: Any, part: str, whole: str, here: Values) -> dict[str, Any]:
    said = f"{figure(here[part])} / {figure(here[whole])}"
    return _card(scope, part, label, None, said) | {"value": per_cent(figures.rate(here[part], here[whole]))}


def per_cent(rate: Decimal | None) -> str:
    return NOTHING if rate is None else f"{rate}%"


def _before(days: Days) -> Days:
    """Return the same number of days before these."""
    length = days.last - days.first + timedelta(days=1)
    return Days(days.first - length, days.last - length)


def columns() -> list[dict[str, Any]]:
    counted = [{"label": registry.get(code).label, "opt": False} for code in (RECEIVED, CLOSED, OVERDUE)]
    return [*counted, *({"label": label, "opt": True} for label, _part, _whole in RATES)]


def children(scope: Scope, here: Values) -> list[dict[str, Any]]:
    """Return a row for each place directly beneath, and one for what lies at none of them."""
    found = figures.totals_by_child(SHOWN, scope.path, scope.days)
    nothing = {code: Amount(0, registry.get(code).unit) for code in SHOWN}
    rows: list[tuple[str, PlaceRef | None, Values]] = [
        (place.name, place, found.pop(paths.child(scope.path, place.short), nothing))
        for place in _beneath(scope.place)
    ]
    rows += [(_named(path), None, values) for path, values in sorted(found.items())]
    rest = {
        code: Amount(here[code] - sum(values[code] for _name, _place, values in rows), nothing[code].unit)
        for code in SHOWN
    }
    if rows and any(rest.values()):
        rows.append((_("没有落到下面的"), None, rest))
    most = max((values[CLOSED] + values[OPEN] for _name, _place, values in rows), default=0)
    return [_child(scope, name, place, values, most) for name, place, values in rows]


def _beneath(place: PlaceRef | None) -> Sequence[PlaceRef]:
    """The children a case's path goes through: below a community that is the grid, then the building."""
    below = places.children(place)
    if place is not None and place.level == Level.COMMUNITY:
        return [child for child in below if child.level != Level.BUILDING]
    return below


def _named(path: str) -> str:
    place = places.by_path(path)
    return place.name if place else _("已停用的地方")


def _child(scope: Scope, name: str, place: PlaceRef | None, values: Values, most: int) -> dict[str, Any]:
    cells = [
        {
            "value": figure(values[code]),
            "url": scope.url(code, place=place) if place and values[code] else "",
            "bad": code == OVERDUE and values[code] > 0,
            "opt": False,
        }
        for code in (RECEIVED, CLOSED, OVERDUE)
    ]
    cells += [
        {"value": per_cent(figures.rate(values[part], values[whole])), "url": "", "bad": False, "opt": True}
        for _label, part, whole in RATES
    ]
    done, both = values[CLOSED], values[CLOSED] + values[OPEN]
    bar = {"done": BAR * done // most, "open": BAR * both // most} if most > 0 else None
    return {"name": name, "url": scope.url(place=place) if place else "", "cells": cells, "bar": bar}


def _by_day(scope: Scope) -> dict[str, Any]:
    days = figures.totals_by_day([RECEIVED, CLOSED], scope.path, scope.days)
    series = [
        {"name": str(registry.get(code).label), "values": [int(n) for _day, n in line]}
        for code, line in days.items()
    ]
    labels = [f"{day.month}-{day.day}" for day, _n in days[RECEIVED]]
    return {"id": "by-day", "title": _("逐日"), "kind": "line", "data": {"labels": labels, "series": series}}


def _by_category(scope: Scope) -> dict[str, Any]:
    found = figures.totals_by_category([RECEIVED, CLOSED], scope.path, scope.days)
    top = sorted(found, key=lambda code: (-found[code][RECEIVED], code))[:MOST_CATEGORIES]
    catalogue = rulebook.categories(scope.path, scope.days.last)
    labels = [catalogue[code].label if code in catalogue else code or _("没有分类") for code in top]
    series = [
        {"name": str(registry.get(code).label), "values": [int(found[category][code]) for category in top]}
        for code in (RECEIVED, CLOSED)
    ]
    return {
        "id": "by-category",
        "title": _("哪类事"),
        "kind": "bar",
        "data": {"labels": labels, "series": series},
    }


def _overdue(scope: Scope, viewer: Viewer, now: datetime) -> list[dict[str, Any]]:
    found: Sequence[Any] = figures.records(OVERDUE, scope.path, scope.days, limit=ROWS)
    seen = visible(viewer, [record.subject_id for record in found])
    return [showing.row_of(seen[record.subject_id], now) for record in found if record.subject_id in seen]


def visible(viewer: Viewer, ids: Sequence[Any]) -> dict[Any, Case]:
    """Return those of the cases that this viewer may see."""
    return {case.pk: case for case in cases.visible_to(viewer).filter(pk__in=ids, confidential=False)}


def one_figure(
    scope: Scope, viewer: Viewer, code: str, *, after: int | None, now: datetime
) -> dict[str, Any]:
    """Return the context of one figure and the records it counts: see ``desk/figure.html``."""
    declared = registry.get(code)
    found: list[Any] = list(
        figures.records(code, scope.path, scope.days, after=after, limit=figures.PAGE + 1)
    )
    more, found = len(found) > figures.PAGE, found[: figures.PAGE]
    seen = visible(viewer, [record.subject_id for record in found])
    rows = [
        showing.row_of(
            seen[record.subject_id],
            now,
            more=_("%(m)d 月 %(d)d 日计入") % {"m": record.day.month, "d": record.day.day},
        )
        for record in found
        if record.subject_id in seen
    ]
    hidden = len(found) - len(rows)
    value = (
        figures.median(code, scope.path, scope.days)
        if declared.is_measured
        else figures.total(code, scope.path, scope.days)
    )
    return {
        "figure": {
            "label": declared.label,
            "value": figure(value),
            "unit": declared.unit,
            "meaning": declared.meaning,
            "from": _("这一页有 %(n)d 件不在您能看的范围里，没有列出。") % {"n": hidden} if hidden else "",
        },
        "place_name": scope.name,
        "crumbs": crumbs(scope, viewer),
        "periods": periods(scope, code),
        "rows": rows,
        "pager": {
            "shown": len(rows),
            "total": None if declared.is_measured else int(value or 0),
            "next_url": scope.url(code, after=found[-1].position) if more else "",
            "first_url": scope.url(code) if after is not None else "",
        },
    }
