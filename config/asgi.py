"""The web server's entrance, on one machine and on servers: who is let in, and into which lane.

What is sent is taken in whole before a thread is given to it. A WSGI server reads a body
in the thread that answers, and here there are few; whoever sent half a body and then
nothing would keep one for good. So the event loop waits for the body, for a time, gives
the request to its lane (:mod:`config.lanes`) or refuses it at once, and carries the
answer out as well. Where the lane is full already, a short body is not waited for: the
cheaper a refusal, the more is left for those who are let in.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from os import SEEK_END
from tempfile import SpooledTemporaryFile
from typing import Any

from asgiref.wsgi import WsgiToAsgiInstance

from config.wsgi import application  # first: it loads the apps

# isort: split

from django.conf import settings

from config.lanes import PLANS, Full, Lane, Plan, address_of, lane_of
from config.refusals import Answer, closed, come_again
from linli.foundation import measures

IDLE = 20.0  # seconds within which something more must come, or be taken away
IN_MEMORY = 1024 * 1024  # bytes: what is longer waits on the disk
CHUNK = 64 * 1024
SWITCH = 0.0005  # seconds until a thread that computes lets others have their turn
SHORT = 16 * 1024  # bytes of a body that is on its way already: nobody is cut off while they still send

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Body = SpooledTemporaryFile[bytes]
Site = Callable[..., Any]  # as PEP 3333 has it


class Entrance:
    """An ASGI application that asks a WSGI one. ``idle`` in seconds."""

    def __init__(self, site: Site, *, idle: float = IDLE, plans: Mapping[str, Plan] = PLANS) -> None:
        self._site, self._idle = site, idle
        self._lanes = {name: Lane(name, plan) for name, plan in plans.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        name = lane_of(scope["method"], scope["path"])
        lane, who = self._lanes[name], address_of(scope, settings.ALLAUTH_TRUSTED_PROXY_COUNT)
        if is_short(scope) and all(one.is_full(who) for one in self._open_to(lane)):
            answer = self._refuse(name, scope)
        else:
            with SpooledTemporaryFile(max_size=IN_MEMORY) as body:
                try:
                    answer = (
                        await self._take_in(lane, scope, body, receive)
                        or await self._let_in(lane, who, scope, body)
                        or self._refuse(name, scope)
                    )
                finally:
                    lane.bytes -= body.seek(0, SEEK_END)
        await self._carry_out(answer, send)

    async def _take_in(self, lane: Lane, scope: Scope, body: Body, receive: Receive) -> Answer | None:
        """Write down what is sent; return a refusal, None if it is taken."""
        if any(name == b"transfer-encoding" for name, _value in scope["headers"]):
            # With both lengths only this one reaches us, so it cannot be told whether there was another: who
            # sends no length is asked for it (RFC 9112, 6.3). No browser does, nor a proxy that buffers.
            return closed(HTTPStatus.LENGTH_REQUIRED)
        try:
            while True:
                async with asyncio.timeout(self._idle):
                    message = await receive()
                if message["type"] != "http.request":
                    return closed(HTTPStatus.BAD_REQUEST)  # gone in the middle; nobody hears this
                piece = message.get("body", b"")
                body.write(piece)
                lane.bytes += len(piece)
                if body.tell() > lane.plan.longest:
                    return closed(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
                if lane.bytes > lane.plan.room:
                    return closed(HTTPStatus.SERVICE_UNAVAILABLE)
                if not message.get("more_body"):
                    return None
        except TimeoutError:
            return closed(HTTPStatus.REQUEST_TIMEOUT)

    def _open_to(self, lane: Lane) -> list[Lane]:
        """Return the lane and the one beside it."""
        return [lane, self._lanes[lane.plan.else_in]] if lane.plan.else_in else [lane]

    async def _let_in(self, lane: Lane, who: str, scope: Scope, body: Body) -> Answer | None:
        """Have it answered in its lane, or in the one beside it; return None where both are full."""
        for one in self._open_to(lane):
            try:
                return await one.do(who, self._ask, scope, body)
            except Full:
                continue
        return None

    def _refuse(self, lane: str, scope: Scope) -> Answer:
        measures.refused(f"lane:{lane}")
        return come_again(scope)

    def _ask(self, scope: Scope, body: Body) -> Answer:
        """Ask the site, in a thread of a lane; the whole answer is in hand before any of it is sent."""
        heard: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
            heard.append((status, headers))

        try:
            environ = environ_of(scope, body)
        except ValueError:  # a header a hundred times over, an address that is no text
            return closed(HTTPStatus.BAD_REQUEST)
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


def is_short(scope: Scope) -> bool:
    """Is the body, by what is said of its length, so short that it came with the head?"""
    told = dict(scope["headers"])
    length = told.get(b"content-length", b"0")
    return b"transfer-encoding" not in told and length.isdigit() and int(length) <= SHORT


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


# With Python's own 5 ms, waited for after each statement of the database, a report beside a long file took 57 ms; now 22.
sys.setswitchinterval(SWITCH)
entrance = Entrance(application)
if settings.STANDBYS_ARE_WATCHED:
    from linli.foundation.postgresql import confirming  # what it needs is not loaded on one machine

    confirming.watch()
