"""What somebody sees of what is held about them, and what they can do about it: by page, as they would."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from linli.foundation.text import mask_name, mask_phone
from linli.kernel.cases import services
from linli.kernel.cases.models import Case
from linli.kernel.cases.queries.codes import tracking_code
from linli.kernel.journal.models import Event
from linli.kernel.journal.queries import Positioned
from linli.kernel.notices import services as notices
from linli.kernel.notices.models import Notice, Refusal
from linli.kernel.people import services as people
from linli.kernel.people.models import Account
from linli.kernel.people.queries import resident_by_phone
from linli.kernel.people.services.accounts import resident_for
from linli.kernel.vault.models import Record
from linli.shell import reactions
from linli.shell.signin import register_sender
from tests.kernel.people.builders import signed_in
from tests.world import World, a_world

pytestmark = pytest.mark.django_db
PHONE, NAME, LEFT = "+8613812340001", "雀某甲", "+8613812349876"
SAID = "金丝雀说三栋的灯不亮"


@pytest.fixture
def world() -> World:
    cache.clear()
    return a_world()


@pytest.fixture
def me(world: World) -> Account:
    world.people["me"] = resident_for(PHONE, timezone.now())
    return world.people["me"]


@pytest.fixture
def sms_on(settings) -> None:
    settings.SMS = {
        "base_url": "http://127.0.0.1:9",
        "key_id": "k",
        "key_secret": "s",
        "sign_name": "邻里",
        "templates": {},
    }


def reported(world: World, who: str = "me", **data: Any) -> Case:
    said = {"text": SAID, "contact_name": NAME, "contact_phone": "13812349876", **data}
    return world.raise_case(who=who, now=timezone.now(), **said)


def page(client: Client, address: str = "/me/data") -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def test_it_shows_what_is_held_what_for_and_until_when(world, me):
    case = reported(world)
    world.take(case, "sort", "community", timezone.now(), sort="own", reason="household", words="可以自己换")
    client = signed_in(me)
    shown = page(client)

    wanted = [SAID, NAME, LEFT, PHONE, case.number, "可以自己换", "用来：", "办理这件事", "联系反映人"]
    assert [one for one in wanted if one not in shown] == []
    closed = world.take(case, "lapse", "clock", timezone.now() + timedelta(days=9))

    reactions.settle([Positioned(1, Event.objects.filter(subject_id=closed.pk).latest("id"))])
    assert "存到：" in page(client)


def test_f6_who_looked_is_seen_at_once_by_office_with_the_reason_and_never_by_name(world, me, figure):
    """The entry is written where the value is opened, so it is there with the next page."""
    case = reported(world)
    desk = signed_in(world.people["community"])
    seen = 0
    for purpose, words in (("contact_reporter", "联系反映人"), ("check_result", "核实办理结果")):
        opened = desk.post(f"/desk/cases/{case.pk}/open", {"purpose": purpose})
        assert opened.status_code == 200
        looked = timezone.now()
        shown = page(signed_in(me))
        assert timezone.now() - looked < timedelta(seconds=60)
        assert words in shown
        seen += 1
    shown = page(signed_in(me))
    assert "试点社区community_clerk" in shown
    assert world.people["community"].name not in shown
    assert "称呼" in shown
    figure(
        "F6",
        "readings that the person concerned sees with the next page",
        target="all ≤ 60 s",
        n=seen,
        floor=2,
        got="2 of 2",
    )


def test_l5_the_copy_is_a_file_that_reads_by_itself_and_one_for_programs_and_has_nothing_of_others(world, me):
    mine, other = (
        reported(world),
        reported(world, who="", text="别人的话", contact_name="旁某", contact_phone="13800001111"),
    )
    world.take(mine, "sort", "community", timezone.now(), sort="shared", reason="common_part")
    client = signed_in(me)
    readable, plain = client.get("/me/data/copy.html"), client.get("/me/data/copy.json")

    assert readable["Content-Disposition"] == 'attachment; filename="my-data.html"'
    assert re.search(r"(src|href)=", readable.content.decode()) is None, "it needs nothing from here"
    for response in (readable, plain):
        shown = response.content.decode()
        assert [one for one in (SAID, NAME, LEFT, PHONE, mine.number) if one not in shown] == []
        assert [one for one in ("别人的话", "旁某", "13800001111", other.number) if one in shown] == []
        assert "no-store" in response["Cache-Control"]
    told = json.loads(plain.content)
    texts = {line["text"] for part in told["parts"] for line in part["lines"]}
    assert {SAID, NAME, LEFT, PHONE, mine.number} <= texts
    assert told["about"] == "person"


def test_another_number_takes_three_steps_and_the_old_one_is_gone(world, me):
    sent: list[tuple[str, str]] = []
    undo = register_sender(lambda phone, code: sent.append((phone, code)))
    client = signed_in(me)
    assert client.get("/me/data/phone").status_code == 200
    assert client.post("/me/data/phone", {"phone": "13812340002"}).status_code == 200
    answer = client.post("/me/data/phone", {"phone": sent[-1][0], "code": sent[-1][1]})
    undo()

    assert (answer.status_code, answer["Location"]) == (302, "/me/data")
    assert resident_by_phone("+8613812340002") == me
    assert resident_by_phone(PHONE) is None


def test_a_number_that_is_somebody_elses_is_not_taken_and_a_code_for_something_else_is_none(world, me):

    resident_for("+8613812340003", timezone.now())
    client, now = signed_in(me), timezone.now()
    right = people.new_phone_code(phone="+8613812340003", action=people.CHANGE_PHONE, now=now)
    assert (
        "已经有账号"
        in client.post("/me/data/phone", {"phone": "+8613812340003", "code": right}).content.decode()
    )
    other = people.new_phone_code(phone="+8613812340004", action=people.SIGN_IN, now=now)
    assert client.post("/me/data/phone", {"phone": "+8613812340004", "code": other}).status_code == 422
    assert resident_by_phone(PHONE) == me


@pytest.mark.parametrize("by_code", [False, True])
def test_a_contact_is_corrected_in_two_steps_and_withdrawn_without_losing_the_matter(world, me, by_code):
    case = reported(world, who="" if by_code else "me")
    base = f"/t/{tracking_code(case.pk)}/data" if by_code else "/me/data"
    client = Client() if by_code else signed_in(me)
    assert (mask_name(NAME) if by_code else NAME) in page(client, base)
    to = f"{base}/contact/{case.pk}"
    assert client.post(to, {"contact_name": "雀某乙", "contact_phone": "13812340009"}).status_code == 302
    shown = page(client, base)
    phone = "+8613812340009"
    # By the code alone, which may come into other hands, nobody reads who it was.
    assert ("雀某乙" in shown, phone in shown, NAME in shown) == (not by_code, not by_code, False)
    assert (mask_name("雀某乙") in shown, mask_phone(phone) in shown) == (by_code, by_code)

    if by_code:
        assert client.post(to, {"contact_name": "雀某丙"}).status_code == 302
        assert mask_phone(phone) in page(client, base), "what is left empty stays"
        nothing = client.post(to, {"contact_name": ""})
        assert (nothing.status_code, "要改哪一项" in nothing.content.decode()) == (422, True)

    assert client.post(to, {"remove": "1"}).status_code == 302
    assert mask_name("雀某乙") not in page(client, base)
    assert (
        Record.objects.filter(subject_id=case.pk, erased_at=None).values_list("code", flat=True).get()
        == "requests.text"
    )
    assert Case.objects.get(pk=case.pk).closed_at is None
    wrong = client.post(to, {"contact_phone": "12"})
    assert (wrong.status_code, "请填写正确的电话号码" in wrong.content.decode()) == (422, True)


def test_nobody_corrects_what_is_not_theirs(world, me):
    other = reported(world, who="")
    neighbour = resident_for("+8613812340005", timezone.now())
    assert signed_in(neighbour).post(f"/me/data/contact/{other.pk}", {"remove": "1"}).status_code == 404
    mine = reported(world)
    code = tracking_code(mine.pk)
    assert Client().post(f"/t/{code}/data/contact/{other.pk}", {"remove": "1"}).status_code == 404
    assert Record.objects.filter(subject_id=other.pk, erased_at=None).count() == 3


def test_a_way_of_being_told_is_taken_back_and_given_again_and_the_inbox_goes_on(world, me, sms_on):
    client = signed_in(me)
    page(client)

    def told() -> set[str]:
        key = f"event-{timezone.now().timestamp()}"
        notices.tell(
            to_kind="person", to_id=me.pk, template="request.reply", params={}, dedupe_key=key, now=timezone.now(),
            county="", channels=["inbox", "sms"],
        )  # fmt: skip
        return set(Notice.objects.filter(dedupe_key=key).values_list("channel", flat=True))

    assert told() == {"inbox", "sms"}
    assert client.post("/me/data/ways", {"channel": "sms", "takes": "0"}).status_code == 302
    assert told() == {"inbox"}
    assert "短信已关，重新打开" in page(client)
    client.post("/me/data/ways", {"channel": "sms", "takes": "1"})
    assert told() == {"inbox", "sms"}
    assert client.post("/me/data/ways", {"channel": "pigeon"}).status_code == 422
    assert Refusal.objects.count() == 0


def test_closing_the_account_erases_the_number_ends_the_session_and_leaves_the_matters(world, me):
    case = reported(world)
    client = signed_in(me)
    assert client.post("/me/data/close", {}).status_code == 422
    assert client.post("/me/data/close", {"sure": "on"}).status_code == 302

    assert resident_by_phone(PHONE) is None
    assert client.get("/me/data").status_code == 302
    assert SAID in page(Client(), f"/t/{tracking_code(case.pk)}/data")
    assert Case.objects.get(pk=case.pk).closed_at is None


def test_an_account_with_an_office_is_not_closed_by_its_holder(world):
    client = signed_in(world.people["community"])

    assert client.post("/me/data/close", {"sure": "on"}).status_code == 403
    assert Account.objects.get(pk=world.people["community"].pk).is_active


def test_l5_an_erasure_is_asked_for_in_two_steps_and_the_clock_runs_on_the_page(world, me):
    reported(world)
    client = signed_in(me)
    page(client, "/me/data/ask?wish=erase")
    answer = client.post("/me/data/ask", {"category": "erase", "words": ""})

    assert answer.status_code == 201
    request = Case.objects.get(flow="data")
    assert tracking_code(request.pk) in answer.content.decode()
    shown = page(Client(), f"/t/{tracking_code(request.pk)}")
    assert request.due_at is not None
    local = timezone.localtime(request.due_at)
    assert f"{local.month}月{local.day}日" in shown
    assert ("删除我的个人信息" in shown, "110" in shown) == (True, False)
    assert services.tracking_code(request.pk)


def test_who_has_only_a_code_sees_asks_and_is_answered_there(world):
    case = reported(world, who="")
    code, client = tracking_code(case.pk), Client()
    assert f"/t/{code}/data" in page(client, f"/t/{code}")
    assert SAID in page(client, f"/t/{code}/data")
    assert json.loads(client.get(f"/t/{code}/data/copy.json").content)["about"] == "case"
    answer = client.post(f"/t/{code}/data/ask", {"category": "erase"})
    assert (answer.status_code, answer["Referrer-Policy"]) == (201, "no-referrer")
    request = Case.objects.get(flow="data")
    assert request.facts["about"] == ["case", str(case.pk)]
    assert client.get(f"/t/{tracking_code(request.pk)}/data").status_code == 404
    assert client.get("/t/0000-0000-0000/data").status_code == 404


def test_a_desk_registers_it_for_who_comes_and_a_desk_without_that_right_does_not(world):
    case = reported(world, who="")
    desk = signed_in(world.people["community"])
    assert desk.get("/desk/data/new").status_code == 200
    answer = desk.post("/desk/data/new", {"category": "erase", "code": tracking_code(case.pk)})
    assert answer.status_code == 201
    request = Case.objects.get(flow="data")
    assert (request.channel, request.facts["about"]) == ("counter", ["case", str(case.pk)])
    assert signed_in(world.people["property"]).get("/desk/data/new").status_code == 403
    officer = signed_in(world.people["county"])
    shown = page(officer, f"/desk/cases/{request.pk}")
    assert [one for one in ("同意并办理", "先限制使用", "不同意") if one not in shown] == []
    done = officer.post(
        f"/desk/cases/{request.pk}/refuse",
        {"reason": "not_held", "words": "没有", "version": request.version},
    )
    assert done.status_code == 302
    told = page(Client(), f"/t/{tracking_code(request.pk)}")
    assert [one for one in ("第四十五条", "理由：“没有”", "12377", "不同意这个答复") if one not in told] == []
