from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import pytest
from pytest_django import Settings

from linli.foundation import outbound
from linli.kernel.notices import address, registry
from tests.kernel.notices.builders import ACCEPTED, OPENID, PHONE
from tests.kernel.notices.providers import KEY_ID, KEY_SECRET, Sms, WeChat, running


@pytest.fixture(autouse=True)
def lookups(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> list[tuple[UUID, str, str]]:
    """Every recipient has a phone and an openid; what is looked up is written down."""
    looked_up: list[tuple[UUID, str, str]] = []
    settings.OUTBOUND_PRIVATE = ["127.0.0.1/32"]  # where the providers of these tests stand

    def lookup(to_id: UUID, channel: str, *, task: str, now: datetime) -> str | None:
        looked_up.append((to_id, channel, task))
        return {"sms": PHONE, "wechat": OPENID}[channel]

    monkeypatch.setattr(address, "_lookups", {"person": lookup})
    monkeypatch.setattr(registry, "_wordings", {"request.accept": ACCEPTED})
    monkeypatch.setattr(outbound, "SECONDS", 0.5)
    return looked_up


@pytest.fixture
def sms(settings: Settings) -> Iterator[Sms]:
    with running(Sms()) as provider:
        settings.SMS = {
            "base_url": provider.base_url,
            "key_id": KEY_ID,
            "key_secret": KEY_SECRET,
            "sign_name": "邻里",
            "templates": {
                "request.accept": {"code": "SMS_123", "params": {"no": "number", "where": "where"}}
            },
        }
        yield provider  # type: ignore[misc]


@pytest.fixture
def wechat(settings: Settings) -> Iterator[WeChat]:
    with running(WeChat()) as provider:
        settings.WECHAT = {
            "base_url": provider.base_url,
            "app_id": "wx1",
            "secret": "wechat-secret",
            "templates": {
                "request.accept": {
                    "id": "T1",
                    "page": "pages/track",
                    "data": {"thing1": "where", "character_string2": "number"},
                }
            },
        }
        yield provider  # type: ignore[misc]
