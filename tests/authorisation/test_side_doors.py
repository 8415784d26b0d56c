"""Who may not know of a case learns nothing of it by what hangs on it, lists, counts, orders, files or answers."""

from __future__ import annotations

import logging
import random
import re
from time import perf_counter
from uuid import uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from linli.kernel.journal import services
from linli.kernel.journal.registry import CONSUMERS
from tests.authorisation import matrix
from tests.authorisation.neighbourhood import ROLES, Neighbourhood, a_neighbourhood, address
from tests.kernel.files.builders import a_ready_picture

pytestmark = pytest.mark.django_db
PAGE = "desk/cases/<uuid:case_id>"
HOLES = ("<uuid:case_id>", "<uuidstr:case_id>")
OPERATIONS = ("api/v1/requests/<uuidstr:case_id>", "api/v1/protected/<uuidstr:case_id>")
RELATIONS = ("held", "sent", "grids", "working", "resolved", "closed", "secret", "elsewhere", "erased")
A_FEW = ("neighbour", "grid2", "clerk2", "system")
ANEW = re.compile(rb'value="[A-Za-z0-9]{64}"|name="key" value="[^"]*"|\?next=[^"]*')


@pytest.fixture(autouse=True)
def _quiet():
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def in_sight(relation: str) -> set[str]:
    """The roles that know of a case, by the table: on its page, or by the operation of its flow."""
    known = {(row.route, row.relation): row.expected for row in matrix.rows() if row.method == "GET"}
    asked = [known[route, relation] for route in (PAGE, *OPERATIONS) if (route, relation) in known]
    assert asked, relation
    return {role for expected in asked for role, answer in expected.items() if answer == "200"}


def hanging() -> list[tuple[str, str]]:
    """Every route that takes a case, with each of its methods; with a tracking code, the code is the authority."""
    found = [(route, method) for route, method in matrix.routes() if any(hole in route for hole in HOLES)]
    return [(route, method) for route, method in found if "<str:code>" not in route]


def said(client, method: str, url: str) -> tuple[int, bytes]:
    """An answer without what is made anew each time, and without the id that was asked for."""
    cache.clear()
    body = {"version": 0, "words": "x", "purpose": "check_result", "sort": "shared", "reason": "law"}
    how = {"data": body, "content_type": "application/json"} if url.startswith("/api") else {"data": body}
    answer = getattr(client, method.lower())(url, **(how if method == "POST" else {}))
    plain = re.sub(rb"[0-9a-f]{8}-[0-9a-f-]{27}", b"ID", answer.content)
    return answer.status_code, ANEW.sub(b"", plain)


def doors(here: Neighbourhood, roles: tuple[str, ...]) -> tuple[int, list[str]]:
    """Ask everything that hangs on each case as everybody out of sight of it; absent is the answer to compare with."""
    asked, wrong = 0, []
    clients = {role: here.client(role) for role in roles}
    for client in clients.values():
        client.handler.enforce_csrf_checks = False
    for route, method in hanging():
        nothing = {
            role: said(client, method, address(route, "absent", here)) for role, client in clients.items()
        }
        for relation in RELATIONS:
            for role in set(roles) - in_sight(relation):
                answer = said(clients[role], method, address(route, relation, here))
                asked += 1
                if answer != nothing[role] or answer[0] not in {302, 401, 403, 404, 405}:
                    wrong.append(
                        f"{method} {route} [{relation}] {role}: {answer[0]}, absent {nothing[role][0]}"
                    )
    return asked, wrong


@pytest.mark.slow  # two thousand requests
def test_what_hangs_on_a_case_out_of_sight_answers_as_if_there_were_no_such_case(figure):
    asked, wrong = doors(a_neighbourhood(), A_FEW)

    assert wrong == []
    figure("G7", "children of a case out of sight: doors", target="0", n=asked, floor=1_000, got=len(wrong))


@pytest.mark.proof  # fifteen thousand requests
def test_what_hangs_on_a_case_out_of_sight_is_absent_for_everybody_else_too(figure):
    asked, wrong = doors(a_neighbourhood(), tuple(ROLES))

    assert wrong == []
    figure(
        "G1",
        "route × method × relation × role: unexpected",
        target="0",
        n=asked,
        floor=10_000,
        got=len(wrong),
    )


