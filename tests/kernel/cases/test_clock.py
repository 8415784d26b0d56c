"""What the clock is refused does not hold up what lies behind it, and is told once."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from django.db.models import F

from linli.foundation.paths import ROOT
from linli.kernel.cases import jobs
from linli.kernel.cases.models import Case, ClockRefusal
from linli.kernel.journal.queries import history_of
from linli.kernel.notices.models import Notice
from linli.kernel.people.models import Post
from linli.shell import reactions
from tests.world import TEN, a_person, a_world

pytestmark = pytest.mark.django_db
LATER = TEN + timedelta(days=1)
STEP = "overdue"


@pytest.fixture
def world():
    world = a_world("wanshan")
    world.people["admin"] = a_person(world, "admin", "system_admin", world.county)
    Post.objects.filter(account=world.people["admin"]).update(place_id=None, path=ROOT)
    return world


def refused(world, count, sample=None):
    """Cases whose clock has run out in a state that no step of the clock leads on from."""
    sample = sample or world.raise_case()
    made = []
    for _number in range(count):
        row = Case.objects.get(pk=sample.pk)
        row.pk = Case._meta.get_field("id").get_default()
        row.number, row.track, row.intake_key = row.pk.hex[-24:], row.pk.hex, None
        row.state, row.due_at = "closed", TEN + timedelta(minutes=1)
        made.append(row)
    Case.objects.bulk_create(made)
    return made


def test_behind_a_thousand_that_are_refused_the_next_one_is_taken(world):
    case = world.raise_case()
    refused(world, 1000, case)

    assert jobs.deadlines(LATER) == 1

    assert history_of("case", case.pk).last().name == "request.overdue"
    assert ClockRefusal.objects.count() == 1000
    assert jobs.deadlines(LATER + timedelta(seconds=10)) == 0


def test_what_is_refused_is_tried_again_ever_more_seldom(world):
    (row,) = refused(world, 1)
    Case.objects.exclude(pk=row.pk).update(due_at=None)
    tries, now = [], LATER
    while now < LATER + timedelta(days=4):
        before = ClockRefusal.objects.values_list("times", flat=True).first() or 0
        jobs.deadlines(now)
        if ClockRefusal.objects.get().times > before:
            tries.append(now)
        now += timedelta(minutes=10)

    apart = [(b - a) / timedelta(minutes=10) for a, b in pairwise(tries)]
    assert apart[:8] == [1, 2, 4, 8, 16, 32, 64, 128]
    assert max(apart) == 144  # a day


def test_once_it_has_moved_on_it_is_looked_at_at_once(world):
    case = world.raise_case()
    (row,) = refused(world, 1, case)
    assert jobs.deadlines(LATER) == 1
    Case.objects.filter(pk=row.pk).update(state="submitted", version=F("version") + 1, head=b"moved on" * 4)

    assert jobs.deadlines(LATER + timedelta(seconds=1)) == 1


def test_a_rule_that_is_broken_for_one_case_does_not_stop_the_others(world):
    case = world.raise_case()
    (row,) = refused(world, 1, case)
    Case.objects.filter(pk=row.pk).update(flow="no_such_flow")

    assert jobs.deadlines(LATER) == 1
    assert ClockRefusal.objects.get().why == "KeyError"


def test_the_administrator_is_told_once_and_how_many(world):
    refused(world, 3)
    for minute in range(3):
        jobs.deadlines(LATER + timedelta(minutes=minute))
        reactions.tell_refused(LATER + timedelta(minutes=minute))

    told = Notice.objects.filter(template="cases.refused", channel="inbox")
    assert [(one.to_id, one.params) for one in told] == [(world.people["admin"].pk, {"count": "3"})]

    refused(world, 1)
    jobs.deadlines(LATER + timedelta(hours=2))
    assert reactions.tell_refused(LATER + timedelta(hours=2)) == 1
    assert told.all().count() == 2


def test_with_nobody_to_tell_it_is_kept_until_there_is(world):
    Post.objects.filter(account=world.people["admin"]).update(ends_on=TEN.date(), ends_at=TEN)
    refused(world, 1)
    jobs.deadlines(LATER)

    assert reactions.tell_refused(LATER) == 0
    assert ClockRefusal.objects.get().told_at is None
