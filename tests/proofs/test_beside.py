"""Nothing of a person is said beside the pages: not in the log, an address, a title, a push text (L8)."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from linli.kernel.cases import jobs as clocks
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries.codes import tracking_code
from linli.kernel.journal import jobs
from linli.kernel.notices import services as notices
from linli.kernel.notices.choices import Channel
from linli.kernel.notices.services import gateways
from linli.shell.signin import register_sender
from tests.acceptance.conftest import Hands
from tests.kernel.people.builders import signed_in
from tests.proofs.beside import Beside, listening
from tests.world import a_world

pytestmark = pytest.mark.django_db
NAME, PHONE, TEXT, MORE, REPLY = (
    "雀某甲",
    "13812340001",
    "金丝雀说楼道灯不亮",
    "金丝雀还说三零一",
    "金丝雀换好了灯泡",
)
LOGIN = '金丝雀\n2026-11-20T00:00:00Z INFO login ok\r\n{"event": "granted"}'
SECRET = "canary-secret-canary-secret-canary-secret-canary"
CANARIES = (NAME, PHONE, TEXT, MORE, REPLY, "金丝雀", "login ok", SECRET)
FLOOR = 35  # answers


class Pocket:
    """Somebody's telephone, and what it shows."""

    def __init__(self, beside: Beside) -> None:
        self._beside = beside

    def send(self, address, message, dedupe_key):
        self._beside.sent += [message.text, *message.words.values()]
        return gateways.Receipt("x")

    def find(self, address, message, dedupe_key):
        return None


@pytest.fixture
def world():
    cache.clear()
    return a_world("leishan", timezone.now(), fresh=True)


@pytest.fixture
def beside(monkeypatch, settings, world):
    settings.SECRET_KEY = SECRET
    with listening(monkeypatch) as heard:
        monkeypatch.setitem(gateways._factories, Channel.SMS, lambda: Pocket(heard))
        yield heard


def reported(world, client):
    """By page, by API, wrongly and rightly; tracked, supplemented and guessed at."""
    sent = {"text": TEXT, "place": str(world.building.pk), "contact_name": NAME, "contact_phone": PHONE}
    assert client.post("/report", sent | {"place": ""}).status_code == 422
    assert client.post("/report", sent | {"contact_phone": f"{PHONE}9"}).status_code == 422
    assert client.post("/report", sent, headers={"HX-Request": "true"}).status_code in {200, 204}
    body = json.dumps(sent)
    headers = {"Idempotency-Key": "k" * 40}
    for text in (body, body, body.replace("灯", "门"), body[:-9], body.replace("place", "plaice")):
        client.post("/api/v1/requests", text, content_type="application/json", headers=headers)
    case = Case.objects.latest("id")
    track = f"/t/{tracking_code(case.pk)}"
    assert client.get(track).status_code == 200
    for path in (
        "/find",
        "/me",
        f"/t/{NAME}",
        f"/p/{NAME}",
        f"/p/{world.building.pk}",
        f"/report/suggest?text={TEXT}",
    ):
        client.get(path)
    client.post("/find", {"code": PHONE})
    client.post(f"{track}/supplement", {"version": case.version, "words": MORE})
    return case, track


def worked_on(world, case, track):
    """At the desk: found, read, opened, taken, refused, done; then judged."""
    hands = Hands(world)
    desk = hands.of("property")
    for path in ("/desk/", "/desk/cases", "/desk/new", "/desk/notices", "/desk/figures"):
        assert desk.get(path).status_code in {200, 403, 404}
    desk.get(f"/desk/cases/{case.pk}")
    hands.take(case, "accept", "property")
    opened = desk.post(f"/desk/cases/{case.pk}/open", {"purpose": "contact_reporter"})
    assert PHONE in opened.text
    desk.get(f"/desk/cases/{case.pk}/reads")
    hands.take(case, "resolve", "property", status=422, words="")
    hands.take(case, "resolve", "property", words=REPLY)
    hands.take(case, "resolve", "property", status=409, words=REPLY)
    assert REPLY in hands.page(track, "stranger")
    case.refresh_from_db()
    judged = {"version": case.version, "solved": "yes", "satisfied": "good", "words": MORE}
    assert Client().post(f"{track}/rate", judged).status_code == 302


