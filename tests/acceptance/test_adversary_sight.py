"""What a curious insider tries to see, and what the party complained about tries to learn."""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone
from PIL import Image

from linli.foundation.rules import ANYONE
from linli.kernel.cases import services as cases
from linli.kernel.cases.models import Case
from linli.kernel.files import services as files
from linli.kernel.journal import services as journal
from linli.kernel.journal.queries import history_of
from linli.kernel.notices.models import Notice
from linli.kernel.people.models import Account
from linli.kernel.vault import services as vault
from linli.kernel.vault.models import ReadEntry, Record
from tests.kernel.people.builders import signed_in
from tests.world import TEN, a_person, a_world, post, tomorrow

pytestmark = pytest.mark.django_db
NAME, PHONE = "李四", "13800138000"
LEFT = {"contact_name": NAME, "contact_phone": PHONE}
CONTACT = {"purpose": "contact_reporter"}
RESULT = {"purpose": "check_result"}


@pytest.fixture
def world():
    return a_world("wanshan")


@pytest.fixture
def now():
    return timezone.now()


def handed_to_property(world, now, **more):
    case = world.raise_case(now=now, **LEFT, **more)
    world.take(case, "sort", "community", now, sort="shared", reason="common_part")
    world.take(case, "dispatch", "community", now, desk=str(world.desks["property"].pk))
    return world.take(case, "accept", "property", now)


def shown(who, world, url, data=None):
    client = signed_in(world.people[who])
    response = client.post(url, data) if data else client.get(url)
    return response.status_code, response.content.decode()


@pytest.mark.parametrize("who", ["supervisor", "party", "county"])
def test_who_only_supervises_does_not_learn_who_reported(world, now, who):
    case = handed_to_property(world, now)
    status, html = shown(who, world, f"/desk/cases/{case.pk}/open", CONTACT)

    assert status == 403
    assert (NAME in html, PHONE in html) == (False, False)
    assert not ReadEntry.objects.filter(purpose="contact_reporter").exists()


def test_who_supervises_reads_what_was_said_for_a_purpose_and_it_is_written_down(world, now):
    case = handed_to_property(world, now, text="楼道灯坏了三天")
    status, html = shown("supervisor", world, f"/desk/cases/{case.pk}/open", RESULT)

    assert (status, "楼道灯坏了三天" in html) == (200, True)
    assert (
        ReadEntry.objects.filter(purpose="check_result", actor_id=world.people["supervisor"].pk).count() == 1
    )


def test_a_unit_that_has_done_its_part_opens_nothing_any_more(world, now):
    case = handed_to_property(world, now, text="楼道灯坏了三天")
    urban = "department:urban"
    world.take(case, "whistle", "property", now, lead=str(world.desks[urban].pk), words="请来")
    world.take(case, "finish", urban, now)

    for asked in (CONTACT, RESULT):
        status, html = shown(urban, world, f"/desk/cases/{case.pk}/open", asked)
        assert (status, PHONE in html, "坏了三天" in html) == (403, False, False)


def test_the_property_company_never_learns_who_complains_about_it(world, now):
    case = world.raise_case(now=now, text="物业不管事，保洁三天没来", **LEFT)
    assert case.category == "property.service"
    world.take(case, "sort", "community", now, sort="shared", reason="common_part")
    case = world.take(case, "dispatch", "community", now)
    assert case.holder_id == world.desks["community"].pk  # not the party complained about

    world.take(case, "accept", "community", now)
    world.take(case, "whistle", "community", now, lead=str(world.desks["property"].pk), words="请来说明")
    _status, html = shown("property", world, f"/desk/cases/{case.pk}")
    assert ("李*" in html, "138****8000" in html) == (False, False)
    status, html = shown("property", world, f"/desk/cases/{case.pk}/open", CONTACT)
    assert (status, PHONE in html, NAME in html) == (403, False, False)


