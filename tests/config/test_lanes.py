"""Lanes: what is full keeps nothing else waiting, and whoever is refused is told at once."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from threading import Event

import pytest
from django.urls import reverse

from config.asgi import Entrance
from config.lanes import HASHING, PLANS, REPORTS, Plan, address_of, lane_of
from linli.kernel.cases import registry
from tests.authorisation.matrix import routes
from tests.config.test_asgi import SCOPE, Said, asked, pieces

LONG = 10  # seconds; nobody here waits that long


class Stuck:
    """A site whose ordinary pages wait until they are let go; everything else is answered at once."""

    def __init__(self, slow=("/slow",)):
        self.slow, self.go_on, self.asked = slow, Event(), []

    def __call__(self, environ, start_response):
        self.asked.append(environ["PATH_INFO"])
        if environ["PATH_INFO"] in self.slow:
            assert self.go_on.wait(LONG)
        start_response("200 OK", [])
        return Said([b"answered"])


def scope(path="/slow", method="GET", client="10.0.0.1", headers=()):
    return SCOPE | {"path": path, "method": method, "client": (client, 9), "headers": list(headers)}


@asynccontextmanager
async def crowd(entrance, *scopes):
    """So many who are being answered or wait, and are let go at the end."""
    tasks = [asyncio.create_task(asked(entrance, pieces(b""), one)) for one in scopes]
    for _step in range(10):
        await asyncio.sleep(0)
    try:
        yield tasks
    finally:
        entrance._site.go_on.set()
        await asyncio.gather(*tasks)


def plans(**given):
    return PLANS | given


@pytest.mark.parametrize(
    ("method", "path", "lane"),
    [
        ("POST", "/report/urgent", "urgent"), ("GET", "/report/urgent", "urgent"),
        ("POST", "/api/v1/requests/urgent", "urgent"), ("POST", "/api/v1/protected", "urgent"),
        ("GET", "/t/ABCD-EFGH", "track"), ("HEAD", "/t/ABCD-EFGH", "track"), ("GET", "/report/sent/ABCD", "track"),
        ("GET", "/find", "track"), ("POST", "/find", "track"), ("POST", "/t/ABCD/rate", "ordinary"),
        ("POST", "/desk/sign-in", "sign_in"), ("GET", "/desk/sign-in", "ordinary"),
        ("GET", "/static/ui/resident.css", "static"), ("GET", "/health", "watch"), ("GET", "/metrics", "watch"),
        ("POST", "/report", "ordinary"), ("POST", "/api/v1/requests", "ordinary"), ("GET", "/", "ordinary"),
        ("POST", "//report/urgent", "ordinary"), ("GET", "/api/v1/requests/urgently", "ordinary"),
    ],
)  # fmt: skip
def test_a_lane_is_known_by_method_and_address_alone(method, path, lane):
    assert lane_of(method, path) == lane


def test_the_lanes_know_every_address_that_computes_a_hash_and_every_one_for_what_is_urgent():
    hashing = ("account_login", "join", "set_up", "account_change_password", "account_reauthenticate")

    assert {reverse(name) for name in hashing} == HASHING
    marked = {"/" + route for route, method in routes() if method == "POST" and route.endswith("/urgent")}
    assert marked | {f"/api/v1/{registry.get('protected').plural}"} == REPORTS
    code = "ABCD-EFGH"
    assert lane_of("GET", reverse("requests:track", args=[code])) == "track"
    assert lane_of("GET", reverse("requests:sent", args=[code])) == "track"


def test_what_is_urgent_and_where_a_report_stands_get_through_while_everything_else_is_full():
    site = Stuck()
    entrance = Entrance(site, plans=plans(ordinary=Plan(threads=1, waiting=2)))
    paths = (
        "/report/urgent",
        "/api/v1/protected",
        "/t/ABCD",
        "/health",
        "/static/ui/resident.css",
        "/desk/sign-in",
    )

    async def all_of_it():
        async with crowd(entrance, *[scope()] * 3):
            full = await asked(entrance, pieces(b""), scope())
            others = [
                await asked(entrance, pieces(b""), scope(path, "POST" if path in HASHING else "GET"))
                for path in paths
            ]
            return full[0], [status for status, _headers, _body in others]

    assert asyncio.run(all_of_it()) == (503, [200] * len(paths))
    assert site.asked.count("/slow") == 3


def test_a_full_lane_of_sign_ins_keeps_nobody_else_waiting():
    site = Stuck(slow=("/desk/sign-in",))
    entrance = Entrance(site, plans=plans(sign_in=Plan(threads=2, waiting=1)))
    storm = [scope("/desk/sign-in", "POST")] * 3

    async def all_of_it():
        async with crowd(entrance, *storm):
            one_more = await asked(entrance, pieces(b""), storm[0])
            intake = await asked(entrance, pieces(b""), scope("/api/v1/requests", "POST"))
            return one_more[0], intake[0]

    assert asyncio.run(all_of_it()) == (503, 200)


def test_one_address_gets_a_part_of_the_urgent_lane_and_the_rest_of_its_requests_are_ordinary():
    site = Stuck(slow=("/report/urgent",))
    urgent, ordinary = Plan(threads=2, waiting=2, share=0.5, else_in="ordinary"), Plan(threads=1, waiting=1)
    entrance = Entrance(site, plans=plans(urgent=urgent, ordinary=ordinary))
    flood = [scope("/report/urgent", "POST")] * 4  # two find a place there, two in the ordinary lane

    async def all_of_it():
        async with crowd(entrance, *flood):
            fifth = await asked(entrance, pieces(b""), flood[0])
            other = asyncio.create_task(
                asked(entrance, pieces(b""), scope("/report/urgent", "POST", "10.0.0.2"))
            )
            await asyncio.sleep(0)
            assert not other.done()  # it waits in the lane: it is not refused
        return fifth[0], (await other)[0]

    assert asyncio.run(all_of_it()) == (503, 200)


def test_who_has_waited_too_long_is_told_so_and_the_site_is_not_asked_for_them():
    site = Stuck()
    entrance = Entrance(site, plans=plans(ordinary=Plan(threads=1, waiting=5, patience=0.01)))

    async def all_of_it():
        async with crowd(entrance, scope()):
            return await asked(entrance, pieces(b""), scope())

    assert asyncio.run(all_of_it())[0] == 503
    assert site.asked == ["/slow"]


def test_bodies_take_up_so_much_room_and_no_more():
    site = Stuck()
    entrance = Entrance(site, plans=plans(ordinary=Plan(threads=1, waiting=5, room=10)))

    async def all_of_it():
        waiting = asyncio.create_task(asked(entrance, pieces(b"12345678"), scope(method="POST")))
        await asyncio.sleep(0)
        too_much = await asked(entrance, pieces(b"123"), scope(method="POST"))
        site.go_on.set()
        await waiting
        return too_much, await asked(entrance, pieces(b"1234567890"), scope(method="POST"))

    refused, taken = asyncio.run(all_of_it())
    assert (refused[0], dict(refused[1])[b"connection"], taken[0]) == (503, b"close", 200)
    assert {name: lane.bytes for name, lane in entrance._lanes.items()} == dict.fromkeys(PLANS, 0)


@pytest.mark.parametrize(
    ("headers", "status", "waited"),
    [
        ([], 503, False),
        ([(b"content-length", b"16384")], 503, False),
        ([(b"content-length", b"16385")], 503, True),  # whoever still sends hears nothing if we hang up
        ([(b"content-length", b"many")], 503, True),
        ([(b"transfer-encoding", b"chunked")], 411, False),
    ],
)
def test_where_a_lane_is_full_a_short_body_is_not_waited_for(headers, status, waited):
    entrance = Entrance(Stuck(), plans=plans(ordinary=Plan(threads=1, waiting=0)))
    received = []

    async def receive():
        received.append(1)
        return {"type": "http.request", "body": b"x"}

    async def one():
        async with crowd(entrance, scope()):
            return await asked(entrance, receive, scope(method="POST", headers=headers))

    assert asyncio.run(one())[0] == status
    assert bool(received) is waited


def refused(path, **headers):
    """What somebody hears who finds the ordinary lane full."""
    entrance = Entrance(Stuck(), plans=plans(ordinary=Plan(threads=1, waiting=0)))
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]

    async def one():
        async with crowd(entrance, scope()):
            return await asked(entrance, pieces(b""), scope(path, headers=named))

    status, headers, body = asyncio.run(one())
    return status, {name.decode(): value.decode() for name, value in headers}, body.decode()


def test_the_refusal_is_a_page_with_whom_to_ring_and_the_way_for_what_is_urgent():
    status, headers, page = refused("/report")

    assert (status, headers["content-type"], headers["cache-control"]) == (
        503,
        "text/html; charset=utf-8",
        "no-store",
    )
    assert 5 <= int(headers["retry-after"]) <= 15
    assert "现在用的人太多" in page
    assert [number for number in ("12345", "110", "119", "120") if f'"tel:{number}"' not in page] == []
    assert 'href="/report/urgent"' in page
    assert "default-src 'self'" in headers["content-security-policy"].split("; ")
    assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")


def test_a_program_is_refused_with_a_problem_and_a_part_of_a_page_with_a_part():
    status, headers, said = refused("/api/v1/requests")
    part = refused("/report/places", hx_request="true")

    assert (status, headers["content-type"]) == (503, "application/problem+json")
    assert int(headers["retry-after"]) > 0
    assert json.loads(said) == {
        "title": "Service Unavailable", "status": 503, "field": "",
        "detail": "现在用的人太多，这次没有办成，请过十几秒再试。着急请直接打 12345。",
    }  # fmt: skip
    assert (part[0], "<html" in part[2], "现在用的人太多" in part[2]) == (503, False, True)


@pytest.mark.parametrize(
    ("proxies", "said", "client", "who"),
    [
        (0, "203.0.113.9", "10.0.0.1", "10.0.0.1"),
        (1, "6.6.6.6, 203.0.113.9", "127.0.0.1", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.9.9.9", "127.0.0.1", "203.0.113.9"),
        (1, "", "127.0.0.1", ""),
        (1, "nonsense", "127.0.0.1", ""),
        (0, "", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (1, "2001:db8:1:2::9", "127.0.0.1", "2001:db8:1:2::/64"),
    ],
)
def test_an_address_is_told_as_the_proxies_in_front_say_and_a_network_of_ipv6_is_one(
    proxies, said, client, who
):
    assert (
        address_of(
            scope(client=client, headers=[(b"x-forwarded-for", said.encode())] if said else []), proxies
        )
        == who
    )
