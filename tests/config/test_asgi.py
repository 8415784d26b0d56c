"""The entrance of ``linli serve``: nobody keeps a thread by sending slowly."""

from __future__ import annotations

import asyncio

from config.asgi import Entrance
from config.lanes import PLANS, Plan

SCOPE = {
    "type": "http", "method": "POST", "path": "/report", "query_string": b"a=1", "http_version": "1.1", "scheme": "http",
    "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 9), "headers": [(b"host", b"localhost")],
}  # fmt: skip


class Said(list):
    """What a site answers: pieces, and to be closed."""

    closed = False

    def close(self):
        self.closed = True


class Site:
    def __init__(self):
        self.asked, self.answers = [], []

    def __call__(self, environ, start_response):
        self.asked.append((environ, environ["wsgi.input"].read()))
        start_response("201 Created", [("Content-Type", "text/plain"), ("X-Said", "é")])
        self.answers.append(Said([b"a" * 70_000, b"b"]))
        return self.answers[-1]


def pieces(*parts):
    """A sender of these parts who then says nothing more."""
    waiting = [
        {"type": "http.request", "body": part, "more_body": number < len(parts) - 1}
        for number, part in enumerate(parts)
    ]

    async def receive():
        return waiting.pop(0) if waiting else await asyncio.Event().wait()

    return receive


def stuck(part):
    """A sender who announces more than this and never sends it."""
    sent = []

    async def receive():
        if sent:
            await asyncio.Event().wait()
        sent.append(part)
        return {"type": "http.request", "body": part, "more_body": True}

    return receive


def plans(**ordinary):
    return PLANS | {"ordinary": Plan(**{"threads": 1, "waiting": 10} | ordinary)}


async def asked(entrance, receive, scope=SCOPE):
    heard = []

    async def send(message):
        heard.append(message)

    await entrance(scope, receive, send)
    return heard[0]["status"], heard[0]["headers"], b"".join(one["body"] for one in heard[1:])


def test_a_body_in_pieces_reaches_the_site_whole_and_the_answer_comes_back_whole():
    site = Site()
    status, headers, body = asyncio.run(asked(Entrance(site), pieces(b"one", b"two")))

    environ, content = site.asked[0]
    assert (content, environ["CONTENT_LENGTH"], environ["QUERY_STRING"]) == (b"onetwo", "6", "a=1")
    assert (status, len(body), body[-1:]) == (201, 70_001, b"b")
    assert headers == [(b"content-type", b"text/plain"), (b"x-said", "é".encode("latin-1"))]
    assert site.answers[0].closed


def test_who_stops_in_the_middle_is_timed_out_and_the_site_is_not_asked():
    site = Site()

    assert asyncio.run(asked(Entrance(site, idle=0.05), stuck(b"half")))[0] == 408
    assert site.asked == []


def test_two_hundred_half_sent_bodies_keep_nobody_waiting():
    site = Site()
    entrance = Entrance(site, idle=30, plans=plans(threads=1))

    async def all_of_them():
        half = [asyncio.create_task(asked(entrance, stuck(b"half"))) for _ in range(200)]
        await asyncio.sleep(0)
        status, _headers, _body = await asyncio.wait_for(asked(entrance, pieces(b"whole")), timeout=5)
        for task in half:
            task.cancel()
        return status

    assert asyncio.run(all_of_them()) == 201
    assert [content for _environ, content in site.asked] == [b"whole"]


def test_more_than_a_report_can_hold_is_refused_before_the_site_is_asked():
    site = Site()

    assert asyncio.run(asked(Entrance(site, plans=plans(longest=10)), pieces(b"12345678901")))[0] == 413
    assert asyncio.run(asked(Entrance(site, plans=plans(longest=10)), pieces(b"1234567890")))[0] == 201
    assert len(site.asked) == 1


def test_a_header_cannot_pass_for_another_and_a_length_is_what_came():
    site = Site()
    scope = SCOPE | {
        "headers": [
            (b"x_forwarded_for", b"10.0.0.1"),
            (b"cookie", b"a=1"),
        ]
    }
    asyncio.run(asked(Entrance(site), pieces(b"abc"), scope))

    environ = site.asked[0][0]
    assert "HTTP_X_FORWARDED_FOR" not in environ
    assert (environ["HTTP_COOKIE"], environ["CONTENT_LENGTH"]) == ("a=1", "3")


def test_a_body_without_a_length_is_asked_for_one_before_the_site_is_asked():
    site = Site()
    scope = SCOPE | {"headers": [(b"transfer-encoding", b"chunked")]}

    status, headers, _body = asyncio.run(asked(Entrance(site), pieces(b"abc"), scope))
    assert (status, (b"connection", b"close") in headers, site.asked) == (411, True, [])


def test_one_header_over_and_over_is_refused():
    scope = SCOPE | {"headers": [(b"x-a", b"1")] * 101}

    assert asyncio.run(asked(Entrance(Site()), pieces(b""), scope))[0] == 400


def test_what_is_no_request_is_not_answered():
    async def never(_message=None):
        raise AssertionError

    asyncio.run(Entrance(Site())({"type": "websocket"}, never, never))