def test_staff_who_report_for_themselves_are_not_named_by_their_desk(world, now):
    client = signed_in(world.people["grid"])
    sent = client.post("/report", {"text": "楼道灯不亮", "place": str(world.building.id), "key": "k" * 24})
    case = Case.objects.get(by_id=world.people["grid"].pk)
    assert sent.status_code == 302
    born = history_of("case", case.pk)[0]
    assert (born.by_id, born.post_id, "desk" in born.data) == (world.people["grid"].pk, None, False)

    client.post(f"/desk/cases/{case.pk}/supplement", {"version": case.version, "words": "二单元"})
    said = list(history_of("case", case.pk))[-1]
    assert (said.name, said.post_id, "desk" in said.data) == ("request.supplement", None, False)
    _status, html = shown("community", world, f"/desk/cases/{case.pk}")
    assert world.desks["grid"].name not in html


def test_the_doer_does_not_rate_their_own_work(now):
    world = a_world("default")
    doer = world.people["property"]
    case = cases.open_case(
        flow="request", data={"text": "楼道灯不亮", "place": str(world.building.id)},
        moment=world.moment("property", now),
    ).case  # fmt: skip
    world.take(case, "sort", "community", now, sort="shared", reason="common_part")
    world.take(case, "dispatch", "community", now, desk=str(world.desks["property"].pk))
    world.take(case, "accept", "property", now)
    world.take(case, "resolve", "property", now, words="好了")
    world.take(case, "check", "community", now)
    case = world.take(case, "reply", "community", now, words="好了")
    assert (case.state, case.done_by_id) == ("replied", doer.pk)

    body = {"version": case.version, "solved": "yes", "satisfied": "good"}
    response = signed_in(doer).post(
        f"/api/v1/requests/{case.pk}/rate", json.dumps(body), content_type="application/json"
    )
    assert response.status_code == 403


def test_a_suspension_is_granted_above_and_not_by_a_colleague(world, now):
    world.people["head"] = a_person(world, "head", "grid_head", world.grid, world.desks["grid"])
    case = world.raise_case(now=now)
    world.take(case, "sort", "community", now, sort="shared", reason="common_part")
    world.take(case, "dispatch", "community", now, desk=str(world.desks["grid"].pk))
    world.take(case, "accept", "grid", now)
    case = world.take(case, "ask_suspension", "grid", now, words="等材料", until=tomorrow(now))

    status, _html = shown(
        "head", world, f"/desk/cases/{case.pk}/approve_suspension", {"version": case.version}
    )
    assert status == 403
    assert world.take(case, "approve_suspension", "community", now, words="材料没到").state == "suspended"


def test_a_matter_that_became_protected_is_told_to_nobody_but_its_handlers(world, now):
    case = world.raise_case(now=now, text="隔壁天天吵")
    world.take(case, "protect", "community", now, words="有人被打")
    journal.sequence(now)
    while journal.consume("notices", now=now):
        continue

    told = set(Notice.objects.filter(to_kind="desk").values_list("to_id", flat=True))
    assert told == {world.desks["protected"].pk}


def test_what_a_resident_writes_later_is_theirs_too_and_goes_with_them(world, now):
    resident = Account.objects.create(username=None, name="", kind="resident", made_at=TEN)
    world.people["resident"] = resident
    case = world.raise_case(now=now, who="resident")
    world.take(case, "supplement", "resident", now, words="我住三零一")
    world.take(case, "supplement", "reporter", now, words="白天都在家")
    world.take(case, "sort", "community", now, sort="public", reason="law", words="社区写的")

    assert Record.objects.filter(person_id=resident.pk).count() == 3
    vault.erase_person(resident.pk)
    assert Record.objects.filter(subject_kind="case_note", erased_at=None).count() == 1


def test_what_somebody_signed_in_sees_is_kept_by_no_browser(world, now):
    case = world.raise_case(now=now)
    client = signed_in(world.people["community"])
    for page in ("/desk/", "/desk/cases", f"/desk/cases/{case.pk}", f"/desk/cases/{case.pk}/reads", "/desk/map", "/desk/notices",
                 "/desk/figures", "/me", "/", "/api/v1/requests", f"/api/v1/requests/{case.pk}"):  # fmt: skip
        response = client.get(page)
        assert "no-store" in response.get("Cache-Control", ""), page


