"""What the API answers about cases: one shape for every flow."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ninja import Schema


class OfferOut(Schema):
    """A step as this caller sees it; ``refusal`` is "" when it can be taken now."""

    step: str
    label: str
    refusal: str


class CaseOut(Schema):
    """A case. Times are UTC; ``due_at`` is null while ``due_pending`` (期限待定) or when nothing runs.

    A clock that stands (挂起) says since when, and when it goes on by itself.
    """

    id: UUID
    number: str
    flow: str
    state: str
    state_label: str
    category: str
    category_label: str
    title: str
    place_id: UUID
    place_name: str
    holder_id: UUID
    holder_name: str
    held_since: datetime
    next_step: str
    urgency: int
    round: int
    opened_at: datetime
    due_at: datetime | None
    due_pending: bool
    overdue_at: datetime | None
    paused_since: datetime | None
    resume_at: datetime | None
    closed_at: datetime | None
    closed_how: str
    version: int


class CaseDetail(CaseOut):
    """A case with what can be done; what was said, and the door it is about, if the caller works on it."""

    offers: list[OfferOut]
    text: str


class Page(Schema):
    """A page of cases; send ``next`` as ``after`` for the one behind it, null at the end."""

    items: list[CaseOut]
    next: str | None


class Raised(Schema):
    """A request that stands: its case and its tracking code; ``again`` if it stood before."""

    case: CaseOut
    code: str
    again: bool


class PhotoOut(Schema):
    """A photo that was received; it is served after it has been re-encoded."""

    id: UUID


class Problem(Schema):
    """Why not (RFC 9457)."""

    title: str
    status: int
    detail: str
    field: str = ""
