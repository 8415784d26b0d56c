"""What a request costs in statements: fixed, small, and the same for one case as for fifty."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from linli.kernel.cases.models import Case
from tests import world as worlds
from tests.kernel.people.builders import signed_in
from tests.world import World

WHO = 3  # statements that say who asks: the session, the account, the posts in force
AGGREGATE = re.compile(r"\b(count|sum|avg|min|max)\s*\(|group by", re.IGNORECASE)


@pytest.fixture
def world(committed_db: None, settings: Any) -> World:
    """A neighbourhood in databases that really commit, remembered by the process as in production."""
    made = worlds.a_world("wanshan", timezone.now())
    settings.STAMP_SECONDS = 3600
    return made


def statements(act: Callable[[], Any]) -> list[str]:
    """Return the SQL that it takes, both databases' and the transaction's own included."""
    with (
        CaptureQueriesContext(connections["default"]) as ours,
        CaptureQueriesContext(connections["keys"]) as keys,
    ):
        act()
    return [query["sql"] for query in (*ours, *keys)]


def intake(client: Client, world: World, key: str) -> Any:
    body = json.dumps({"text": "三栋二单元楼道灯不亮", "place": str(world.building.id)})
    answer = client.post(
        "/api/v1/requests",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": f"the {key} of all sends"},
    )
    assert answer.status_code == 201, answer.content
    return answer


def kinds(found: list[str]) -> list[str]:
    return [sql.split()[0] for sql in found]


def test_intake_is_a_look_for_a_resend_and_three_rows_in_one_commit(world):
    client = Client()
    intake(client, world, "first")
    found = statements(lambda: intake(client, world, "second"))
    assert kinds(found) == ["SELECT", "BEGIN", "INSERT", "INSERT", "INSERT", "COMMIT"]


def test_intake_by_staff_also_asks_who_it_is(world):
    client = signed_in(world.people["grid"])
    intake(client, world, "first")
    found = statements(lambda: intake(client, world, "second"))
    assert kinds(found) == ["SELECT"] * WHO + ["SELECT", "BEGIN", "INSERT", "INSERT", "INSERT", "COMMIT"]


def test_a_step_finds_locks_changes_and_tells(world):
    client = signed_in(world.people["community"])

    def sort(case: Case) -> None:
        body = json.dumps({"version": case.version, "sort": "public", "reason": "law"})
        answer = client.post(f"/api/v1/requests/{case.pk}/sort", body, content_type="application/json")
        assert answer.status_code == 200, answer.content

    first, second = (world.raise_case(now=timezone.now()) for _number in range(2))
    sort(first)
    found = statements(lambda: sort(second))
    assert kinds(found) == ["SELECT"] * WHO + ["SELECT", "BEGIN", "SELECT", "UPDATE", "INSERT", "COMMIT"]


@pytest.mark.parametrize("address", ["/api/v1/requests?limit=50", "/desk/"])
def test_an_inbox_of_fifty_costs_what_one_of_one_costs(world, address):
    client = signed_in(world.people["community"])
    world.raise_case(now=timezone.now())
    assert client.get(address).status_code == 200
    one = statements(lambda: client.get(address))
    for _number in range(49):
        world.raise_case(now=timezone.now())
    holder = world.desks["community"].pk
    assert Case.objects.filter(holder_id=holder).count() == 50
    fifty = statements(lambda: client.get(address))
    assert len(one) == len(fifty) == {"/api/v1/requests?limit=50": WHO + 1, "/desk/": WHO + 4}[address]


def test_the_overview_adds_nothing_up_over_cases(world):
    client = signed_in(world.people["supervisor"])
    world.raise_case(now=timezone.now())
    assert client.get("/desk/figures").status_code == 200
    found = statements(lambda: client.get("/desk/figures"))
    over_cases = [sql for sql in found if "cases_case" in sql]
    assert [sql for sql in over_cases if AGGREGATE.search(sql)] == []
    assert [sql for sql in found if "figures_rollup" in sql] != []
    assert len(found) <= WHO + 10


def test_the_case_page_asks_for_the_units_called_once(world):
    client = signed_in(world.people["community"])
    case = world.raise_case(now=timezone.now())
    assert client.get(case.get_absolute_url()).status_code == 200
    found = statements(lambda: client.get(case.get_absolute_url()))
    assert len([sql for sql in found if sql.startswith('SELECT "cases_assignment"')]) == 1
    asked = [sql for sql in found if sql.startswith("SELECT")]
    assert [sql for sql in asked if asked.count(sql) > 1] == []
