"""Who opens too much: slowed, stopped, and another person is asked and told (F5, F7, attacks 5, 11, 12, 13, 57, 59)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from linli.foundation.rules import Actor
from linli.kernel.cases.queries.codes import tracking_code
from linli.kernel.journal import services as journal
from linli.kernel.notices.models import Notice
from linli.kernel.people import services as people
from linli.kernel.people.choices import AUDIT_ADMIN, SECURITY_ADMIN, SYSTEM_ADMIN
from linli.kernel.vault import services as vault
from linli.kernel.vault.memory import limits as memory
from linli.kernel.vault.memory.limits import Limits
from linli.kernel.vault.models import Allowance, ReadEntry
from linli.shell import readings
from tests.kernel.people.builders import a_staff, an_administrator, signed_in
from tests.world import TEN, World, a_world

pytestmark = pytest.mark.django_db
SAID, NAME, PHONE = "楼道灯坏了三天", "李四", "13800138000"
ALONE = 3


@pytest.fixture
def world() -> World:
    made = a_world("wanshan")
    made.people |= {role: an_administrator(role, TEN) for role in (SYSTEM_ADMIN, SECURITY_ADMIN, AUDIT_ADMIN)}
    return made


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "LIMITS", [lambda _county, _now: Limits(an_hour=ALONE, at_once=1)])


@pytest.fixture
def clerk(world: World) -> Client:
    return signed_in(world.people["community"])


def raised(world: World, count: int) -> list[str]:
    """Raise requests that lie at the community's desk; their pages."""
    now = timezone.now()
    cases = [
        world.raise_case(now=now, text=SAID, contact_name=NAME, contact_phone=PHONE)
        for _number in range(count)
    ]
    return [f"/desk/cases/{case.pk}" for case in cases]


def used_up(world: World, clerk: Client) -> str:
    """Open as many as one person may; return the page of the next one."""
    *opened, closed = raised(world, ALONE + 1)
    for page in opened:
        assert SAID in clerk.get(page).content.decode()
    return closed


def ask(client: Client, **more: Any) -> int:
    body = {"purpose": "handle_case", "number": "2", "hours": "1"} | more
    return client.post("/desk/reading/ask", body).status_code


def decide(client: Client, step: str) -> int:
    return client.post(f"/desk/reading/{Allowance.objects.latest('asked_at').pk}/{step}").status_code


def told() -> set[tuple[str, Any]]:
    journal.sequence(timezone.now())
    while journal.consume("notices", now=timezone.now()):
        continue
    return set(Notice.objects.filter(template__startswith="reading.").values_list("template", "to_id"))


@pytest.mark.usefixtures("few")
def test_one_file_too_many_keeps_its_words_closed_until_another_person_has_agreed(world, clerk):
    closed = used_up(world, clerk)
    answer = clerk.get(closed)
    page = answer.content.decode()
    assert (answer.status_code, SAID in page, "/desk/reading" in page) == (403, False, True)
    assert "谁在办" in page  # the rest of the page stands: what lies on a desk can be handled
    as_json = clerk.get(closed.replace("/desk/cases", "/api/v1/requests"))
    assert (as_json.status_code, SAID in as_json.content.decode()) == (403, False)

    assert ask(clerk) == 302
    assert decide(clerk, "grant") == 403
    assert clerk.get(closed).status_code == 403
    assert decide(signed_in(world.people["supervisor"]), "grant") == 302
    answer = clerk.get(closed)
    assert (answer.status_code, SAID in answer.content.decode()) == (200, True)


def test_one_person_with_two_accounts_does_not_let_themselves_read(world, clerk):
    for role in ("community", SECURITY_ADMIN):
        vault.put(
            subject_kind="account", subject_id=world.people[role].pk, county="",
            values={"people.staff_phone": "+8613900000007"},
        )  # fmt: skip
    assert ask(clerk) == 302
    assert decide(signed_in(world.people[SECURITY_ADMIN]), "grant") == 403
    assert Allowance.objects.get().state == "asked"


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("door", ["contact_reporter", "check_result"])
def test_no_other_door_opens_what_the_page_keeps_closed(world, clerk, door):
    closed = used_up(world, clerk)
    answer = clerk.post(f"{closed}/open", {"purpose": door})
    page = answer.content.decode()
    assert (answer.status_code, PHONE in page, NAME in page, SAID in page) == (403, False, False, False)


