"""Every route, asked by everybody, answers as the table says: no door too many, no refusal too many."""

from __future__ import annotations

import logging
from collections import Counter

import pytest

from tests.authorisation import matrix
from tests.authorisation.neighbourhood import ROLES, a_neighbourhood


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
    "pages for everybody and the rest of the API": lambda route: not route.startswith(("desk/", "api/v1/requests")),
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
def test_everybody_is_answered_as_the_table_says(part):
    here = a_neighbourhood()
    asked, wrong = Counter(), []
    clients = {role: here.client(role) for role in ROLES}
    for row in matrix.rows():
        if not PARTS[part](row.route):
            continue
        for role, expected in row.expected.items():
            client = here.client(role) if "sign-out" in row.route else clients[role]
            answer = matrix.answer_of(matrix.ask(client, row, here))
            asked[answer] += 1
            if answer != expected:
                wrong.append(f"{row.method} {row.route} [{row.relation}] {role}: {answer}, not {expected}")

    print(f"{part}: {sum(asked.values())} requests, {dict(sorted(asked.items()))}")
    if wrong:
        pytest.fail("\n".join(wrong))
    assert sum(asked.values()) > 500