def signed_in_wrongly_and_rightly(client):
    codes = []
    undo = register_sender(lambda _phone, code: codes.append(code))
    client.post("/desk/sign-in", {"login": LOGIN, "password": TEXT})
    client.post("/sign-in", {"phone": f"{PHONE}9"})
    client.post("/sign-in", {"phone": PHONE})
    client.post("/sign-in/code", {"phone": PHONE, "code": "000000"})
    client.post("/sign-in/code", {"phone": PHONE, "code": codes[-1]})
    client.get("/me")
    undo()


def broken(world, monkeypatch):
    """What nobody foresaw, with a person's words in it, at a page, at the API and in a job."""

    def fails(**given):
        raise IntegrityError(f"Key (name)=({NAME}, {PHONE}) exists: {TEXT}")

    client = Client(raise_request_exception=False)
    with monkeypatch.context() as patch:
        patch.setattr("linli.kernel.cases.services.open_case", fails)
        patch.setattr("linli.kernel.cases.services.opening.open_case", fails)
        sent = {"text": TEXT, "place": str(world.building.pk)}
        page = client.post("/report", sent)
        api = client.post("/api/v1/requests", json.dumps(sent), content_type="application/json")
    with monkeypatch.context() as patch:
        patch.setitem(jobs.JOBS, "canary", jobs.Job("canary", 1, lambda _now: fails()))
        jobs.run_due(timezone.now())
    return page.status_code, api.status_code


def test_no_log_no_address_no_title_and_no_push_text_holds_what_a_person_said(
    world, beside, monkeypatch, figure
):
    resident = Client()
    case, track = reported(world, resident)
    signed_in_wrongly_and_rightly(resident)
    worked_on(world, case, track)
    failed = broken(world, monkeypatch)
    clocks.deadlines(timezone.now() + timedelta(days=30))
    notices.tell(
        to_kind="case", to_id=case.pk, template="request.accept", params={"number": case.number},
        dedupe_key="by SMS", now=timezone.now(), county=case.county, channels=[Channel.SMS],
    )  # fmt: skip
    for hours in (0, 8, 16):  # one of them is not at night, when nobody's telephone is to ring
        jobs.run_due(timezone.now() + timedelta(hours=hours))

    lines = beside.lines()
    figure(
        "L8", "canaries in log lines, addresses, titles and texts to phones", target="0",
        n=len(lines) + len(beside.addresses) + len(beside.titles) + len(beside.sent), floor=500,
        got=len(beside.holding(CANARIES)),
    )  # fmt: skip
    assert failed == (500, 500)
    assert beside.pages >= FLOOR
    assert beside.sent != []
    assert mail.outbox == []
    assert any(line["event"] == "job_failed" for line in lines)
    # What was made to look for is found where it may stand; so the looking works.
    assert beside.holding([case.number, "没有找到"]) != {}
    assert beside.holding(CANARIES) == {}


def test_attack_65_a_user_name_with_line_breaks_makes_no_line_of_its_own_in_the_log(world, beside):
    """As a name to sign in with, as a header, as an address, as a method."""
    client = Client()
    before = len(beside.lines())
    client.post("/desk/sign-in", {"login": LOGIN, "password": "x" * 12})
    client.get("/t/%0A2026-11-20%20INFO%20login%20ok")
    client.get(
        "/",
        headers={"User-Agent": LOGIN, "Referer": LOGIN, "X-Forwarded-For": LOGIN, "Accept-Language": LOGIN},
    )
    client.generic("GET\nlogin ok", "/")
    signed_in(world.people["property"]).get("/desk/cases", {"q": LOGIN})
    lines = beside.lines()[before:]

    assert [line["event"] for line in lines if line.get("logger") == "linli.request"] == ["request"] * 5
    assert [line for line in lines if line["event"] == "granted"] == []
    assert beside.holding(["login ok"]).get("log") is None
