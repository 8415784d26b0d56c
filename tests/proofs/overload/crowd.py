"""A crowd that comes whether it is answered or not: so many a second, over kept connections."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Self

PATIENCE = 15.0  # seconds after which nobody waits for an answer any more
NEVER = 0  # the status of what was never answered
TICK = 0.005
TAKEN = (200, 201)


@dataclass(frozen=True, slots=True)
class Request:
    """``kind`` is what it is counted as; ``mark`` is what the answer is looked up by afterwards."""

    kind: str
    text: bytes
    mark: str = ""


@dataclass(slots=True)
class Heard:
    """What became of a request: when it was due, in how many seconds it was answered; status NEVER if it was not."""

    kind: str
    mark: str
    at: float
    seconds: float = 0.0
    status: int = NEVER
    head: str = ""
    body: bytes = b""


def request(
    kind: str, method: str, path: str, body: bytes = b"", *, mark: str = "", **headers: str
) -> Request:
    """Write a request down; it comes from an address of its own unless ``X_Forwarded_For`` says one."""
    numbers = random.randbytes(3)
    said = {
        "Host": "127.0.0.1",
        "Content-Length": str(len(body)),
        "X-Forwarded-For": f"10.{numbers[0]}.{numbers[1]}.{numbers[2]}",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    return Request(kind, f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body, mark)


class Line(asyncio.Protocol):
    """One kept connection: a request, then its answer."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._got = b""
        self._answer: asyncio.Future[tuple[str, bytes]] | None = None

    def ask(self, text: bytes) -> asyncio.Future[tuple[str, bytes]]:
        self._got = b""
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(text)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        if not found or self._answer is None or self._answer.done():
            return
        lowered = head.lower()
        _before, _name, length = lowered.partition(b"content-length:")
        if len(body) >= int(length.partition(b"\r\n")[0] or 0):
            if b"connection: close" in lowered:
                self.transport.close()
            self._answer.set_result((head.decode("latin-1"), body))

    def connection_lost(self, _error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("hung up"))


@dataclass
class Crowd:
    """Everybody who comes to one port, and what they heard."""

    port: int
    heard: list[Heard] = field(default_factory=list)
    _idle: list[Line] = field(default_factory=list)
    _lines: list[Line] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        for line in self._lines:
            line.transport.abort()
        await asyncio.sleep(TICK)

    async def ask(self, one: Request) -> Heard:
        """Ask over a connection that nobody uses; remember what was heard."""
        began = time.monotonic()
        heard = Heard(one.kind, one.mark, began)
        try:
            async with asyncio.timeout(PATIENCE):
                line = await self._line()
                said, heard.body = await line.ask(one.text)
            heard.head, heard.status = said.lower(), int(said[9:12])
            if not line.transport.is_closing():
                self._idle.append(line)
        except (TimeoutError, OSError):
            heard.status = NEVER
        heard.seconds = time.monotonic() - began
        self.heard.append(heard)
        return heard

    async def _line(self) -> Line:
        while self._idle:
            if not (line := self._idle.pop()).transport.is_closing():
                return line
        line = await self.connected()
        self._lines.append(line)
        return line

    async def connected(self) -> Line:
        """Connect anew."""
        _transport, line = await asyncio.get_running_loop().create_connection(Line, "127.0.0.1", self.port)
        return line

    async def come(self, rate: float, seconds: float, make: Callable[[], Request]) -> None:
        """Let ``rate`` a second come for so long, whatever becomes of those before; wait for the last."""
        began, come, under_way = time.monotonic(), 0, set()
        while (passed := time.monotonic() - began) < seconds:
            while come < passed * rate:
                task = asyncio.create_task(self.ask(make()))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
                come += 1
            await asyncio.sleep(TICK)
        await asyncio.gather(*under_way)

    async def press(self, people: int, seconds: float, make: Callable[[], Request]) -> None:
        """Let so many people ask one thing after the other, at once again when answered."""
        ends = time.monotonic() + seconds

        async def person() -> None:
            while time.monotonic() < ends:
                await self.ask(make())

        await asyncio.gather(*(person() for _person in range(people)))

    async def insist(self, one: Request) -> None:
        """Ask the same again and again, until it is taken."""
        while (heard := await self.ask(one)).status not in TAKEN:
            if heard.status == NEVER:  # nobody is there: a machine needs a moment before it tries again
                await asyncio.sleep(0.2)

    def of(self, kind: str) -> list[Heard]:
        return [one for one in self.heard if one.kind == kind]


def part(values: Iterable[float], share: float) -> float:
    """The value that so large a share stays under."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))]
