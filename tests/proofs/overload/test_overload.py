"""Ten times too many come: what is urgent gets through, the rest is told at once, and it is soon over (C1 to C6)."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TypeVar

import pytest

from bench import site as bench_site
from tests.proofs.durability.serving import Installation
from tests.proofs.overload.asking import (
    REFUSED,
    Asking,
    capacity,
    idle,
    lost,
    seconds_until_calm,
    slowest,
    taken,
)
from tests.proofs.overload.crowd import TAKEN, Crowd, Heard, part

pytestmark = pytest.mark.alone
SOON = 2.0  # seconds in which what is urgent is answered
AT_ONCE = 0.2  # seconds in which a refusal is said
URGENT_RATE = 5  # a second, and as many tracking pages
FIVE_MINUTES = 300
OUTAGE = 30  # seconds
CROWD = 1000
ENOUGH = 100  # reports while something else is done
REGISTER = 2000  # lines of a file of the register
EXPORTED = 100_000  # lines in all
EASY = 0.3  # of what it can do: a calm day
CORES = os.sched_getaffinity(0)
T = TypeVar("T")


def run(steps: Coroutine[None, None, T], cores: set[int] = CORES) -> T:
    """Run them in a thread of its own: in the test's, a browser of an earlier test may keep an event loop."""
    with ThreadPoolExecutor(1, initializer=os.sched_setaffinity, initargs=(0, cores)) as own:
        return own.submit(asyncio.run, steps).result()


@contextmanager
def served_apart(site: Installation) -> Iterator[set[int]]:
    """Serve on one core; yield the others, for those who ask: on a real site they bring machines of their own."""
    site.kill()
    site.cores = {min(CORES)}
    site.start()
    try:
        yield CORES - site.cores or CORES
    finally:
        site.kill()
        site.cores = CORES
        site.start()


@pytest.fixture(scope="module")
def asking(site):
    return Asking(site)


@dataclass
class Burst:
    able: float  # reports a second, before
    calm: float  # seconds that 95 of 100 waited at most, before
    crowd: Crowd
    seconds: float
    over: int  # seconds until it was calm again

    @property
    def emergency(self) -> list[Heard]:
        return self.crowd.of("urgent") + self.crowd.of("track")

    @property
    def in_time(self) -> list[Heard]:
        return [one for one in taken(self.emergency) if one.seconds <= SOON]

    @property
    def useful(self) -> float:
        """Reports taken a second, urgent or not."""
        return len(taken(self.crowd.of("ordinary") + self.crowd.of("urgent"))) / self.seconds

    @property
    def refused(self) -> list[Heard]:
        return [one for one in self.crowd.of("ordinary") if one.status == REFUSED]


async def burst(site, asking: Asking, *, before: float, seconds: float, patience: int) -> Burst:
    """Let ten times as many come as can be served, and look how long it is until all is calm again."""
    code = asking.one_code()
    able = await capacity(asking, site.port, before)
    calm = await idle(asking, site.port, able * EASY, before)
    async with Crowd(site.port) as crowd:
        await asyncio.gather(
            crowd.come(10 * able, seconds, asking.intake),
            crowd.come(URGENT_RATE, seconds, asking.urgent),
            crowd.come(URGENT_RATE, seconds, lambda: asking.tracking(code)),
        )
    over = await seconds_until_calm(asking, site.port, 2 * calm, able * EASY, patience) if patience else 0
    return Burst(able, calm, crowd, seconds, over)


def check_the_refusals(refused: list[Heard]) -> None:
    assert len(refused) > 0
    assert [one.head for one in refused if "retry-after: " not in one.head] == []
    assert {one.body for one in refused} == {refused[0].body}
    assert json.loads(refused[0].body)["detail"].endswith("着急请直接打 12345。")


