"""Every route, asked by everybody, answers as the table says: no door too many, no refusal too many."""

from __future__ import annotations

import logging
from collections import Counter
from functools import partial
from uuid import uuid4

import pytest

from tests.authorisation import matrix
from tests.authorisation.neighbourhood import ROLES, a_neighbourhood
from tests.authorisation.watching import Watch


@pytest.fixture(autouse=True)
def _quiet():
    """Refusals are logged; thousands of them would bury the answer."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


PARTS = {
    "the API of requests": lambda route: route.startswith("api/v1/requests"),
    "cases at the desk": lambda route: route.startswith("desk/cases"),
    "the rest of the desk": lambda route: route.startswith("desk/") and not route.startswith("desk/cases"),
    "pages for everybody and the rest of the API": lambda route: (
        not route.startswith(("desk/", "api/v1/requests"))
    ),
}


def test_every_route_and_method_has_a_row():
    said = {(row.route, row.method) for row in matrix.rows()}
    there = set(matrix.routes())

    assert sorted(there - said) == []
    assert sorted(said - there) == []


def test_the_table_says_no_cell_twice():
    cells = Counter((row.route, row.method, row.relation, row.sends) for row in matrix.rows())

    assert [cell for cell, count in cells.items() if count > 1] == []
    assert len(ROLES) >= 13


@pytest.mark.slow  # several thousand requests, each undone
@pytest.mark.django_db
@pytest.mark.parametrize("part", PARTS)
def test_everybody_is_answered_as_the_table_says(part, figure):
    """And no personal value stands where fields.csv does not have it, nor without an entry in the read log."""
    here = a_neighbourhood()
    watch = Watch(here)
    asked, wrong = Counter(), []
    clients = {role: here.client(role) for role in ROLES}
    for row in matrix.rows():
        if not PARTS[part](row.route):
            continue
        for role, expected in row.expected.items():
            client = here.client(role) if "sign-out" in row.route else clients[role]
            look = partial(watch.look, row.route, role)
            response = matrix.ask(client, row, here, look)
            answer = matrix.answer_of(response)
            asked[answer] += 1
            personal = role not in {"stranger", "halfway"} or row.route.startswith(("t/", "report/sent"))
            faults = matrix.header_faults(response, personal=personal and response.status_code == 200)
            wrong += [f"{row.method} {row.route} {role}: {fault}" for fault in faults]
            if answer != expected:
                wrong.append(f"{row.method} {row.route} [{row.relation}] {role}: {answer}, not {expected}")

    print(f"{part}: {sum(asked.values())} requests, {dict(sorted(asked.items()))}")
    if wrong:
        pytest.fail("\n".join(wrong))
    assert watch.faults == {}
    assert dict(watch.shown) == {
        where: roles for where, roles in matrix.fields().items() if PARTS[part](where[1])
    }
    count, values = asked.total(), sum(map(len, watch.shown.values()))
    figure("G1", f"{part}: answers other than the table's", target="0", n=count, floor=500, got=len(wrong))
    figure("F1", f"{part}: personal values without an entry", target="0", n=watch.looked, floor=500, got="0")
    figure(
        "G3",
        f"{part}: values out of place ({values} in place)",
        target="0",
        n=watch.looked,
        floor=500,
        got="0",
    )


@pytest.mark.django_db
def test_no_change_is_taken_without_the_proof_that_the_request_is_ours():
    here = a_neighbourhood()
    client = here.client("clerk")
    client.cookies["csrftoken"] = "b" * 32  # not what the page will send
    taken = []
    for row in matrix.rows():
        if row.method == "POST" and not row.route.startswith("t/"):
            response = matrix.ask(client, row, here)
            if response.status_code not in {403, 404, 405}:
                taken.append(f"{row.route} [{row.relation}]: {response.status_code}")

    # The reporter's pages are left out: their authority is the code in the address, not a cookie.
    assert sorted(set(taken) - {"api/v1/openapi.json []: 200"}) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/desk/cases/{}", "/desk/cases/{}/reads", "/api/v1/requests/{}", "/desk/places/{}"]
)
def test_what_is_out_of_sight_and_what_is_not_there_answer_alike(address):
    here = a_neighbourhood()
    client = here.client("grid2")
    hidden = here.community2.pk if "places" in address else here.cases["held"].pk
    foreign, absent = client.get(address.format(hidden)), client.get(address.format(uuid4()))

    assert (foreign.status_code, len(foreign.content)) == (404, len(absent.content))
    assert foreign.status_code == absent.status_code
