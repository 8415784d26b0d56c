"""What the databases themselves refuse of a case; and what verify says where they did not."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from linli.foundation.ids import new_id
from linli.kernel.cases.models import Case
from linli.kernel.journal import verify
from linli.kernel.people.models import Desk, Post
from tests.world import TEN, a_world, full_practice

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    world = a_world("wanshan")
    full_practice(world)
    return world


@pytest.fixture
def case(world):
    return world.raise_case()


def refuses(case, name, **changed):
    with pytest.raises(DatabaseError, match=name), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(**changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"state": "closed"}, {"head": b"x" * 32}, {"version": F("version") + 1}, {"state": "closed", "version": F("version") + 1},
        {"state": "closed", "version": F("version") + 2, "head": b"x" * 32}, {"state": "closed", "head": b"x" * 32},
    ],
)  # fmt: skip
def test_no_state_is_set_beside_an_event(case, changed):
    refuses(case, "cases_case_state_by_event", **changed)


def test_what_is_under_way_keeps_the_rules_it_began_with(case):
    refuses(case, "cases_case_keeps_rules", rules_id=new_id())
    refuses(case, "cases_case_keeps_rules", limits_id=new_id(), flow="protected")


def test_it_takes_another_flows_rules_when_it_becomes_another_flows(world, case):
    before = case.rules_id
    case = world.take(case, "protect", "community", words="请专人看看。")
    assert (case.flow, case.rules_id != before) == ("protected", True)


def test_nothing_lies_on_a_desk_that_is_none_or_closed(world, case):
    refuses(case, "cases_case_on_an_open_desk", holder_id=new_id())
    Desk.objects.filter(pk=world.desks["street"].pk).update(closed_at=TEN)
    refuses(case, "cases_case_on_an_open_desk", holder_id=world.desks["street"].pk)
    Desk.objects.filter(pk=world.desks["community"].pk).update(closed_at=TEN)
    with pytest.raises(DatabaseError, match="cases_case_on_an_open_desk"), transaction.atomic():
        Case.objects.bulk_create([copy_of(case)])


def copy_of(case):
    copy = Case.objects.get(pk=case.pk)
    copy.pk, copy.number, copy.track = new_id(), "copy", "copy"
    return copy


def test_a_case_is_not_deleted(case):
    with pytest.raises(DatabaseError, match="cases_case_no_delete"), transaction.atomic():
        Case.objects.filter(pk=case.pk)._raw_delete("default")


def test_what_comes_back_to_a_desk_that_was_closed_goes_to_who_sorts(world, case):
    for step, who, data in [
        ("sort", "community", {"sort": "public", "reason": "law"}),
        ("dispatch", "community", {"desk": str(world.desks["county"].pk)}),
        ("accept", "county", {}),
        ("resolve", "county", {"words": "好了。"}),
    ]:
        case = world.take(case, step, who, **data)
    world.take(case, "check", "community")
    world.take(case, "reply", "community", words="好了。")
    world.take(case, "rate", "reporter", solved="yes", satisfied="good")
    for key in ("county", "street"):
        Desk.objects.filter(pk=world.desks[key].pk).update(closed_at=TEN)
    Post.objects.filter(desk=world.desks["county"]).update(ends_at=TEN)
    again = world.take(case, "reopen", "reporter", words="还是不行。")

    assert (again.state, again.holder_id) == ("returned", world.desks["community"].pk)


def test_verify_names_a_case_with_nobody_and_a_guard_that_was_removed(world, case):
    assert verify.run(["cases.holders"]).findings == []
    Desk.objects.filter(pk=world.desks["community"].pk).update(closed_at=TEN)
    name = "cases_case_keeps_rules"
    with connection.cursor() as cursor:
        cursor.execute(
            f"DROP TRIGGER {name}" + (" ON cases_case" if connection.vendor == "postgresql" else "")
        )

    found = [finding.where for finding in verify.run(["cases.holders"]).findings]
    assert found == [case.number, name]
