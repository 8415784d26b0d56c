"""What takes two persons is not done by one, by any route there is (B4).

Each thing that waits for another's yes was asked for by somebody who could say yes to
anybody else's. With their own account, and with a second one of theirs, they send to every
route that changes anything, taken from the resolver and the API's schema: each step, the
bodies of the table, and columns no form has.
"""

from __future__ import annotations

import ast
import logging
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from linli.kernel.people.models import Account
from tests.authorisation import matrix
from tests.authorisation.matrix import Row
from tests.authorisation.neighbourhood import PROOF, Neighbourhood, a_neighbourhood
from tests.authorisation.waiting import Waiting, everything
from tests.kernel.people.builders import signed_in

CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
OWN = ("<uuid:proposal_id>", "<uuid:post_id>", "<uuid:allowance_id>", "<uuid:purge_id>")
STEPS = ("approve", "grant", "confirm", "review", "object", "refuse")
# What brings another's wish into force, and the only places that may call it.
DECIDING = {
    "confirm_post": {"linli/kernel/people/views.py"},
    "answer_wish": {"linli/shell/desk/views/reading.py"},
    "answer_purge": {"linli/shell/desk/views/read_log.py"},
    "approve": {"linli/shell/desk/views/rules.py", "linli/demo/practice.py"},
}
OF = ("linli.kernel.people", "linli.kernel.vault", "linli.kernel.rulebook")


@pytest.fixture(autouse=True)
def _quiet():
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def requests_there_are(*, whole: bool) -> Iterator[tuple[str, Row]]:
    """Yield every changing request there is: each route, by each step; with each body, or only its longest."""
    bodies: dict[tuple[str, str], set[str]] = {}
    for row in matrix.rows():
        bodies.setdefault((row.route, row.method), set()).add(row.sends)
    for route, method in matrix.routes():
        if method not in CHANGING or route.startswith(("sign-out", "desk/sign-out")):
            continue
        steps = STEPS if "<slug:step>" in route and _answers_something(route) else ("",)
        every = sorted({"", *bodies.get((route, method), ())}, key=len)
        for step, sends in product(steps, every if whole else every[-1:]):
            yield step, Row(route, method, "", sends, {})


def send(client: Any, here: Neighbourhood, thing: Waiting, step: str, row: Row, seen: Any) -> int:
    things = dict.fromkeys(("proposal", "post", "waiting", "allowance", "purge"), thing.id)
    before = here.things
    here.things = before | things
    route = row.route.replace("<slug:step>", step) if step else row.route
    more = {} if row.route.startswith("api/") else _columns(thing)
    try:
        asked = Row(route, row.method, row.relation, row.sends, {})
        return matrix.ask(client, asked, here, lambda _answer, _sends: seen(), more).status_code
    finally:
        here.things = before


def _columns(thing: Waiting) -> dict[str, Any]:
    """Say yes in the columns themselves."""
    return {
        "approved_by": thing.asker.pk, "confirmed_by": thing.asker.pk, "decided_by": thing.asker.pk,
        "state": "granted", "needs_confirming": "", "step": "approve", "id": thing.id, "ids": thing.id,
        "proposal": thing.id, "post": thing.id,
    }  # fmt: skip


def _client(account: Account) -> Any:
    client = signed_in(account)
    client.handler.enforce_csrf_checks = True
    client.cookies["csrftoken"] = PROOF
    return client


@pytest.mark.django_db
def test_nobody_says_yes_to_what_they_asked_for_by_any_route(figure):
    assert_refused(figure, whole=False, floor=500)


@pytest.mark.proof
@pytest.mark.django_db
def test_nobody_says_yes_to_what_they_asked_for_by_any_route_with_any_body(figure):
    assert_refused(figure, whole=True, floor=2500)


def assert_refused(figure: Any, *, whole: bool, floor: int) -> None:
    """Send it all; the second account, on every landing, only where something of its kind is answered."""
    here = a_neighbourhood()
    tries: Counter[str] = Counter()
    bypassed, ways = [], {}
    for thing in everything(here):
        assert not thing.bypassed(), thing.what
        for account in (thing.asker, thing.twin):
            client = _client(account)
            for step, row in requests_there_are(whole=whole):
                if not whole and account is thing.twin and not _answers_something(row.route):
                    continue
                found: list[bool] = []
                send(client, here, thing, step, row, lambda: found.append(thing.bypassed()))  # noqa: B023 -- called at once
                tries[thing.what] += 1
                if any(found):
                    bypassed.append(f"{thing.what}: {row.method} {row.route} {step} [{row.sends}]")
        ways[thing.what] = _ways_of_another(here, thing)

    print(dict(tries))
    assert ways == {thing: {route} for thing, route in WAYS.items()}
    figure(
        "B4",
        f"who asked says yes, by every route{', with every body' if whole else ''}: taken",
        target="0",
        n=tries.total(),
        floor=floor,
        got=len(bypassed),
    )
    assert bypassed == []


WAYS = {
    "rule": "desk/rules/proposals/<uuid:proposal_id>/approve",
    "auditor": "desk/people/posts/<uuid:post_id>/confirm",
    "system_admin": "desk/people/posts/<uuid:post_id>/confirm",
    "leave to read": "desk/reading/<uuid:allowance_id>/<slug:step>",
    "glass": "desk/reading/<uuid:allowance_id>/<slug:step>",
    "purge": "desk/reading/log/<uuid:purge_id>/<slug:step>",
}


def _ways_of_another(here: Neighbourhood, thing: Waiting) -> set[str]:
    """By which of the same requests does somebody else's yes count? The search above reaches that door."""
    client, ways = _client(thing.other), set()
    for step, row in requests_there_are(whole=True):
        if _answers_something(row.route):
            agreed: list[bool] = []
            send(client, here, thing, step, row, lambda: agreed.append(thing.is_agreed()))  # noqa: B023 -- called at once
            ways |= {row.route} if any(agreed) else set()
    return ways


def test_nothing_but_a_page_says_yes_for_somebody():
    """No import, job, command or API operation calls what decides: it has no proposer to refuse."""
    calls: dict[str, set[str]] = {name: set() for name in DECIDING}
    for path in sorted((settings.ROOT / "linli").rglob("*.py")):
        where = str(path.relative_to(settings.ROOT))
        for name in _called(path) if "/services/" not in where else ():
            if name in calls:
                calls[name].add(where)
    assert calls == DECIDING


def _answers_something(route: str) -> bool:
    return any(hole in route for hole in OWN)


def _called(path: Path) -> Iterator[str]:
    """Yield the names of the services of the kernel that a file calls."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(OF)
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id in modules:
                yield node.func.attr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in modules:
            yield node.func.id
