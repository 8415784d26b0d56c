"""Behind nginx, before two web processes: what is urgent is taken while everything else is refused at once."""

from __future__ import annotations

import asyncio
import json
import secrets
import ssl
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import randrange
from typing import Any

import pytest

from tests.deploy.site import Site
from tests.proofs.overload.crowd import TAKEN, Crowd, Line, Request, part, request

# Slow because seven real programs are started (about half a minute), once for the file.
pytestmark = [pytest.mark.slow, pytest.mark.servers, pytest.mark.xdist_group("deploy")]
PEOPLE = 180  # ask one thing after the other; the ordinary lanes of two processes have places for 126
URGENT = 4  # a second
SECONDS = 6


class Crowded(Crowd):
    """Everybody comes over TLS, and from an address of their own."""

    def __init__(self, site: Site) -> None:
        super().__init__(site.port)
        self._trusting = ssl.create_default_context(cafile=site.values["certificate"])

    async def connected(self) -> Line:
        source = f"127.{randrange(1, 255)}.{randrange(1, 255)}.{randrange(1, 255)}"
        _transport, line = await asyncio.get_running_loop().create_connection(
            Line,
            "127.0.0.1",
            self.port,
            ssl=self._trusting,
            server_hostname="localhost",
            local_addr=(source, 0),
        )
        return line


def report(kind: str, path: str, place: str) -> Request:
    key = secrets.token_hex(16)
    body = json.dumps({"text": f"楼道灯不亮{key}", "place": place}).encode()
    named = {"Host": "localhost", "Content_Type": "application/json", "Idempotency_Key": key}
    return request(kind, "POST", path, body, mark=key, **named)


def test_what_is_urgent_is_taken_while_the_ordinary_lanes_are_full(site, place, figure):
    async def come() -> Crowd:
        async with Crowded(site) as crowd:
            await asyncio.gather(
                crowd.press(PEOPLE, SECONDS, lambda: report("ordinary", "/api/v1/requests", place)),
                crowd.come(URGENT, SECONDS, lambda: report("urgent", "/api/v1/requests/urgent", place)),
            )
        return crowd

    with ThreadPoolExecutor(1) as own:
        crowd = own.submit(asyncio.run, come()).result()
    urgent, ordinary = crowd.of("urgent"), crowd.of("ordinary")
    refused = [one for one in ordinary if one.status not in TAKEN]
    figure(
        "C1", "behind nginx, ordinary lanes full: urgent not taken", target="0", n=len(urgent), floor=20,
        got=f"{sum(one.status not in TAKEN for one in urgent)} "
            f"(p95 {part([one.seconds for one in urgent], 0.95):.1f} s), {len(refused):,} refused",
    )  # fmt: skip

    assert Counter(one.status for one in urgent) == {201: len(urgent)}
    assert Counter(one.status for one in refused) == {503: len(refused)}
    assert len(refused) > PEOPLE
    assert [one.head for one in refused if "retry-after: " not in one.head] == []
    said = {json.loads(one.body)["detail"] for one in refused}
    assert [one for one in said if not one.endswith("着急请直接打 12345。")] == []
    assert lost(site, [one for one in crowd.heard if one.status in TAKEN]) == set()


def lost(site: Site, taken: list[Any]) -> set[str]:
    """The reports that were acknowledged and are not there."""
    told = {json.loads(one.body)["case"]["id"] for one in taken}
    with site.connect() as web:
        return told - {str(row[0]) for row in web.execute("SELECT id FROM cases_case")}
