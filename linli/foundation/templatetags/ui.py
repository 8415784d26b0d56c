"""Template tags of the pages: icons, deadlines and times in words, figures.

The words are pure functions of what they are given, ``now`` included, so that a
page can be rendered for any moment and a test needs no clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.forms import BaseForm, BoundField, widgets
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from linli.foundation.forms import IdsField
from linli.foundation.worktime import SHANGHAI

register = template.Library()
SOON = timedelta(hours=3)  # below this a deadline is said as what is left of it
NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline as a chip: ``state`` over, soon, fine, halt or done, and the ``words``."""

    state: str
    words: str


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """Return one symbol of our sprite; it says nothing to a screen reader."""
    return _symbol(str(name), str(extra), settings.STATIC_URL)


@lru_cache(maxsize=500)
def _symbol(name: str, extra: str, _at: str) -> SafeString:
    """A page has a hundred symbols, and where the sprite lies does not change while a process lives."""
    return format_html(
        '<svg class="i{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        f" {extra}" if extra else "",
        static("ui/icons.svg"),
        name,
    )


@register.simple_tag
def seal() -> SafeString:
    """Return the mark: two roofs, one wall."""
    return format_html(
        '<img class="seal" src="{}" alt="{}" width="30" height="30">', static("ui/seal.svg"), _("邻里")
    )


@register.simple_tag
def service_phone() -> str:
    """Return the number to ring when a page fails; it stands in the settings, so that no database is asked."""
    return str(getattr(settings, "SERVICE_PHONE", "12345"))


@register.simple_tag
def demonstration() -> bool:
    """Say whether this is a demonstration, whose logins anybody may have."""
    return bool(settings.DEMONSTRATION)


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """Return a field's input with our class on it; Django joins hint and message by ``aria-describedby``."""
    known = str(field.field.widget.attrs.get("class", ""))
    plain = isinstance(field.field.widget, widgets.CheckboxInput)
    ours = "tickbox" if plain else "input"
    return field.as_widget(attrs={"class": f"{ours} {known}".strip()})


@register.filter
def kind_of_input(field: BoundField) -> str:
    """Say how a field is laid out: ``photos``, ``choices``, ``tick``, ``hidden`` or ``line``."""
    widget = field.field.widget
    if isinstance(field.field, IdsField):
        return "photos"
    if widget.is_hidden:
        return "hidden"
    if isinstance(widget, widgets.RadioSelect | widgets.CheckboxSelectMultiple):
        return "choices"
    if isinstance(widget, widgets.CheckboxInput):
        return "tick"
    return "line"


@register.filter
def ids(field: BoundField) -> list[str]:
    """Return the ids of photos that a form, shown again, has already received."""
    value = field.value() or []
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


@register.filter
def sends_photos(form: BaseForm) -> bool:
    """Say whether a form must be sent as multipart."""
    return form.is_multipart() or any(isinstance(field, IdsField) for field in form.fields.values())


def deadline(subject: Any, now: datetime) -> Due | None:
    """Say a deadline in words, or return None where there is none to say.

    ``subject`` is a case, an assignment or a dict with the same names: ``closed_at``
    or ``done_at``, ``paused_since`` (and ``resume_at``), ``due_pending``, ``due_at``.
    """
    ended = _get(subject, "closed_at") or _get(subject, "done_at")
    if ended:
        return Due("done", _("%(when)s 办完") % {"when": when(ended, now)})
    if _get(subject, "paused_since"):
        until = _get(subject, "resume_at")
        words = (
            _("停到%(day)s") % {"day": _date(until.astimezone(SHANGHAI), now.astimezone(SHANGHAI))}
            if until
            else _("暂停计时")
        )
        return Due("halt", words)
    due_at = _get(subject, "due_at")
    if due_at is None:
        return Due("halt", _("期限待定")) if _get(subject, "due_pending") else None
    if due_at <= now:
        return Due("over", _over(now - due_at))
    return _ahead(due_at, now)


