"""The machine's clock is a day slow, two hours fast, four hundred days fast, and put right again (A8)."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from linli.foundation.errors import InvalidInput
from linli.kernel.cases import jobs
from linli.kernel.cases.models import Case, ClockRefusal
from linli.kernel.journal import queries, verify
from linli.kernel.journal import services as journal
from linli.kernel.people import services as people
from linli.kernel.people.models import EntryCode
from tests.kernel.people.builders import signed_in
from tests.world import TEN, a_world

DAY = timedelta(days=1)
JUMPS = [-DAY, timedelta(hours=2), 400 * DAY]
PHONE = "+8619900000000"


@pytest.mark.usefixtures("committed_db")
def test_the_journal_stands_in_the_order_of_its_sequence_whatever_the_clock_said(figure):
    world = a_world("default", fresh=True)
    journal.sequence(TEN)
    journal.seal(TEN)
    cases = []
    for turn in range(4):
        for jump in (timedelta(), *JUMPS):
            now = TEN + jump + turn * timedelta(minutes=1)
            case = world.raise_case(now=now)
            world.take(case, "sort", "community", now, sort="public", reason="law")
            cases.append(case.pk)
            while journal.sequence(now):
                continue
            journal.seal(now)

    told = [item for item in queries.since(0, 5000) if item.event.subject_kind == "case"]
    backwards = sum(a.event.at > b.event.at for a, b in pairwise(told))
    what = f"events while the clock went back {backwards} times: out of the order of their sequence"
    figure("A8", what, target="0", n=len(told), floor=32, got=0)
    assert [item.event.subject_id for item in told] == [pk for pk in cases for _event in range(2)]
    assert [item.event.version for item in told] == [1, 2] * len(cases)
    positions = [item.position for item in queries.since(0, 5000)]
    assert positions == list(range(1, len(positions) + 1))
    assert [one for one in verify.run().findings if not one.check.startswith("people")] == []
    numbers = [Case.objects.get(pk=pk).number for pk in cases]
    assert numbers == sorted(set(numbers))
    assert (len(told), backwards >= 7) == (32, True)


@pytest.mark.usefixtures("committed_db")
def test_every_day_has_its_root_again_once_the_clock_is_right():
    world = a_world("default", fresh=True)
    for now in (TEN, TEN + 400 * DAY, TEN + 401 * DAY, TEN, TEN + DAY, TEN + 2 * DAY, TEN + 3 * DAY):
        world.raise_case(now=now)
        while journal.sequence(now):
            continue
        journal.seal(now)

    days = [root["day"] for root in queries.roots() if root["stream"] == "events"]
    right = [str((TEN + n * DAY).date()) for n in range(3)]
    assert len(days) == len(set(days))
    assert {*right} <= {*days}
    assert [one for one in verify.run().findings if not one.check.startswith("people")] == []


@pytest.mark.django_db
def test_a_clock_refused_under_a_fast_clock_is_tried_again_when_the_clock_is_right():
    case = a_world("default").raise_case(now=TEN)
    ahead = TEN + 400 * DAY
    ClockRefusal.objects.create(
        case=case, version=case.version, why="WrongState", refused_at=ahead, again_at=ahead
    )

    assert jobs.deadlines(TEN + 30 * DAY) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("jump", JUMPS)
def test_a_code_that_was_used_is_never_good_again(jump):
    code = people.new_phone_code(phone=PHONE, action="vote", now=TEN)

    assert people.try_phone_code(phone=PHONE, action="vote", code=code, now=TEN)
    for now in (TEN + jump, TEN, TEN - DAY):
        assert not people.try_phone_code(phone=PHONE, action="vote", code=code, now=now)


@pytest.mark.django_db
@pytest.mark.parametrize("jump", [timedelta(hours=2), 400 * DAY])
def test_a_code_that_ran_out_under_a_fast_clock_is_not_good_when_the_clock_is_right_again(jump):
    code = people.new_phone_code(phone=PHONE, action="vote", now=TEN)

    assert not people.try_phone_code(phone=PHONE, action="vote", code=code, now=TEN + jump)
    assert not people.try_phone_code(phone=PHONE, action="vote", code=code, now=TEN)


@pytest.mark.django_db
@pytest.mark.parametrize("jump", [timedelta(hours=2), 400 * DAY])
def test_a_code_given_out_under_a_fast_clock_does_not_live_until_then(jump):
    code = people.new_phone_code(phone=PHONE, action="vote", now=TEN + jump)
    token = people.new_setup_token(now=TEN + jump)

    assert not people.try_phone_code(phone=PHONE, action="vote", code=code, now=TEN)
    with pytest.raises(InvalidInput, match="设置口令不对"):
        people.set_up(
            token=token, role_code="system_admin", username="first.one", name="丙某", password="x", now=TEN
        )


@pytest.mark.django_db
def test_an_entry_code_that_ran_out_is_forgotten_and_cannot_come_back():
    people.new_setup_token(now=TEN)

    people.forget_phone_codes(now=TEN + 400 * DAY)

    assert not EntryCode.objects.exists()


@pytest.mark.django_db
def test_a_session_that_was_seen_to_have_run_out_does_not_come_back_with_the_clock():
    world = a_world("default")
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        client = signed_in(world.people["community"])
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        assert client.get("/desk/").status_code == 200

    with time_machine.travel(now + 400 * DAY, tick=False):
        assert client.get("/desk/").status_code == 302

    with time_machine.travel(now, tick=False):
        client.cookies[settings.SESSION_COOKIE_NAME] = cookie  # the browser had forgotten it
        assert client.get("/desk/").status_code == 302