def test_who_opens_faster_than_anybody_reads_is_slowed_and_told_when_to_go_on(world, clerk, monkeypatch):
    monkeypatch.setattr(memory, "LIMITS", [lambda _county, _now: Limits(a_minute=2)])
    *slow, fast = raised(world, 3)
    assert [clerk.get(page).status_code for page in slow] == [200, 200]
    answer = clerk.get(fast)
    assert (answer.status_code, SAID in answer.content.decode()) == (429, False)
    assert 0 < int(answer["Retry-After"]) <= 60


@pytest.mark.usefixtures("few")
def test_others_are_told_that_somebody_was_stopped_that_they_ask_and_what_was_said(world, clerk):
    clerk.get(used_up(world, clerk))
    ask(clerk)
    over = {world.people[one].pk for one in (SECURITY_ADMIN, "supervisor", "party", "county")}
    assert told() == {(template, one) for template in ("reading.stop", "reading.ask") for one in over}
    decide(signed_in(world.people[SECURITY_ADMIN]), "refuse")
    assert ("reading.refuse", world.people["community"].pk) in told()


@pytest.mark.usefixtures("few")
def test_the_broken_glass_opens_at_once_and_is_told_and_judged(world, clerk):
    closed = used_up(world, clerk)
    assert ask(clerk, act="at_once") == 302
    assert SAID in clerk.get(closed).content.decode()
    assert {("reading.take", world.people[one].pk) for one in (SECURITY_ADMIN, AUDIT_ADMIN)} <= told()
    later = timezone.now() + timedelta(hours=25)
    assert (readings.tell_late(later), readings.tell_late(later)) == (1, 1)
    late = Notice.objects.filter(template="reading.late")
    assert list(late.values_list("to_id", flat=True)) == [world.people[SECURITY_ADMIN].pk]
    assert decide(signed_in(world.people[SECURITY_ADMIN]), "review") == 302
    assert readings.tell_late(later) == 0


@pytest.mark.usefixtures("few")
def test_the_audit_administrator_has_the_week_in_numbers_once_and_nothing_about_anybody(world, clerk):
    clerk.get(used_up(world, clerk))
    next_week = timezone.now() + timedelta(days=7)
    assert (readings.tell_week(next_week), readings.tell_week(next_week)) == (1, 0)
    note = Notice.objects.get(template="reading.week")
    assert note.to_id == world.people[AUDIT_ADMIN].pk
    assert note.params == {
        "files": "3", "readers": "1", "stopped": "1", "granted": "0", "refused": "0", "taken": "0", "most": "3",
    }  # fmt: skip
    page = signed_in(world.people[AUDIT_ADMIN]).get("/desk/reading").content.decode()
    assert ("3 份，1 人" in page, SAID in page, NAME in page) == (True, False, False)


@pytest.mark.parametrize("purpose", ["", "test", "query", "管理", "🙂", "own"])
def test_a_purpose_that_is_none_opens_nothing(world, clerk, purpose):
    (page,) = raised(world, 1)
    answer = clerk.post(f"{page}/open", {"purpose": purpose})
    assert (answer.status_code, PHONE in answer.content.decode()) == (422, False)
    assert not ReadEntry.objects.exclude(purpose="handle_case").exists()


@pytest.mark.parametrize("wanted", [NAME, "李", PHONE, "138", "8000", "+8613800138000"])
def test_no_search_of_the_desk_knows_a_name_or_a_number(world, clerk, wanted):
    number = raised(world, 1) and world.raise_case(now=timezone.now(), text=SAID).number
    journal.sequence(timezone.now())
    for consumer in ("search", "passages"):
        while journal.consume(consumer, now=timezone.now()):
            continue
    for address in ("/desk/cases?q={}", "/desk/cases?q={}&mine=passed", "/desk/cases?q={}&format=csv"):
        page = clerk.get(address.format(wanted.replace("+", "%2B"))).content.decode()
        assert (number in page, NAME in page.replace(f'value="{wanted}"', ""), PHONE in page.replace(wanted, "")) == (
            False, False, False,
        )  # fmt: skip


