"""The entrance of ``linli serve``: what is sent is taken in whole before a thread is given to it.

A WSGI server reads a body in the thread that answers, and here there are few: one
process writes. Whoever sent half a body and then nothing would keep a thread for good.
So the event loop waits for the body, for a time, and carries the answer out as well.
On servers nginx does the same in front of ``config.wsgi``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import Any

from asgiref.wsgi import WsgiToAsgiInstance

from config.wsgi import application

IDLE = 20.0  # seconds within which something more must come, or be taken away
MOST = 128 * 1024 * 1024  # bytes: as many photos of the largest size as a report may have, and the form
IN_MEMORY = 1024 * 1024  # bytes: what is longer waits on the disk
THREADS = 8
CHUNK = 64 * 1024

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Body = SpooledTemporaryFile[bytes]
Site = Callable[..., Any]  # as PEP 3333 has it


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: tuple[tuple[bytes, bytes], ...] = ((b"content-length", b"0"), (b"connection", b"close"))
    body: bytes = b""


class Entrance:
    """An ASGI application that asks a WSGI one. ``idle`` in seconds, ``most`` in bytes."""

    def __init__(self, site: Site, *, idle: float = IDLE, most: int = MOST, threads: int = THREADS) -> None:
        self._site, self._idle, self._most = site, idle, most
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="web")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        with SpooledTemporaryFile(max_size=IN_MEMORY) as body:
            # With both lengths only this one reaches us, so it cannot be told whether there was another: who
            # sends no length is asked for it (RFC 9112, 6.3). No browser does, nor a proxy that buffers.
            is_chunked = any(name == b"transfer-encoding" for name, _value in scope["headers"])
            refusal = HTTPStatus.LENGTH_REQUIRED if is_chunked else await self._take_in(body, receive)
            if refusal is None:
                loop = asyncio.get_running_loop()
                answer = await loop.run_in_executor(self._pool, self._ask, scope, body)
            else:
                answer = Answer(refusal)
        await self._carry_out(answer, send)

    async def _take_in(self, body: Body, receive: Receive) -> HTTPStatus | None:
        """Write down what is sent; return why it is refused, None if it is not."""
        try:
            while True:
                async with asyncio.timeout(self._idle):
                    message = await receive()
                if message["type"] != "http.request":
                    return HTTPStatus.BAD_REQUEST  # gone in the middle; nobody hears this
                body.write(message.get("body", b""))
                if body.tell() > self._most:
                    return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
                if not message.get("more_body"):
                    return None
        except TimeoutError:
            return HTTPStatus.REQUEST_TIMEOUT

    def _ask(self, scope: Scope, body: Body) -> Answer:
        """Ask the site, in a thread of the pool; the whole answer is in hand before any of it is sent."""
        heard: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
            heard.append((status, headers))

        try:
            environ = environ_of(scope, body)
        except ValueError:  # a header a hundred times over, an address that is no text
            return Answer(HTTPStatus.BAD_REQUEST)
        said = self._site(environ, start_response)
        try:
            content = b"".join(said)
        finally:
            said.close()
        status, headers = heard[-1]
        encoded = ((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers)
        return Answer(int(status.partition(" ")[0]), tuple(encoded), content)

    async def _carry_out(self, answer: Answer, send: Send) -> None:
        """Send it piece by piece, for as long as somebody takes the pieces."""
        try:
            async with asyncio.timeout(self._idle):
                await send(
                    {"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)}
                )
            for start in range(0, max(1, len(answer.body)), CHUNK):
                piece, more = answer.body[start : start + CHUNK], start + CHUNK < len(answer.body)
                async with asyncio.timeout(self._idle):
                    await send({"type": "http.response.body", "body": piece, "more_body": more})
        except TimeoutError:
            return


def environ_of(scope: Scope, body: Body) -> dict[str, Any]:
    """Return what WSGI knows of a request whose body has been taken in.

    Names with an underscore are dropped: ``X_Forwarded_For`` would pass for ``X-Forwarded-For``.
    """
    size = body.tell()
    body.seek(0)
    kept = [(name, value) for name, value in scope["headers"] if b"_" not in name]
    instance = WsgiToAsgiInstance(application)
    instance.scope = {**scope, "headers": kept}
    return {**instance.build_environ(scope, body), "CONTENT_LENGTH": str(size)}


entrance = Entrance(application)
