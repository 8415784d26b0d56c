"""Lanes: who waits for whom when more people come than can be served.

Every lane has threads of its own, so that one that is full keeps no other waiting. A
request waits for a thread of its lane only while few others wait there, and only for a
time; who finds the lane full is refused at once and told when to come again. A lane is
known by method and address alone: nothing that was sent has to be read for it.

urgent    reports marked urgent, and those of protected matters
track     where a report stands, by its code
watch     whether the site is well
sign_in   what computes a password's hash: a storm of sign-ins takes one core at most
static    scripts, styles and pictures, without which a page is no page
ordinary  everything else

Whoever marks everything urgent gains little: one address holds a part of a lane only.
What finds no place in the lanes for urgent reports and for tracking is treated as
ordinary, so that the mark never makes it worse for those who share one address.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

KILOBYTE, MEGABYTE = 1024, 1024 * 1024
LONGEST_BODY = 128 * MEGABYTE  # as many photos of the largest size as a report may have, and the form
READING = frozenset({"GET", "HEAD"})
REPORTS = frozenset({"/report/urgent", "/api/v1/requests/urgent", "/api/v1/protected"})
TRACKING = ("/t/", "/report/sent/")
WATCHING = frozenset({"/health", "/metrics"})
HASHING = frozenset(
    {"/desk/sign-in", "/desk/join", "/set-up", "/desk/account/password", "/desk/account/confirm"}
)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a lane has.

    threads   answer at once
    waiting   requests may wait for a thread; the next one is refused
    patience  seconds that a request waits, then it is refused
    share     of these places that one address may hold
    longest   bytes of one body
    room      bytes of all bodies that are being taken in or wait
    else_in   the lane that takes what finds no place here
    """

    threads: int
    waiting: int
    patience: float = 3.0
    share: float = 1.0
    longest: int = LONGEST_BODY
    room: int = 1024 * MEGABYTE
    else_in: str = ""


PLANS: Mapping[str, Plan] = {
    "urgent": Plan(threads=2, waiting=32, share=0.25, else_in="ordinary"),
    "track": Plan(threads=2, waiting=64, share=0.25, longest=64 * KILOBYTE, else_in="ordinary"),
    "watch": Plan(threads=1, waiting=16, longest=64 * KILOBYTE),
    "sign_in": Plan(threads=2, waiting=60, patience=10.0, share=0.75, longest=MEGABYTE),
    "static": Plan(threads=2, waiting=512, share=0.75, longest=64 * KILOBYTE),
    "ordinary": Plan(threads=3, waiting=60, share=0.75),
}


class Full(Exception):
    """No place is left, or none for this address."""


def lane_of(method: str, path: str) -> str:
    """Return the name of the lane for a method and an address as it came."""
    if path in REPORTS:
        return "urgent"
    if path == "/find" or (method in READING and path.startswith(TRACKING)):
        return "track"
    if path in HASHING and method not in READING:
        return "sign_in"
    if path.startswith("/static/"):
        return "static"
    return "watch" if path in WATCHING else "ordinary"


class Lane:
    """The threads and the places of one lane; everything but the work itself happens in the event loop."""

    def __init__(self, name: str, plan: Plan) -> None:
        self.name, self.plan = name, plan
        self.bytes = 0  # of the bodies in hand
        self._places = plan.threads + plan.waiting
        self._most_for_one = max(1, int(self._places * plan.share))
        self._held: Counter[str] = Counter()
        self._free = asyncio.Semaphore(plan.threads)
        self._pool = ThreadPoolExecutor(plan.threads, thread_name_prefix=f"web-{name}")

    def is_full(self, who: str) -> bool:
        """Is there no place left, or none for this address?"""
        return self._held.total() >= self._places or self._held[who] >= self._most_for_one

    async def do(self, who: str, work: Callable[..., T], *given: Any) -> T:
        """Do the work in a thread of this lane, or raise :class:`Full`. ``who`` is an address."""
        async with self._place(who):
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, *given)

    @asynccontextmanager
    async def _place(self, who: str) -> AsyncIterator[None]:
        if self.is_full(who):
            raise Full
        self._held[who] += 1
        try:
            try:
                async with asyncio.timeout(self.plan.patience):
                    await self._free.acquire()
            except TimeoutError:
                raise Full from None
            try:
                yield
            finally:
                self._free.release()
        finally:
            self._held[who] -= 1
            if not self._held[who]:
                del self._held[who]


def address_of(scope: Mapping[str, Any], proxies: int) -> str:
    """Return where a request comes from, /64 for IPv6; ``proxies`` of our own stand in front of us.

    "" where it cannot be told: those count as one.
    """
    told = scope["client"][0] if scope.get("client") else ""
    if proxies:
        said = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for").split(b",")
        told = said[-proxies].strip().decode("latin-1") if len(said) >= proxies else ""
    try:
        address = ipaddress.ip_address(told)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((int(address) >> 64 << 64, 64))) if address.version == 6 else told