def test_a_read_log_that_cannot_be_written_closes_personal_data_and_nothing_else(world, clerk):
    (page,) = raised(world, 1)
    case = world.raise_case(now=timezone.now(), text=SAID, contact_phone=PHONE)

    def broken(execute, sql, params, many, context):
        if "vault_readentry" in sql and sql.startswith("INSERT"):
            raise DatabaseError("disk full")
        return execute(sql, params, many, context)

    public = ["/", "/report", "/find", f"/p/{world.building.pk}", f"/t/{tracking_code(case.pk)}", "/sign-in"]
    with connection.execute_wrapper(broken):
        assert [Client().get(address).status_code for address in public] == [200] * len(public)
        sent = Client().post("/report", {"text": "灯不亮", "place": str(world.building.pk), "key": "k" * 24})
        assert sent.status_code == 302
        shown = clerk.get(page)
        opened = clerk.post(f"{page}/open", {"purpose": "contact_reporter"})
    assert (shown.status_code, SAID in shown.content.decode()) == (200, False)
    assert (opened.status_code, PHONE in opened.content.decode()) == (503, False)
    assert not ReadEntry.objects.filter(actor_kind="person").exists()


NONE_READS = [
    ("/desk/cases/{case}", None),
    ("/desk/cases/{case}/reads", None),
    ("/desk/cases/{case}/open", {"purpose": "check_result"}),
    ("/api/v1/requests/{case}", None),
    ("/desk/figures", None),
]


@pytest.mark.parametrize("role", [SYSTEM_ADMIN, SECURITY_ADMIN, AUDIT_ADMIN])
def test_none_of_the_three_administrators_reads_personal_data(world, role, figure):
    case = world.raise_case(now=timezone.now(), text=SAID, contact_phone=PHONE, contact_name=NAME)
    client = signed_in(world.people[role])
    answers = [
        client.post(address.format(case=case.pk), data) if data else client.get(address.format(case=case.pk))
        for address, data in NONE_READS
    ]
    register = client.get("/desk/cases")
    assert [answer.status_code for answer in answers] == [404] * len(NONE_READS)
    assert case.number not in register.content.decode()
    assert ask(client) == 403
    assert not ReadEntry.objects.exists()
    figure("F3", f"doors to personal data: open to {role}", target="0", n=len(answers) + 2, floor=7, got=0)


# Who of the three may do what, to whom: appoint, confirm another's grant, confirm an own grant, allow reading, look on.
MAY = {
    "allow reading": {SECURITY_ADMIN},
    "confirm another's appointment": {SYSTEM_ADMIN},
    "see the week of reading": {SECURITY_ADMIN, AUDIT_ADMIN},
    "open an account": {SECURITY_ADMIN},
}


@pytest.mark.parametrize("what", MAY)
@pytest.mark.parametrize("role", [SYSTEM_ADMIN, SECURITY_ADMIN, AUDIT_ADMIN])
def test_of_the_three_each_does_its_own_and_none_anothers(world, what, role):
    assert did(world, what, signed_in(world.people[role])) == (role in MAY[what])


def did(world: World, what: str, client: Client) -> bool:
    if what == "allow reading":
        assert ask(signed_in(world.people["community"])) == 302
        return decide(client, "grant") == 302
    if what == "see the week of reading":
        return "最近七天" in client.get("/desk/reading").content.decode()
    if what == "open an account":
        body = {"name": "甲某", "username": "new.account"}
        return client.post("/desk/people/accounts", body).status_code == 200
    now = timezone.now()
    waiting = people.appoint(
        account_id=a_staff(now).pk, role_code="auditor", place_id=world.county.pk,
        by=Actor("person", world.people[SECURITY_ADMIN].pk), now=now,
    )  # fmt: skip
    return client.post(f"/desk/people/posts/{waiting.pk}/confirm").status_code == 302