@pytest.mark.slow  # a server is started and overloaded for a second
def test_in_a_burst_everything_urgent_is_taken_and_the_rest_is_taken_or_told_when_to_come_again(site, asking):
    came = run(burst(site, asking, before=1, seconds=1, patience=0))

    assert Counter(one.status for one in came.crowd.of("urgent")) == {201: len(came.crowd.of("urgent"))}
    assert Counter(one.status for one in came.crowd.of("track")) == {200: len(came.crowd.of("track"))}
    assert set(Counter(one.status for one in came.crowd.of("ordinary"))) == {201, 503}
    check_the_refusals(came.refused)
    assert lost(site, came.crowd.of("ordinary") + came.crowd.of("urgent")) == []


@pytest.mark.proof
def test_ten_times_too_many_for_five_minutes(site, asking, figure):
    with served_apart(site) as others:
        came = run(burst(site, asking, before=10, seconds=FIVE_MINUTES, patience=40), others)
    n, late = len(came.emergency), len(came.emergency) - len(came.in_time)
    gone = lost(site, came.crowd.of("ordinary") + came.crowd.of("urgent"))
    said = [one.seconds for one in came.refused]
    figure(
        "C1",
        "10 × C: urgent and tracking, not answered in 2 s",
        target="≤ 0.1 %",
        n=n,
        floor=2_500,
        got=f"{100 * late / n:.2f} %",
    )
    figure(
        "C1",
        "10 × C: acknowledged and lost",
        target="0",
        n=len(taken(came.crowd.heard)),
        floor=5_000,
        got=len(gone),
    )
    figure(
        "C1",
        "10 × C: useful, of C",
        target="≥ 80 %",
        n=len(taken(came.crowd.of("ordinary"))),
        floor=5_000,
        got=f"{100 * came.useful / came.able:.0f} % of {came.able:.0f}/s",
    )
    figure(
        "C1",
        "10 × C: a refusal is said, p95",
        target="≤ 0.2 s",
        n=len(said),
        floor=20_000,
        got=f"{part(said, 0.95):.2f} s",
    )
    figure("C2", "calm again after the burst", target="≤ 30 s", n=1, floor=1, got=f"{came.over} s")

    check_the_refusals(came.refused)
    assert gone == []
    assert late <= n / 1000
    assert came.useful >= 0.8 * came.able
    assert part(said, 0.95) <= AT_ONCE
    assert came.over <= 30


@pytest.mark.proof
def test_fifty_sign_ins_at_once_do_not_keep_reports_waiting(site, asking, figure):
    asking.show_the_door()

    async def storms() -> tuple[Crowd, Crowd]:
        async with Crowd(site.port) as calm:
            await calm.come(10, 30, asking.intake)
        async with Crowd(site.port) as stormy:

            async def storm() -> None:
                for _time in range(5):
                    await asyncio.gather(*(stormy.ask(asking.sign_in()) for _one in range(50)))

            await asyncio.gather(stormy.come(10, 30, asking.intake), storm())
        return calm, stormy

    calm, stormy = run(storms())
    before, during = slowest(calm.of("ordinary")), slowest(stormy.of("ordinary"))
    signed = Counter(one.status for one in stormy.of("sign-in"))
    figure(
        "C3",
        "50 sign-ins at once: intake p95",
        target="≤ 2 × idle",
        n=len(stormy.of("ordinary")),
        floor=250,
        got=f"{during / before:.1f} × ({1000 * before:.0f} ms), {signed[200]} of 250 answered in their lane",
    )

    assert len(taken(stormy.of("ordinary"))) == len(stormy.of("ordinary"))
    assert set(signed) <= {200, REFUSED}  # 200: that name and password are not right
    assert signed[200] >= 50  # they go on, one hash after the other
    assert during <= 2 * before


@pytest.mark.proof
def test_a_thousand_who_try_again_without_a_pause_after_an_outage(site, asking, figure):
    async def outage() -> tuple[list[float], int]:
        site.kill()
        served: list[float] = []
        async with Crowd(site.port) as crowd:

            async def person() -> None:
                await crowd.insist(asking.intake())
                served.append(time.monotonic())

            people = [asyncio.create_task(person()) for _person in range(CROWD)]
            await asyncio.sleep(OUTAGE)
            await asyncio.to_thread(site.start)
            back = time.monotonic()
            await asyncio.gather(*people)
        return [at - back for at in served], len(crowd.heard)

    calm = run(idle(asking, site.port, 10, 9))
    served, tries = run(outage())
    over = run(seconds_until_calm(asking, site.port, 2 * calm, 10, 60))
    figure(
        "C4",
        "1,000 try again at once after 30 s away: all taken",
        target="≤ 60 s",
        n=len(served),
        floor=CROWD,
        got=f"{max(served):.0f} s, calm {over} s later, {tries:,} tries",
    )

    assert max(served) + over <= 60


