"""The connection breaks between COMMIT and its answer: whoever sends again under the key has one case (A10)."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from linli.kernel.cases.models import Case
from linli.kernel.journal.models import Event
from linli.kernel.vault.models import Record
from tests.proofs.cutting import Cutter
from tests.world import a_world

# The wire is PostgreSQL's: on the other database there is none that could be cut.
pytestmark = [pytest.mark.servers, pytest.mark.usefixtures("committed_db")]
SOME, MANY = 20, 500
LOST = (503, 200, True)  # the case was there, and nobody had been told
NOT_YET = (503, 201, False)  # an earlier commit of the same request was hit: a block of numbers


@pytest.fixture
def cutter(committed_db: None, settings: Any) -> Iterator[Cutter]:
    settings.LIMITS = {**settings.LIMITS, "report": "1000000/m"}
    before = {name: connection.settings_dict[name] for name in ("HOST", "PORT")}
    cutter = Cutter(f"{before['HOST']}/.s.PGSQL.{before['PORT'] or 5432}")
    connection.close()
    connection.settings_dict.update(HOST="127.0.0.1", PORT=str(cutter.port))
    yield cutter
    connection.close()
    connection.settings_dict.update(before)
    cutter.close()


def test_of_twenty_lost_answers_each_is_one_case(cutter, figure):
    assert_once(cutter, SOME, figure)


@pytest.mark.proof
def test_of_five_hundred_lost_answers_each_is_one_case(cutter, figure):
    assert_once(cutter, MANY, figure)


def assert_once(cutter: Cutter, wanted: int, figure: Any) -> None:
    world = a_world()
    found: Counter[tuple[int, int, bool]] = Counter()
    cases = set()
    while found[LOST] < wanted and found.total() < 2 * wanted:
        key = secrets.token_hex(16)
        cutter.arm()
        first = raised(world, key)
        connection.close()  # as Django does after a request over a broken one
        again = raised(world, key)
        found[first.status_code, again.status_code, again.json()["again"]] += 1
        cases.add(again.json()["case"]["id"])
    sent, there = found.total(), Case.objects.count()
    figure(
        "A10", "answers to COMMIT lost: cases too many or too few, after sending again", target="0",
        n=found[LOST], floor=wanted, got=abs(there - sent) + abs(len(cases) - sent),
    )  # fmt: skip

    assert found.keys() <= {LOST, NOT_YET}
    assert cutter.cut == sent
    assert there == len(cases) == Event.objects.filter(subject_kind="case").count() == sent
    assert Record.objects.values("subject_id").distinct().count() == sent


def raised(world: Any, key: str) -> Any:
    entry = {"text": "三栋二单元楼道灯不亮", "place": str(world.building.pk)}
    client = Client(raise_request_exception=False)
    return client.post("/api/v1/requests", entry, "application/json", headers={"Idempotency-Key": key})