def lists() -> list[str]:
    """Every route without an object in it that a desk may ask for, with what can be asked behind the question mark."""
    plain = [route for route, method in matrix.routes() if method == "GET" and "<" not in route]
    asked = [
        row.route + row.relation
        for row in matrix.rows()
        if row.relation.startswith("?") and row.method == "GET"
    ]
    desks = [
        route
        for route in plain
        if route.startswith("desk/") and not route.startswith(("desk/account", "desk/sign"))
    ]
    return [*desks, *asked, "", "me", "api/v1/requests", "api/v1/protected", "desk/figures/requests.received"]


@pytest.mark.slow  # some six hundred pages
def test_no_list_count_order_or_file_changes_with_a_case_that_is_out_of_sight(figure):
    """Asked before and after two cases are raised: one in another community, one protected."""
    here = a_neighbourhood()
    roles = (
        "grid2",
        "clerk2",
        "over2",
        "property",
        "water",
        "street",
        "member",
        "editor",
        "system",
        "neighbour",
    )
    clients = {role: here.client(role) for role in roles}
    with time_machine.travel(timezone.now().replace(microsecond=0), tick=False):
        settle()
        for client in clients.values():
            client.get("/me")  # one's own page tells from then on that one has looked
        before = {
            (role, route): said(clients[role], "GET", f"/{route}") for role in roles for route in lists()
        }
        hidden = here.world.raise_case(
            now=timezone.now(), text="三栋二单元楼道灯不亮", place=str(here.world.building.pk)
        )
        secret = here.world.raise_case(now=timezone.now(), text="隔壁一直家暴，打老婆")
        a_ready_picture(subject_id=hidden.pk)
        settle()
        after = {key: said(clients[key[0]], "GET", f"/{key[1]}") for key in before}
    named = [hidden.number.encode(), secret.number.encode()]

    assert [key for key in before if before[key] != after[key]] == []
    assert [key for key, (_status, body) in after.items() if any(number in body for number in named)] == []
    assert sum(status == 200 for status, _body in after.values()) > 50
    figure("G7", "lists, counts, orders, files that changed", target="0", n=len(before), floor=200, got=0)


def settle() -> None:
    """Let everything that follows from the journal follow."""
    now = timezone.now()
    services.sequence(now)
    for name in list(CONSUMERS):
        while services.consume(name, now=now):
            continue


ASKED = ("/desk/cases/{}", "/desk/cases/{}/reads", "/api/v1/requests/{}", "/desk/people/posts/{}/replace")


@pytest.mark.proof  # eight thousand requests
@pytest.mark.parametrize("asked", ASKED)
def test_out_of_sight_and_absent_cannot_be_told_apart_by_the_clock(asked, figure):
    here, pick = a_neighbourhood(), random.Random(7)
    client = here.client("street" if "people" in asked else "grid2")
    foreign = here.things["post"] if "people" in asked else here.cases["held"].pk
    times: dict[bool, list[float]] = {True: [], False: []}
    for _pair in range(1_000):
        for there in pick.sample([True, False], 2):
            url = asked.format(foreign if there else uuid4())
            began = perf_counter()
            status = client.get(url).status_code
            times[there].append(perf_counter() - began)
            assert status == 404
    area = separable(times[True], times[False])

    figure(
        "G2",
        f"{asked.format('…')}: told apart (AUC)",
        target="≤ 0.6",
        n=1_000,
        floor=1_000,
        got=f"{area:.3f}",
    )
    assert area <= 0.6


def separable(ones: list[float], others: list[float]) -> float:
    """How well a threshold tells the two apart: the area under the curve, 0.5 not at all, 1 wholly."""
    ranked = sorted([(time, True) for time in ones] + [(time, False) for time in others])
    ranks = sum(rank for rank, (_time, is_one) in enumerate(ranked, start=1) if is_one)
    area = (ranks - len(ones) * (len(ones) + 1) / 2) / (len(ones) * len(others))
    return max(area, 1 - area)


def test_the_measure_of_telling_apart_measures():
    assert separable([1.0, 2.0], [3.0, 4.0]) == separable([3.0, 4.0], [1.0, 2.0]) == 1.0
    assert separable([1.0, 4.0], [2.0, 3.0]) == 0.5
