"""A browser of few words over TLS: one kept connection, cookies, sign-in as staff do it."""

from __future__ import annotations

import http.client
import json
import re
import ssl
import time
from base64 import b32decode
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from tests.deploy.neighbourhood import PASSWORD, SECRET

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Answer:
    status: int
    body: str
    headers: http.client.HTTPMessage

    @property
    def said(self) -> Any:
        return json.loads(self.body)


class Client:
    """``source``: the loopback address that it comes from."""

    def __init__(self, port: int, certificate: str, source: str = "127.0.0.1") -> None:
        self.cookies: dict[str, str] = {}
        self._origin = f"https://localhost:{port}"
        self._connection = http.client.HTTPSConnection(
            "localhost",
            port,
            timeout=60,
            context=ssl.create_default_context(cafile=certificate),
            source_address=(source, 0),
        )

    def __del__(self) -> None:
        self._connection.close()  # whoever is let go hangs up

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Send, over a new connection if the old one has been closed."""
        token = next((value for name, value in self.cookies.items() if "csrf" in name), "")
        sent = {"Origin": self._origin, "Referer": f"{self._origin}/", "X-CSRFToken": token, **headers}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            self._connection.request(method, path, body=body, headers=sent)
            answer = self._connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        except BaseException:
            self._connection.close()
            raise
        for line in answer.msg.get_all("Set-Cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return Answer(answer.status, text, answer.msg)

    def send(self, path: str, body: dict[str, Any], **headers: str) -> Answer:
        """Post to the API."""
        return self.ask(
            "POST",
            f"/api/v1/{path}",
            json.dumps(body).encode(),
            **{"Content-Type": "application/json"} | headers,
        )

    def raise_request(self, place: str, key: str) -> Answer:
        body = {"text": "三栋二单元楼道灯不亮，老人晚上上下楼不方便。", "place": place}
        return self.send("requests", body, **{"Idempotency-Key": key})

    def sign_in(self, username: str) -> Client:
        """Sign in as staff do: name, password, second factor."""
        door, second = "/desk/sign-in", "/desk/sign-in/second"
        self._fill_in(door, second, login=username, password=PASSWORD)
        code = TOTP(b32decode(SECRET), 6, SHA1(), 30).generate(int(time.time())).decode()  # noqa: S303 -- RFC 6238
        self._fill_in(second, "/", code=code)
        return self

    def form(self, path: str, **fields: str) -> bytes:
        """Fetch a form, and return it filled in."""
        found = TOKEN.search(self.ask("GET", path).body)
        assert found, f"{path} shows no form"
        return urlencode({"csrfmiddlewaretoken": found[1], **fields}).encode()

    def _fill_in(self, path: str, leads: str, **fields: str) -> None:
        answer = self.ask("POST", path, self.form(path, **fields), **FORM)
        to = answer.headers.get("Location", "")
        assert (answer.status, to.startswith(leads)) == (302, True), (answer.status, to, answer.body[:300])