def test_the_demonstration_is_laid_out_nowhere_else(settings):
    settings.DEMONSTRATION = False
    with pytest.raises(CommandError):
        call_command("demo")
    assert not Account.objects.exists()


def test_a_step_is_written_down_under_the_post_that_gives_the_right(world, now):
    clerk = world.people["grid"]
    post(clerk, "community_clerk", world.community, world.desks["community"])
    case = world.raise_case(now=now)
    viewer = world.viewer("grid", now)
    assert viewer.post.desk_id == world.desks["grid"].pk  # the one chosen in the header
    world.take(case, "sort", "grid", now, sort="public", reason="law")

    done = list(history_of("case", case.pk))[-1]
    assert done.data["desk"] == str(world.desks["community"].pk)
    assert done.post_id == next(one.id for one in viewer.posts if one.desk_id == world.desks["community"].pk)


@pytest.mark.parametrize("state", ["published", "resolved"])
def test_a_matter_can_become_protected_wherever_it_stands(state, now):
    world = a_world("jianhe" if state == "published" else "default")
    case = world.raise_case(now=now)
    if state == "published":
        case = world.take(case, "publish", "community", now)
    else:
        world.take(case, "sort", "community", now, sort="public", reason="law")
        world.take(case, "dispatch", "community", now, desk=str(world.desks["grid"].pk))
        world.take(case, "accept", "grid", now)
        case = world.take(case, "resolve", "grid", now, words="好了")
    assert case.state == state
    case = world.take(case, "protect", "community", now, words="孩子被打")
    assert (case.flow, case.confidential, case.holder_id) == ("protected", True, world.desks["protected"].pk)
    assert shown("members", world, f"/desk/cases/{case.pk}")[0] == 404


def test_a_notice_about_a_protected_matter_holds_no_place_category_or_desk(world, now):
    resident = Account.objects.create(username=None, name="", kind="resident", made_at=TEN)
    world.people["resident"] = resident
    case = world.raise_case(now=now, who="resident", text="老公打我")
    world.take(case, "accept", "protected", now)
    journal.sequence(now)
    while journal.consume("notices", now=now):
        continue

    told = [notice.params for notice in Notice.objects.all()]
    assert len(told) >= 3
    assert {(one["place"], one["category"], one["desk"]) for one in told} == {("", "", "")}


def test_photos_are_as_closed_as_words(world, now):
    photo = files.receive(BytesIO(picture()), actor=ANYONE, now=now)
    case = handed_to_property(world, now, photos=[str(photo.pk)])
    while files.process(now):
        continue
    address = f"/files/{photo.pk}/thumb"
    assert shown_photo("property", world, address) == 200
    assert shown_photo("supervisor", world, address) == 404
    assert address not in shown("supervisor", world, f"/desk/cases/{case.pk}")[1]

    opened = shown("supervisor", world, f"/desk/cases/{case.pk}/open", RESULT)[1]
    assert address in opened
    assert shown_photo("supervisor", world, address) == 200
    with time_machine.travel(now + timedelta(minutes=11)):
        assert shown_photo("supervisor", world, address) == 404


def test_a_member_sees_no_photo_of_what_waits_to_be_claimed(now):
    world = a_world("jianhe")
    photo = files.receive(BytesIO(picture()), actor=ANYONE, now=now)
    case = world.raise_case(now=now, photos=[str(photo.pk)])
    world.take(case, "publish", "community", now)
    while files.process(now):
        continue
    assert shown("members", world, f"/desk/cases/{case.pk}")[0] == 200
    assert shown_photo("members", world, f"/files/{photo.pk}/thumb") == 404


def shown_photo(who, world, address):
    response = signed_in(world.people[who]).get(address)
    b"".join(response)  # read to its end, so that the file is closed
    return response.status_code


def picture():
    content = BytesIO()
    Image.new("RGB", (40, 40), "red").save(content, "JPEG")
    return content.getvalue()
