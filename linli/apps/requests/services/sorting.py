"""From the resident's word to a desk: raise, sort in three, dispatch, return, redirect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from linli.apps.requests import rules
from linli.apps.requests.choices import Sort, State
from linli.apps.requests.fields import CONTACT_NAME, CONTACT_PHONE, NOTE, TEXT
from linli.apps.requests.queries import catalogue_at, place_told
from linli.foundation.errors import InvalidInput
from linli.foundation.rules import Moment
from linli.foundation.worktime import SHANGHAI
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries import routing
from linli.kernel.cases.services import Change
from linli.kernel.rulebook import queries as rulebook

Entry = Mapping[str, Any]


def divert(entry: Entry, moment: Moment) -> str:
    """Return the flow this belongs to: a protected matter has one of its own from the first day."""
    return "protected" if _is_protected(entry, moment) else "request"


def only_protected(entry: Entry, moment: Moment) -> str:
    """Let nothing else in by the protected matters' own door: their handlers are few, and nobody else sees it."""
    if _is_protected(entry, moment):
        return "protected"
    said = _(
        "这里只收家庭暴力、虐待、轻生、儿童受侵害这类需要保护的事，正在发生的请拨打 110。别的事请从“反映问题”发送（接口 /api/v1/requests）。"
    )
    raise InvalidInput(said, field="category")


def _is_protected(entry: Entry, moment: Moment) -> bool:
    """Is it a protected matter where it is, by the catalogue of that place?"""
    on = _day(moment)
    place = place_told(entry.get("place"), entry.get("lon"), entry.get("lat"), on)
    category = catalogue_at(place, on).get(entry["category"])
    return bool(category and category.protected)


def raise_(case: Case, entry: Entry, moment: Moment) -> Change:
    """Say a thing once. Who writes it down for somebody else needs a post for that."""
    if not rules.may_come_in_by(entry["channel"], moment):
        raise InvalidInput(_("替别人登记，要有登记的岗位。"), field="channel")
    category = category_of(case, moment)
    return Change(
        set={"urgency": category.urgency if category else 0},
        personal={
            TEXT: entry.get("text", ""),
            CONTACT_NAME: entry.get("contact_name", ""),
            CONTACT_PHONE: entry.get("contact_phone", ""),
        },
        files=entry.get("photos", ()),
        part="before",
    )


def sort(case: Case, entry: Entry, moment: Moment) -> Change:
    """分流: whose affair it is, and why. What is somebody's own is answered with advice."""
    facts = {**case.facts, "sort": entry["sort"]}
    return Change(
        to=State.ADVISED if entry["sort"] == Sort.OWN else State.SORTED,
        set={"facts": facts},
        data={"sort": entry["sort"], "reason": entry["reason"], "before": case.facts.get("sort", "")},
        personal={NOTE: entry.get("words", "")},
    )


def dispatch(case: Case, entry: Entry, moment: Moment) -> Change:
    """派单: to the desk chosen, else to the one that category and place name."""
    return Change(holder=_desk(entry), personal={NOTE: entry.get("words", "")})


def publish(case: Case, entry: Entry, moment: Moment) -> Change:
    """公布: for members and units to claim."""
    return Change(personal={NOTE: entry.get("words", "")})


def return_(case: Case, entry: Entry, moment: Moment) -> Change:
    """退回: with a reason and a desk that it should go to; it reaches the desk one level up."""
    up = routing.above(case, case.holder_id)
    proposed = _desk(entry)
    if proposed == case.holder_id:
        raise InvalidInput(_("建议交给的岗位不能是自己。"), field="desk")
    return Change(
        holder=up.id if up else None,
        data={"reason": entry["reason"], "proposed": str(proposed), "returned_by": str(case.holder_id)},
        set={"facts": {**case.facts, "proposed": str(proposed)}, "handler_id": None},
        personal={NOTE: entry["words"]},
    )


def redirect(case: Case, entry: Entry, moment: Moment) -> Change:
    """改派: to another desk, or to the same one for a new round."""
    return Change(holder=_desk(entry), personal={NOTE: entry.get("words", "")})


def protect(case: Case, entry: Entry, moment: Moment) -> Change:
    """转专人办理: what turns out to be a protected matter leaves every list at once."""
    version, _compiled = rulebook.profile("protected", case.path, _day(moment))
    catalogue = rulebook.categories(case.path, _day(moment))
    category = next((c.code for c in catalogue.leaves() if c.protected), case.category)
    return Change(
        set={
            "flow": "protected", "confidential": True, "rules_id": version.id, "category": category,
            "handler_id": None, "urgency": 2,
        },
        personal={NOTE: entry["words"]},
    )  # fmt: skip


def category_of(case: Case, moment: Moment) -> rulebook.Category | None:
    return rulebook.categories(case.path, _day(moment)).get(case.category)


def _day(moment: Moment) -> Any:
    return moment.now.astimezone(SHANGHAI).date()


def _desk(entry: Entry) -> UUID | None:
    return UUID(entry["desk"]) if entry.get("desk") else None
