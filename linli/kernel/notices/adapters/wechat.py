"""WeChat subscription messages: ``stable_token`` and ``message/subscribe/send``.

https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-message-management/subscribe-message/sendMessage.html
The interface has no key against sending twice. A one-time subscription is used up by
the first message, so a second attempt is answered 43101 and shows nothing.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from django.conf import settings

from linli.kernel.notices.adapters import wire
from linli.kernel.notices.choices import Channel
from linli.kernel.notices.services import gateways
from linli.kernel.notices.services.gateways import Message, Receipt, Refused, TryLater

STALE_TOKEN = frozenset({40001, 40014, 42001})
# No openid, no such template, unsubscribed, no such page, parameters that do not fit.
HOPELESS = frozenset({40003, 40037, 41030, 43101, 47003})
WAITS = {45009: 3600}  # the day's quota
# How long a value of each kind may be, in characters.
LONGEST = {"thing": 20, "character_string": 32, "number": 32, "letter": 32, "phrase": 5, "name": 10}
# A token is given back this long before it ends.
MARGIN_SECONDS = 300


@dataclass
class WeChat:
    """``templates`` maps ours to theirs.

    ``{"request.accept": {"id": "…", "page": "pages/t", "data": {"thing1": "place", "character_string2": "number"}}}``
    """

    base_url: str
    app_id: str
    secret: str
    templates: Mapping[str, Mapping[str, Any]]
    _token: str = ""
    _token_ends: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def send(self, address: str, message: Message, dedupe_key: str) -> Receipt:
        template = self.templates.get(message.template)
        if template is None:
            raise Refused("no_template")
        body = {
            "touser": address,
            "template_id": template["id"],
            "page": template.get("page", ""),
            "miniprogram_state": "formal",
            "lang": "zh_CN",
            "data": {
                slot: {"value": message.words.get(ours, "")[: LONGEST.get(_kind(slot), 20)]}
                for slot, ours in template["data"].items()
            },
        }
        answer = self._send(body, self._current_token())
        if answer.get("errcode") in STALE_TOKEN:
            answer = self._send(body, self._fresh_token())
        _check(answer)
        return Receipt(str(answer.get("msgid", dedupe_key)))

    def find(self, address: str, message: Message, dedupe_key: str) -> Receipt | None:
        """Nothing can be asked here; see the head of this file."""
        return None

    def _send(self, body: Mapping[str, Any], token: str) -> dict[str, Any]:
        return self._post(f"/cgi-bin/message/subscribe/send?access_token={quote(token, safe='')}", body)

    def _current_token(self) -> str:
        with self._lock:
            if self._token and time.monotonic() < self._token_ends:
                return self._token
        return self._fresh_token()

    def _fresh_token(self) -> str:
        """Ask for the token that holds now; all processes are given the same one."""
        answer = self._post(
            "/cgi-bin/stable_token",
            {"grant_type": "client_credential", "appid": self.app_id, "secret": self.secret},
        )
        if "access_token" not in answer:
            raise TryLater(f"token_{answer.get('errcode', 'missing')}")
        with self._lock:
            self._token = str(answer["access_token"])
            self._token_ends = time.monotonic() + max(0, int(answer.get("expires_in", 0)) - MARGIN_SECONDS)
            return self._token

    def _post(self, target: str, body: Mapping[str, Any]) -> dict[str, Any]:
        content = json.dumps(body, ensure_ascii=False).encode()
        answer = wire.post(self.base_url, target, headers={"Content-Type": "application/json"}, body=content)
        try:
            found = json.loads(answer.body)
        except ValueError as error:
            raise TryLater(f"http_{answer.status}", doubtful=True) from error
        if not isinstance(found, dict):
            raise TryLater(f"http_{answer.status}", doubtful=True)
        return found


def _kind(slot: str) -> str:
    """``thing1`` is of the kind ``thing``."""
    return slot.rstrip("0123456789")


def _check(answer: Mapping[str, Any]) -> None:
    code = int(answer.get("errcode", -1))
    if code in HOPELESS:
        raise Refused(str(code))
    if code != 0:
        raise TryLater(str(code), doubtful=code == -1, wait=WAITS.get(code, 0))


def from_settings() -> WeChat | None:
    """Return the gateway of the setting ``WECHAT``, None where it has no ``base_url``."""
    config = getattr(settings, "WECHAT", {})
    return _built(json.dumps(config, sort_keys=True)) if config.get("base_url") else None


@lru_cache(maxsize=4)
def _built(config: str) -> WeChat:
    return WeChat(**json.loads(config))


def register() -> None:
    gateways.register(Channel.WECHAT, from_settings)
