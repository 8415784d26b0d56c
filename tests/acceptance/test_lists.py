"""Every list costs a fixed number of queries, with one row and with three; a case page at any length of history."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from linli.kernel.journal import services as journal
from linli.kernel.people.services.accounts import resident_for
from tests.kernel.people.builders import signed_in
from tests.world import a_world, full_practice

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    world = a_world("wanshan")
    full_practice(world)
    world.people["own"] = resident_for("13911120001", timezone.now())
    return world


def cost(client, url, least=""):
    """Count the queries of a page, after a first call that fills what is remembered."""
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        response = client.get(url)
    assert response.status_code == 200
    assert least in response.content.decode()
    # A transaction that has changed the register itself asks for its stamp each time; a request on its own does not.
    return sum("journal_stamp" not in query["sql"] for query in queries.captured_queries)


def told():
    journal.sequence(timezone.now())
    while journal.consume("notices", now=timezone.now()):
        continue


@pytest.mark.parametrize(
    ("who", "url"),
    [("community", "/desk/"), ("community", "/desk/cases"), ("own", "/me"), ("own", "/"), ("community", "/desk/notices"),
     ("community", "/api/v1/requests"), ("supervisor", "/desk/figures"), ("supervisor", "/desk/map"), ("supervisor", "/desk/places")],
)  # fmt: skip
def test_a_list_of_three_costs_what_a_list_of_one_costs(world, who, url):
    client = signed_in(world.people[who])
    world.raise_case(now=timezone.now(), who="own")
    told()
    one = cost(client, url)
    for _n in range(2):
        world.raise_case(now=timezone.now(), who="own")
    told()

    assert cost(client, url) == one
    assert one < 40


def test_a_case_page_costs_the_same_after_two_events_and_after_six(world):
    now = timezone.now()
    short, long_ = world.raise_case(now=now), world.raise_case(now=now)
    for case in (short, *[long_] * 5):
        world.take(case, "supplement", "reporter", now, words="还是不亮")
    client = signed_in(world.people["community"])

    assert cost(client, f"/desk/cases/{long_.pk}", "补充了情况") == cost(client, f"/desk/cases/{short.pk}")