def lines(clerk: Crowd) -> int:
    """The lines of the files that somebody was given."""
    return sum(one.body.count(b"\n") - 1 for one in clerk.heard if one.status in TAKEN)


def in_the_back(site: Installation, *command: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "manage.py", *command], cwd=bench_site.ROOT,
        env=site.environment | {"LINLI_BACKUPS": str(site.folder / "backups")},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


async def reported(site: Installation, asking: Asking) -> None:
    """Report until the register fills a file."""
    async with Crowd(site.port) as crowd:
        while len(taken(crowd.heard)) < REGISTER:
            await crowd.press(8, 1, asking.intake)


async def exported(clerk: Crowd, asking: Asking) -> None:
    """Take one file of the register after the other."""
    while lines(clerk) < EXPORTED:
        await clerk.ask(asking.register())


@pytest.mark.proof
def test_a_backup_a_recount_and_files_of_the_register_leave_reports_quick(site, asking, figure):
    async def meanwhile() -> tuple[Crowd, Crowd, list[int]]:
        codes = []
        await asyncio.to_thread((site.folder / "backups").mkdir)
        async with Crowd(site.port) as crowd, Crowd(site.port) as clerk:
            files = asyncio.create_task(exported(clerk, asking))
            while len(crowd.heard) < ENOUGH or not files.done():
                for command in (("backup",), ("verify", "--json")):
                    work = in_the_back(site, *command)
                    while work.poll() is None:
                        await crowd.come(10, 1, asking.intake)
                    codes.append(work.returncode)
            await files
        return crowd, clerk, codes

    run(reported(site, asking))
    calm = run(idle(asking, site.port, 10, 30))
    crowd, clerk, codes = run(meanwhile())
    during = slowest(crowd.heard)
    figure(
        "C5",
        f"backup, verify and recount, {lines(clerk):,} lines of files: intake p95",
        target="≤ 1.5 × idle",
        n=len(crowd.heard),
        floor=ENOUGH,
        got=f"{during / calm:.1f} × ({1000 * calm:.0f} ms)",
    )

    assert len(taken(crowd.heard)) == len(crowd.heard)
    assert set(codes[::2]) == {0}
    assert {one.status for one in clerk.heard} == {200}
    assert during <= 1.5 * calm


@pytest.mark.proof
def test_those_who_send_slowly_do_not_touch_what_is_urgent(site, asking, figure):
    head = b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    half = b"Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{"
    ends = [head % b"/api/v1/requests"] * 500 + [head % b"/api/v1/requests/urgent" + half] * 200

    async def meanwhile() -> Crowd:
        async with Crowd(site.port) as crowd:
            await crowd.come(URGENT_RATE, 20, asking.urgent)
        return crowd

    calm = run(meanwhile())
    with ExitStack() as stack:
        slow = [stack.enter_context(socket.create_connection(("127.0.0.1", site.port))) for _one in ends]
        for one, text in zip(slow, ends, strict=True):
            one.sendall(text)
        crowd = run(meanwhile())
    in_time = [one for one in taken(crowd.heard) if one.seconds <= SOON]
    figure(
        "C6",
        "500 slow heads, 200 slow bodies: urgent answered in 2 s",
        target="all",
        n=len(crowd.heard),
        floor=90,
        got=f"{len(in_time)}, p95 {1000 * slowest(crowd.heard):.0f} ms, before {1000 * slowest(calm.heard):.0f} ms",
    )

    assert len(in_time) == len(crowd.heard)
    assert site.ask("GET", "/")[0] == 200
