"""Names and words in rare characters: stored, searched, printed and exported alike (reliability I10)."""

from __future__ import annotations

import json
from itertools import product
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from linli.kernel.cases.models import Case
from linli.kernel.cases.queries.codes import tracking_code
from linli.kernel.places.services import add_place
from tests.acceptance.conftest import api, clerk, searched
from tests.kernel.people.builders import signed_in
from tests.world import IMPORT, TEN, a_world

pytestmark = pytest.mark.django_db
# What GB 18030-2022 has beyond the old tables, and what phones type: planes 0, 2 and 3, points, joined pictures.
RARE = {
    "extension A": "㙍㸃村", "the end of the basic block": "鿍鿏鿫路", "of 2005": "䶮䶵里", "extension B": "𠮷𣲘村",
    "extension C": "𪜶𫚉组", "extension E": "𫷷𬱖巷", "extension F": "𬺢𮯠坝", "extension G": "𰻝𰻞街", "a point within a name": "买买提·阿布都",
    "a picture of a family": "👨‍👩‍👧平安", "a flag and a skin": "🇨🇳👍🏽好", "Yi": "ꀀꀊ寨", "Tibetan": "བོད་村", "Arabic": "ئۇيغۇر村",
    "combined": "é村", "zero": "〇二〇号",
}  # fmt: skip
UNREADABLE = ["村\x00", "\ud840村", "村\udc00"]
TURNING = "村\u202egpj.exe\u202c\u2066x\u2069"


@pytest.fixture
def world():
    cache.clear()
    return a_world("wanshan")


def test_rare_names_are_stored_searched_printed_and_exported_alike(world, figure):
    now, desk, cases = timezone.now(), clerk(world), {}
    for name in RARE.values():
        place = add_place(level="building", name=name, parent_id=world.grid.id, now=TEN, actor=IMPORT)
        said = {"text": f"{name}的灯不亮", "place": str(place.id), "contact_name": name}
        cases[name] = world.raise_case(now=now, **said)
        searched(cases[name])
    inbox, plates = (desk.get(url).content.decode() for url in ("/desk/", "/desk/qr?level=building"))
    sheet = desk.get("/desk/cases?state=open&format=csv").content.decode("utf-8-sig").splitlines()

    for name, case in cases.items():
        assert name in inbox
        assert name in plates
        assert [line for line in sheet if case.number in line and name in line]
        assert name in Client().get(f"/report/places?q={quote(name)}").content.decode()
        assert name in Client().get(f"/t/{tracking_code(case.pk)}").content.decode()
        assert case.number in desk.get(f"/desk/cases?q={quote(name)}").content.decode()
        assert name in json.dumps(desk.get(f"/api/v1/requests/{case.pk}").json(), ensure_ascii=False)
        opened = desk.post(f"/desk/cases/{case.pk}/open", {"purpose": "contact_reporter"}).content.decode()
        assert name in opened
    figure(
        "I10",
        "names in rare characters, over eight ways out",
        target="0 changed",
        n=len(cases) * 8,
        floor=120,
        got="0",
    )


def test_what_no_database_can_keep_is_refused_at_both_doors(world):
    for field, text in product(("text", "contact_name", "place"), UNREADABLE):
        sent = {"text": "楼道灯不亮", "place": str(world.building.pk)} | {field: text}
        assert api(Client(), "requests", sent).status_code == 422, (field, text)
        if "\x00" in text:  # a form cannot carry the others
            assert Client().post("/report", sent).status_code == 422, (field, text)
    assert Case.objects.count() == 0


def test_marks_that_turn_what_follows_are_dropped(world):
    case = world.raise_case(text=TURNING, now=timezone.now())
    page = signed_in(world.people["community"]).get(f"/desk/cases/{case.pk}").content.decode()
    assert "村gpj.exex" in page
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") & set(page)
