"""The whole case page, as plain values for its template. Personal values are opened with an entry."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from linli.foundation.errors import Busy, DomainError
from linli.foundation.templatetags.ui import deadline
from linli.foundation.worktime import SHANGHAI
from linli.kernel.cases import queries as cases
from linli.kernel.cases import registry
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import showing
from linli.kernel.cases.services import words
from linli.kernel.files.services import qr_svg
from linli.kernel.people.queries import Viewer
from linli.kernel.vault import queries as vault
from linli.kernel.vault.choices import Purpose
from linli.kernel.vault.services import Stopped


def case_context(
    case: Case, viewer: Viewer, now: datetime, *, refusal: Any = "", bound: Any = None, opened: Any = None,
    reveal_form: Any = None,
) -> dict[str, Any]:  # fmt: skip
    """Return all that the case page shows to this viewer. Personal values are opened with an entry."""
    lines = cases.history(case)
    photos = showing.photos_of(case) if showing.may_see_photos(case, viewer, now) else []
    inside = showing.works_on(case, viewer)
    text: str = _HIDDEN
    notes: dict[Any, str] = {}
    closed: DomainError | None = None
    if inside:
        text, notes, closed = _read(case, lines, viewer, now)
    left = list(registry.get(case.flow).show) if _may_see_mask(case, viewer) else []
    masked = vault.masked(Case.kind(), [case.pk], left).get(case.pk, {})
    hands = showing.hands_of(case, now)
    return {
        "case": {
            "title": showing.title_of(case),
            "number": case.number,
            "text": str(text),
            "place_name": showing.exact_place_name(case) if inside else showing.full_place_name(case),
            "category_label": showing.category_label(case),
            "reporter": "　".join(masked.values()),
            "tags": _tags(case),
            "map_url": f"/desk/map?case={case.pk}" if not case.confidential else "",
            "card_url": f"/desk/cases/{case.pk}/card" if may_share(case, viewer) else "",
            "same": "",
        },
        "due": deadline(case, now),
        "qa": showing.qa_of(case, now),
        "stepbar": showing.stepbar_of(case, lines, now),
        "photos": [photo for photo in photos if photo["part"] == "before"],
        "hands": hands,
        "hands_title": _("吹哨：%(n)d 个单位，各走各的表") % {"n": len(hands)} if hands else "",
        "trail": showing.trail_of(lines, notes, photos),
        "offers": showing.offers_of(case, viewer, now, base=f"/desk/cases/{case.pk}", bound=bound),
        "reads": {"today": reads_today(case, now), "url": f"/desk/cases/{case.pk}/reads"},
        "reveal": {
            "url": f"/desk/cases/{case.pk}/open",
            "form": reveal_form,
            "opened": opened or [],
            "again": f"/desk/cases/{case.pk}",
            "seconds": showing.OPEN_FOR.seconds,
        },
        "now": now,
        "closed": closed,
        "refusal": str(getattr(refusal, "message", refusal) or ""),
        "merge_url": "",
    }


def may_share(case: Case, viewer: Viewer) -> bool:
    """May they make a card for a group of neighbours? Who works on it and who supervises; never of a protected matter."""
    return not case.confidential and showing.may_check(case, viewer)


def share_context(case: Case, address: str) -> dict[str, Any]:
    """Return what stands on a card that may be passed on: nothing that anybody wrote, and nobody.

    The place is the building at the finest; the code leads to the public page for progress.
    """
    names = showing.names_of(case)
    ended = case.closed_at is not None
    return {
        "number": case.number,
        "place": names.place,
        "category": names.category,
        "state": names.state,
        "holder": "" if ended else names.holder,
        "opened_at": case.opened_at,
        "closed_at": case.closed_at,
        "due_at": None if ended else case.due_at,
        "qr": qr_svg(address),
        "address": address,
    }


def _may_see_mask(case: Case, viewer: Viewer) -> bool:
    """Who reported it, masked: not for the party complained about, nor for who only passed it on."""
    is_own = case.by_kind == viewer.actor.kind and case.by_id == viewer.actor.id
    return (showing.may_check(case, viewer) or is_own) and not showing.is_complained_about(case, viewer)


_HIDDEN = "（内容已隐去，要看请选目的，会记下来）"


def _read(
    case: Case, lines: list[cases.HistoryLine], viewer: Viewer, now: datetime
) -> tuple[str, dict[Any, str], DomainError | None]:
    """Open the words; where they stay closed, the page says so in their place, and the rest of it stands."""
    about: dict[str, Any] = {
        "actor": viewer.actor,
        "post_id": viewer.post.id if viewer.post else None,
        "purpose": Purpose.HANDLE_CASE,
        "now": now,
    }
    try:
        return *words.said_of(case, lines, **about), None
    except (Busy, Stopped) as closed:  # the read log cannot be written, or this is more than one opens alone
        return str(closed.message), {}, closed


def _tags(case: Case) -> list[str]:
    found = []
    if sort := case.facts.get("sort"):
        found.append({"public": _("公家事"), "shared": _("大家事"), "own": _("自家事")}[sort])
    if case.urgency:
        found.append(str(case.get_urgency_display()))
    if case.round > 1:
        found.append(_("第 %(n)d 轮") % {"n": case.round})
    return found


def reads_today(case: Case, now: datetime) -> int:
    """Count who opened this case's personal data today."""
    start = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    reads = vault.reads_of(subject_kind=Case.kind(), subject_id=case.pk).filter(at__gte=start)
    return reads.order_by().values("actor_id").distinct().count()
