from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from linli.kernel.notices.models import Notice
from tests.kernel.notices.builders import NOON, told
from tests.kernel.people.builders import a_holder, a_world, signed_in

PAGE = "/desk/notices"


def test_the_page_costs_the_same_queries_with_one_row_and_with_three(
    committed_db: None, settings: Settings
) -> None:
    settings.STAMP_SECONDS = 60
    world = a_world(NOON)
    me = a_holder(world.desks["grid"], "grid_worker", NOON)
    client = signed_in(me)
    costs = []
    for rows in (1, 1, 3):  # the first fills the memory of rules and places
        Notice.objects.all().delete()
        for number in range(rows):
            told(to_id=me.id, dedupe_key=str(number))
        with CaptureQueriesContext(connection) as captured:
            client.get(PAGE)
        costs.append(len(captured))

    assert costs[1] == costs[2]
    assert costs[2] <= 10
