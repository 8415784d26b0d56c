"""The hands of the acceptance tests: sign in, send a page, run what the worker would."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from linli.kernel.cases.models import Case
from linli.kernel.journal import services as journal
from tests.kernel.people.builders import signed_in
from tests.world import World


class Hands:
    """Acts as the people of a world through pages, and counts as the worker does."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clients: dict[str, Client] = {}

    def of(self, who: str) -> Client:
        """The browser of somebody signed in; who has no account is a stranger."""
        if who not in self.clients:
            account = self.world.people.get(who)
            self.clients[who] = signed_in(account) if account else Client()
        return self.clients[who]

    def report(self, text: str = "三栋二单元楼道灯不亮", who: str = "stranger", **more: Any) -> Case:
        entry = {"text": text, "place": str(self.world.building.id), **more}
        response = self.of(who).post("/report", entry)
        assert response.status_code == 302, wrong(response)
        return Case.objects.latest("id")

    def take(self, case: Case, step: str, who: str, *, status: int = 302, **data: Any) -> Case:
        """Press the button of a step on the case's page."""
        case.refresh_from_db()
        response = self.of(who).post(f"/desk/cases/{case.pk}/{step}", {"version": case.version, **data})
        assert response.status_code == status, f"{step}: {response.status_code} {wrong(response)}"
        self.last = response
        case.refresh_from_db()
        return case

    def page(self, url: str, who: str) -> str:
        response = self.of(who).get(url)
        assert response.status_code == 200, f"{url}: {response.status_code}"
        return response.content.decode()


def wrong(response: Any) -> list[str]:
    """What the page says is wrong."""
    return re.findall(
        r'(?:class="wrong[^>]*>|role="alert"[^>]*>|_error">)(.{0,300}?)</',
        response.content.decode(),
        re.DOTALL,
    )


def count(now: datetime | None = None) -> None:
    """Give positions to what happened and let the figures be counted."""
    now = now or timezone.now()
    journal.sequence(now)
    while journal.consume("figures", now=now):
        continue


@pytest.fixture
def hands():
    return Hands


def api(client, url, body, **headers):
    text = body if isinstance(body, str) else json.dumps(body)
    return client.post(f"/api/v1/{url}", text, content_type="application/json", headers=headers)


def clerk(world):
    return signed_in(world.people["community"])


def searched(case):
    journal.sequence(timezone.now())
    while journal.consume("search", now=timezone.now()):
        continue