def _ahead(due_at: datetime, now: datetime) -> Due:
    left = due_at - now
    if left < timedelta(hours=1):
        return Due("soon", _("剩 %(n)d 分") % {"n": max(1, left // timedelta(minutes=1))})
    if left < SOON:
        return Due("soon", _("剩 %(n)d 小时") % {"n": left // timedelta(hours=1)})
    there, here = due_at.astimezone(SHANGHAI), now.astimezone(SHANGHAI)
    days = (there.date() - here.date()).days
    if days > 1:
        return Due("fine", _date(there, here))
    return Due("fine" if days else "soon", f"{_('明天') if days else _('今天')} {there:%H:%M}")


def _over(late: timedelta) -> str:
    if late < timedelta(hours=1):
        return _("超 %(n)d 分") % {"n": max(1, late // timedelta(minutes=1))}
    if late < timedelta(days=1):
        return _("超 %(n)d 小时") % {"n": late // timedelta(hours=1)}
    return _("超 %(n)d 天") % {"n": late.days}


def _date(there: datetime, here: datetime) -> str:
    words = _("%(month)d月%(day)d日") % {"month": there.month, "day": there.day}
    if there.year == here.year:
        return words
    return _("%(year)d年") % {"year": there.year} + words


def _get(subject: Any, name: str) -> Any:
    return subject.get(name) if isinstance(subject, dict) else getattr(subject, name, None)


@register.simple_tag
def due(subject: Any, now: datetime | None = None) -> SafeString:
    """Draw the deadline chip of a case, an assignment, a dict, or a :class:`Due` already made."""
    known = subject is None or isinstance(subject, Due)
    return _chip(subject if known else deadline(subject, now or datetime.now(UTC)), settings.STATIC_URL)


@lru_cache(maxsize=2000)
def _chip(made: Due | None, _at: str) -> SafeString:
    """Chips of a list are few and alike: "超 2 天", "今天 17:00"."""
    return render_to_string("ui/_due.html", {"due": made})


@register.filter
def when(at: datetime | None, now: datetime | None = None) -> str:
    """Say a time: 今天 10:05, 昨天 20:15, 明天 12:00, 11月19日 09:12, 2025年12月31日."""
    if at is None:
        return NOTHING
    now = now or datetime.now(UTC)
    there, here = at.astimezone(SHANGHAI), now.astimezone(SHANGHAI)
    days = (there.date() - here.date()).days
    if -1 <= days <= 1:
        near = _("昨天") if days < 0 else _("明天") if days else _("今天")
        return f"{near} {there:%H:%M}"
    return _date(there, here) if there.year != here.year else f"{_date(there, here)} {there:%H:%M}"


@register.filter
def day(at: datetime | None, now: datetime | None = None) -> str:
    """Say a day: 今天, 昨天, 明天, 11月19日, 2025年12月31日."""
    if at is None:
        return NOTHING
    words = when(at, now)
    return words.split(" ")[0]


def on_day(day: date) -> str:
    """Say a day in full, whatever today is: 2026年3月16日."""
    return _("%(year)d年%(month)d月%(day)d日") % {"year": day.year, "month": day.month, "day": day.day}


@register.filter
def ago(at: datetime | None, now: datetime | None = None) -> str:
    """Say how long since: 刚刚, 35 分, 14 小时 48 分, 3 天."""
    if at is None:
        return NOTHING
    return lasting((now or datetime.now(UTC)) - at)


def lasting(length: timedelta) -> str:
    """Say a length of time in its two largest units at most."""
    minutes = length // timedelta(minutes=1)
    if minutes < 1:
        return _("刚刚")
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return _("%(n)d 分") % {"n": minutes}
    if hours < 24:
        text = _("%(n)d 小时") % {"n": hours}
        return text + " " + _("%(n)d 分") % {"n": minutes} if minutes else text
    return _("%(n)d 天") % {"n": hours // 24}


@register.filter
def nb(words: object) -> SafeString:
    """Keep a name, a unit or a date on one line."""
    return format_html('<span class="nb">{}</span>', words)


@register.filter
def figure(number: int | None) -> str:
    """Say a count: 1,095; nothing counted is a dash, not a zero."""
    return NOTHING if number is None else f"{number:,}"


@register.simple_tag
def rate(part: int | None, whole: int | None) -> str:
    """Say part of whole in per cent, half up at two places, computed in integers; none without a whole."""
    if part is None or not whole:
        return NOTHING
    hundredths = (part * 20_000 + whole) // (2 * whole)
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


@register.filter
def chart_rows(data: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Turn a chart's data into the rows of its table: one label, then one value per series."""
    return list(zip(data["labels"], *(series["values"] for series in data["series"]), strict=True))
