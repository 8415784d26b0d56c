"""Notices told through the service. The phone number is nobody's: 19900000000 is not given out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from linli.kernel.notices import services
from linli.kernel.notices.models import Notice
from linli.kernel.notices.registry import Wording

# Eleven in the morning in Shanghai, and half past two at night.
NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 19, 18, 30, tzinfo=UTC)
PHONE, OPENID = "19900000000", "openid-of-nobody"
SOMEBODY = UUID(int=5)
ACCEPTED = Wording("已接单", "编号 {number} 的事已经接单。", ("inbox", "sms", "wechat"))


TOLD: dict[str, Any] = {
    "to_kind": "person",
    "to_id": SOMEBODY,
    "template": "request.accept",
    "params": {"number": "0603-0000386-4"},
    "dedupe_key": "event-1",
    "now": NOON,
    "county": "520115",
}


def told(**changes: Any) -> list[Notice]:
    """Tell somebody that their request was accepted; return all notices there are."""
    services.tell(**TOLD | changes)
    return list(Notice.objects.order_by("id"))


def phone_of(to_id: UUID, *_asked: object, **_why: object) -> str:
    """Everybody has a number of their own; nobody has it."""
    return f"199{to_id.int:08d}"


def only(channel: str) -> Notice:
    return Notice.objects.get(channel=channel)
