"""Two providers as real HTTP servers on this machine, answering as theirs are documented to.

The SMS server recomputes each signature from the published algorithm on its own:
https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature
It does not drop duplicates: what it shows a phone, it shows as often as it was sent.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import struct
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit
from zoneinfo import ZoneInfo

KEY_ID, KEY_SECRET = "key-id", "key-secret"
SIGNED = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version"


class _Server(ThreadingHTTPServer):
    """Counts the connections it has taken, and those that are not over."""

    daemon_threads = True
    taken = under_way = 0
    counting = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self.counting:
            self.taken += 1
            self.under_way += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self.counting:
            self.under_way -= 1


class Provider:
    """``script`` holds what to do with the next requests; when it is empty, all is well.

    A word of the script is a provider's code, or one of ``hang``, ``reset`` (the
    connection is cut before anything was done), ``lost`` (done, then cut), ``drip``
    (done, the answer comes a byte at a time), ``garbage``, ``500``.
    """

    def __init__(self) -> None:
        self.script: list[str] = []
        self.requests: list[dict[str, Any]] = []
        self.base_url = ""
        self.server: _Server
        self.lock = threading.Lock()

    def settle(self) -> None:
        """Wait until all that was ever sent here has been answered, also to who is no longer there."""
        ends = time.monotonic() + 10
        before = self.server.taken
        with socket.create_connection(self.server.server_address[:2]):
            while self.server.taken == before:  # taken in order: then those before it have been, too
                assert time.monotonic() < ends
                time.sleep(0.001)
        while self.server.under_way:
            assert time.monotonic() < ends
            time.sleep(0.001)

    def next_word(self) -> str:
        with self.lock:
            return self.script.pop(0) if self.script else "OK"

    def answer(self, word: str, request: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError


class Sms(Provider):
    """``shown`` is what phones have shown: (number, out id, parameters), in order."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[tuple[str, str, dict[str, str]]] = []
        self.nonces: set[str] = set()
        self.faults: list[str] = []

    def answer(self, word: str, request: dict[str, Any]) -> dict[str, Any]:
        if fault := self._fault(request):
            self.faults.append(fault)
            return {"Code": "SignatureDoesNotMatch", "Message": fault}
        action, query = request["headers"]["x-acs-action"], request["query"]
        if action == "QuerySendDetails":
            return self._details(query)
        if word not in {"OK", "lost", "drip"}:
            return {"Code": word, "Message": f"Refused for {query['PhoneNumbers']}", "RequestId": "r"}
        with self.lock:
            self.shown.append((query["PhoneNumbers"], query["OutId"], json.loads(query["TemplateParam"])))
        return {"Code": "OK", "Message": "OK", "BizId": f"biz-{len(self.shown)}", "RequestId": "r"}

    def _details(self, query: dict[str, str]) -> dict[str, Any]:
        today = datetime.now(ZoneInfo("Asia/Shanghai")).strftime("%Y%m%d")  # all was shown during this test
        rows = [
            {"OutId": out_id, "SendStatus": 3, "PhoneNum": number}
            for number, out_id, _params in self.shown
            if number == query["PhoneNumber"] and query["SendDate"] == today
        ]
        first = (int(query["CurrentPage"]) - 1) * int(query["PageSize"])
        page = rows[first : first + int(query["PageSize"])]
        return {"Code": "OK", "TotalCount": len(rows), "SmsSendDetailDTOs": {"SmsSendDetailDTO": page}}

    def _fault(self, request: dict[str, Any]) -> str:
        """Return what is wrong with the signature, "" if nothing is."""
        headers, given = request["headers"], request["headers"].get("authorization", "")
        pairs = sorted(parse_qsl(request["raw_query"], keep_blank_values=True, strict_parsing=True))
        query = "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs)
        digest = hashlib.sha256(request["body"]).hexdigest()
        canonical = "".join(f"{name}:{headers[name].strip()}\n" for name in SIGNED.split(";"))
        whole = f"{request['method']}\n{request['path']}\n{query}\n{canonical}\n{SIGNED}\n{digest}".encode()
        signed = hmac.new(
            KEY_SECRET.encode(), b"ACS3-HMAC-SHA256\n" + hashlib.sha256(whole).hexdigest().encode(), "sha256"
        )
        expected = (
            f"ACS3-HMAC-SHA256 Credential={KEY_ID},SignedHeaders={SIGNED},Signature={signed.hexdigest()}"
        )
        at = datetime.strptime(headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        if given != expected:
            return "signature"
        if headers["x-acs-content-sha256"] != digest or headers["x-acs-version"] != "2017-05-25":
            return "content or version"
        if abs(datetime.now(UTC) - at) > timedelta(minutes=15):
            return "date"
        with self.lock:
            seen, _ = (
                headers["x-acs-signature-nonce"] in self.nonces,
                self.nonces.add(headers["x-acs-signature-nonce"]),
            )
        return "nonce" if seen else ""


class WeChat(Provider):
    """``tokens`` that hold; ``shown`` is (openid, template id, data)."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[tuple[str, str, dict[str, Any]]] = []
        self.token = "token-1"
        self.tokens_given = 0

    def answer(self, word: str, request: dict[str, Any]) -> dict[str, Any]:
        body = json.loads(request["body"])
        if request["path"] == "/cgi-bin/stable_token":
            self.tokens_given += 1
            wanted = {"grant_type": "client_credential", "appid": "wx1", "secret": "wechat-secret"}
            return {"access_token": self.token, "expires_in": 7200} if body == wanted else {"errcode": 40125}
        assert request["path"] == "/cgi-bin/message/subscribe/send"
        if request["query"] != {"access_token": self.token}:
            return {"errcode": 42001, "errmsg": "access_token expired"}
        if word not in {"OK", "lost", "drip"}:
            return {"errcode": int(word), "errmsg": f"refused for {body['touser']}"}
        self.shown.append((body["touser"], body["template_id"], body["data"]))
        return {"errcode": 0, "errmsg": "ok"}


@contextmanager
def running(provider: Provider) -> Iterator[Provider]:
    server = provider.server = _Server(("127.0.0.1", 0), _handler(provider))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    provider.base_url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

        def do_POST(self) -> None:
            request = _read(self)
            provider.requests.append(request)
            asks = request["headers"].get("x-acs-action") == "QuerySendDetails" or "token" in request["path"]
            word = "OK" if asks else provider.next_word()
            if word == "hang":
                time.sleep(1.5)
            if word in {"hang", "reset"}:
                _cut(self.connection)
                return
            content = b"<html>bad gateway</html>" if word in {"garbage", "500"} else None
            content = content or json.dumps(provider.answer(word, request), ensure_ascii=False).encode()
            if word == "lost":
                _cut(self.connection)
                return
            self.send_response(500 if word == "500" else 200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            for piece in (
                [content[at : at + 1] for at in range(len(content))] if word == "drip" else [content]
            ):
                self.wfile.write(piece)
                time.sleep(0.1 if word == "drip" else 0)

    return Handler


def _read(handler: BaseHTTPRequestHandler) -> dict[str, Any]:
    parts = urlsplit(handler.path)
    return {
        "id": uuid.uuid4(),
        "method": handler.command,
        "path": parts.path,
        "raw_query": parts.query,
        "query": dict(parse_qsl(parts.query, keep_blank_values=True)),
        "headers": {name.lower(): value for name, value in handler.headers.items()},
        "body": handler.rfile.read(int(handler.headers.get("Content-Length") or 0)),
    }


def _cut(connection: socket.socket) -> None:
    """End the connection with a reset instead of a good-bye."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
