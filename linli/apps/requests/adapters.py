"""The tracking page: what the bearer of a code sees. No personal data stands on it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from linli.apps.requests.queries import is_protected
from linli.apps.requests.rules import only_unsolved
from linli.foundation.errors import Busy
from linli.kernel.cases import queries as cases
from linli.kernel.cases import registry
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import showing
from linli.kernel.cases.services import words
from linli.kernel.people import queries as people
from linli.kernel.people.queries import Viewer
from linli.kernel.rulebook import queries as rulebook
from linli.kernel.vault.choices import Purpose

QUIET = ("overdue", "schedule", "ask_suspension", "deny_suspension", "redo", "return")


def track_context(
    case: Case, code: str, now: datetime, viewer: Viewer, *, refusal: Any = None, bound: Any = None
) -> dict[str, Any]:
    """Return what the tracking page shows: who holds it, since when, what next, and what was said to them.

    ``viewer`` looks with the tracking code.
    """
    lines = cases.history(case)
    photos = showing.photos_of(case, code=code)
    notes = _told(case, lines, viewer, now)
    shown = [line for line in lines if line.step not in QUIET]
    return {
        "title": showing.title_of(case),
        "place_name": showing.full_place_name(case),
        "code": code.upper(),
        "qa": showing.qa_of(case, now),
        "stepbar": showing.stepbar_of(case, lines, now),
        "trail": showing.trail_of(shown, notes, photos),
        "photos": [photo for photo in photos if photo["part"] == "before"],
        "offers": showing.offers_of(case, viewer, now, base=f"/t/{code}", bound=bound),
        "desk": _desk(case),
        "answer": _answer(lines, notes, photos),
        "rate_by": case.due_at,
        "only_unsolved": only_unsolved(rulebook.profile_of(case.flow, case.rules_id).profile),
        "same": 0,
        "protected": is_protected(case),
        "data_url": "" if registry.get(case.flow).about_data else f"/t/{code}/data",
        "refusal": str(getattr(refusal, "message", "") or "") if bound is None else "",
        "now": now,
    }


def next_steps(case: Case) -> list[str]:
    """Return what happens now, in sentences: the local flow's own next words."""
    app = registry.get(case.flow)
    return [str(app.next_words[case.state]), _("每走一步，查询页上都看得到"), _("办好了，请您来说修好没有")]


def _told(case: Case, lines: list[cases.HistoryLine], viewer: Viewer, now: datetime) -> dict[Any, str]:
    """Open what was said to the resident; the reading is theirs, and it is in the log."""
    told = [line for line in lines if line.told and line.event.by_kind == "person" and line.event.post_id]
    try:
        return words.notes_of(case, told, actor=viewer.actor, post_id=None, purpose=Purpose.OWN, now=now)
    except Busy:
        return {}


def _desk(case: Case) -> dict[str, Any] | None:
    desk = people.desks().get(case.holder_id)
    return {"name": desk.name, "phone": desk.phone} if desk and desk.phone else None


def _answer(
    lines: list[cases.HistoryLine], notes: dict[Any, str], photos: list[dict[str, Any]]
) -> dict[str, Any] | None:
    """The last reply, with before and after beside each other."""
    said = [line for line in lines if line.step in ("reply", "refer", "close") and line.note in notes]
    if not said:
        return None
    before = next((photo for photo in photos if photo["part"] == "before"), None)
    after = next((photo for photo in reversed(photos) if photo["part"] == "after"), None)
    return {
        "said": notes[said[-1].note],
        "who": said[-1].who,
        "at": said[-1].at,
        "before": before,
        "after": after,
    }
