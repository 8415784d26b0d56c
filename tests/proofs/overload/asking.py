"""What people ask of ``linli serve`` in these proofs, and what is made of what they heard."""

from __future__ import annotations

import json
import re
import statistics
from urllib.parse import urlencode
from uuid import uuid4

from tests.proofs.durability.intake import stored
from tests.proofs.durability.serving import Installation
from tests.proofs.overload.crowd import TAKEN, Crowd, Heard, Request, part, request

REFUSED = 503
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')
SHARE = 0.95


class Asking:
    """Requests for one installation."""

    def __init__(self, site: Installation) -> None:
        self._site = site
        self._place = site.told["building"]

    def intake(self, kind: str = "ordinary", path: str = "/api/v1/requests") -> Request:
        key = str(uuid4())
        body = json.dumps({"text": f"楼道灯不亮{key}", "place": self._place}).encode()
        named = {"Content_Type": "application/json", "Idempotency_Key": key}
        return request(kind, "POST", path, body, mark=key, **named)

    def urgent(self) -> Request:
        return self.intake("urgent", "/api/v1/requests/urgent")

    def tracking(self, code: str) -> Request:
        return request("track", "GET", f"/t/{code}")

    def one_code(self) -> str:
        """Report something, and return its tracking code."""
        asked = self.intake()
        body = asked.text.partition(b"\r\n\r\n")[2]
        named = {"Content-Type": "application/json", "Idempotency-Key": asked.mark}
        _status, said, _headers = self._site.ask("POST", "/api/v1/requests", body, **named)
        return str(json.loads(said)["code"])

    def sign_in(self) -> Request:
        """A name and a password, as staff send them. Nobody is called that; the hash is computed all the same."""
        return request("sign-in", "POST", "/desk/sign-in", self._form(), **self._believed)

    def register(self) -> Request:
        """The register as a file, as a supervisor takes it."""
        return request("file", "GET", "/desk/cases?format=csv", Cookie=self._site.told["supervisor"])

    def show_the_door(self) -> None:
        """Fetch the page of the sign-in once, and with it what makes a form believed."""
        _status, page, headers = self._site.ask("GET", "/desk/sign-in")
        found = TOKEN.search(page)
        assert found
        self._token = found[1].decode()
        self._believed = {
            "Cookie": headers["set-cookie"].partition(";")[0],
            "Content_Type": "application/x-www-form-urlencoded",
            "Origin": f"http://127.0.0.1:{self._site.port}",
        }
        self._believed["Host"] = f"127.0.0.1:{self._site.port}"

    def _form(self) -> bytes:
        name = f"nobody-{uuid4()}"
        return urlencode({"csrfmiddlewaretoken": self._token, "login": name, "password": "x" * 20}).encode()


def taken(heard: list[Heard]) -> list[Heard]:
    return [one for one in heard if one.status in TAKEN]


def slowest(heard: list[Heard]) -> float:
    """The seconds that 95 of 100 were answered within."""
    return part([one.seconds for one in heard], SHARE) if heard else float("inf")


def lost(site: Installation, heard: list[Heard]) -> list[str]:
    """The reports that were acknowledged and are not there."""
    there = stored(site.data).numbers
    told = [json.loads(one.body)["case"]["id"].replace("-", "") for one in taken(heard)]
    return [case for case in told if case not in there]


async def capacity(asking: Asking, port: int, seconds: float, people: int = 8) -> float:
    """How many reports a second are taken from so many people who ask one thing after the other."""
    async with Crowd(port) as crowd:
        await crowd.press(people, seconds, asking.intake)
    return len(taken(crowd.heard)) / seconds


async def seconds_until_calm(asking: Asking, port: int, calm: float, rate: float, most: int) -> int:
    """Ask at an easy rate; return after how many seconds 95 of 100 are answered within ``calm``."""
    for second in range(1, most + 1):
        async with Crowd(port) as crowd:
            await crowd.come(rate, 1, asking.intake)
        if all(one.status in TAKEN for one in crowd.heard) and slowest(crowd.heard) <= calm:
            return second
    return most + 1


async def idle(asking: Asking, port: int, rate: float, seconds: float) -> float:
    """What 95 of 100 wait at most for at an easy rate; the middle of three thirds."""
    found = []
    for _third in range(3):
        async with Crowd(port) as crowd:
            await crowd.come(rate, seconds / 3, asking.intake)
        found.append(slowest(taken(crowd.heard)))
    return statistics.median(found)
