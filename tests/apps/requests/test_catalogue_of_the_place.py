"""What is protected is what the catalogue of the place says, however the place was told."""

from __future__ import annotations

import json

import pytest
import shapely
from django.db import transaction
from django.test import Client
from django.utils import timezone

from linli.foundation.errors import InvalidInput
from linli.foundation.geometry import UNITS
from linli.kernel.cases import services
from linli.kernel.cases.models import Case
from linli.kernel.journal import services as journal
from linli.kernel.places.models import Outline
from linli.kernel.rulebook import queries as rulebook
from linli.kernel.rulebook.models import RuleSet
from linli.shell.desk.forms import thawed
from tests.world import START, a_world

pytestmark = pytest.mark.django_db
WORDS = "那边又在喂蛇"
POINT = {"lon": "109.205", "lat": "27.505"}


@pytest.fixture
def world():
    """A community that protects what nobody else does, on ground that is drawn."""
    world = a_world("wanshan")
    box = [round(edge * UNITS) for edge in (109.20, 27.50, 109.21, 27.51)]
    Outline.objects.create(
        place=world.grid, wkb=shapely.to_wkb(shapely.box(*box)), box=box, source="测试", is_schematic=True, valid_from=START
    )  # fmt: skip
    everywhere = rulebook.rule("categories", "", START)
    data = thawed(everywhere.data)
    local = {"code": "protected.local", "label": "本地保护", "desk": "protected", "urgency": "emergency",
             "protected": True, "words": ["喂蛇"]}  # fmt: skip
    data["categories"].append(local)
    RuleSet.objects.create(
        key="categories", place_id=world.community.id, path=world.community.path, county=world.community.county,
        valid_from=START, version=99, data=data, basis="测试", made_by=world.people["county"].id,
        approved_by=world.people["street"].id, made_at=timezone.now(), origin="local",
    )  # fmt: skip
    with transaction.atomic():
        journal.bump("rulebook")
        journal.bump("places.outlines")
    return world


def sent(address, **data):
    return Client().post(f"/api/v1/{address}", json.dumps(data), content_type="application/json")


@pytest.mark.parametrize("said", [{"text": WORDS}, {"text": "请来看看", "category": "protected.local"}])
def test_a_matter_that_is_protected_here_is_seen_by_its_point_alone(world, said):
    answer = sent("requests", **said, **POINT)

    assert answer.status_code == 201, answer.content
    case = Case.objects.get()
    assert (case.flow, case.category, case.confidential) == ("protected", "protected.local", True)
    assert case.holder_id == world.desks["protected"].pk


def test_the_page_says_so_while_it_is_typed(world):
    typed = {"text": WORDS, **POINT}
    assert "110" in Client().post("/report/suggest", typed).content.decode()
    assert "12338" not in Client().post("/report/suggest", {"text": WORDS}).content.decode()


def test_the_place_that_was_chosen_counts_before_the_point(world):
    outside = {"lon": "100.0", "lat": "20.0"}
    case = world.raise_case(text=WORDS, **outside)
    assert case.category == "protected.local"


def test_a_matter_that_is_protected_elsewhere_is_an_unknown_one_here(world):
    with pytest.raises(InvalidInput):
        services.open_case(
            flow="request", data={"text": "看看", "place": str(world.street.id), "category": "protected.local"},
            moment=world.moment("county"),
        )  # fmt: skip


@pytest.mark.parametrize(
    "said", [{"text": "楼道灯不亮"}, {"text": "请来看看", "category": "quiet.home"}, {"text": "请来看看"}]
)
def test_only_protected_matters_come_in_by_the_protected_door(world, said):
    answer = sent("protected", place=str(world.building.id), **said)

    assert answer.status_code == 422
    assert answer.json()["field"] == "category"
    assert "“反映问题”" in answer.json()["detail"]
    assert "/api/v1/requests" in answer.json()["detail"]
    assert Case.objects.count() == 0


@pytest.mark.parametrize("door", ["protected", "requests"])
@pytest.mark.parametrize("said", [{"text": "孩子被打"}, {"text": "请来看看", "category": "protected.abuse"}])
def test_protected_matters_take_the_protected_flow_by_either_door(world, door, said):
    answer = sent(door, place=str(world.building.id), **said)

    assert answer.status_code == 201, answer.content
    case = Case.objects.get()
    assert (case.flow, case.state, case.confidential) == ("protected", "received", True)


def test_what_is_sent_again_by_the_protected_door_is_refused_again(world):
    for _time in range(2):
        answer = Client().post(
            "/api/v1/protected", json.dumps({"text": "楼道灯不亮", "place": str(world.building.id)}),
            content_type="application/json", headers={"Idempotency-Key": "k" * 24},
        )  # fmt: skip
        assert answer.status_code == 422
