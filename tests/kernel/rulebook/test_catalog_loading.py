"""Loading what is shipped, again and again."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command

from linli.foundation.errors import Absent, InvalidInput
from linli.kernel.journal.models import Event
from linli.kernel.rulebook import queries, registry, services
from linli.kernel.rulebook.models import RuleSet
from tests.kernel.rulebook.builders import (
    EVER,
    KEY,
    NOW,
    TODAY,
    WANSHAN,
    _place,
    a_catalog,
    a_file,
    a_rule,
    a_world,
)  # fmt: skip

pytestmark = pytest.mark.django_db
CATALOG = Path(__file__).parents[3] / "catalog"


def test_loading_twice_makes_nothing_new(tmp_path: Path) -> None:
    folder = a_catalog(tmp_path, size=a_file(1))
    assert services.load_catalog(now=NOW, folder=folder).made == ["size.toml"]
    again = services.load_catalog(now=NOW + timedelta(days=9), folder=folder)
    assert (again.made, again.same, again.waiting) == ([], ["size.toml"], {})
    assert RuleSet.objects.count() == 1
    assert list(Event.objects.filter(subject_kind="rule").values_list("name", "by_kind")) == [
        ("rulebook.ship", "import")
    ]


def test_a_changed_file_is_a_new_version_from_the_day_it_is_loaded(tmp_path: Path) -> None:
    services.load_catalog(now=NOW, folder=a_catalog(tmp_path, size=a_file(1)))
    later = NOW + timedelta(days=9)
    folder = a_catalog(tmp_path, size=a_file(2))
    assert services.load_catalog(now=later, folder=folder).made == ["size.toml"]
    assert services.load_catalog(now=later + timedelta(days=1), folder=folder).made == []
    sizes = [
        queries.rule(KEY, "", on).data["size"]
        for on in (EVER, TODAY, TODAY + timedelta(8), TODAY + timedelta(9))
    ]
    assert sizes == [1, 1, 1, 2]


def test_a_file_waits_for_its_place_and_is_bound_to_it_by_its_code(tmp_path: Path) -> None:
    folder = a_catalog(tmp_path, size=a_file(1, WANSHAN))
    assert services.load_catalog(now=NOW, folder=folder).waiting == {"size.toml": f"place {WANSHAN}"}
    world = a_world()
    assert services.load_catalog(now=NOW, folder=folder).made == ["size.toml"]
    assert queries.rule(KEY, world.community.path, TODAY).place_id == world.county.id
    assert queries.rule_or_none(KEY, world.other.path, TODAY) is None


def test_loading_never_touches_what_was_made_locally(tmp_path: Path) -> None:
    folder = a_catalog(tmp_path, size=a_file(1))
    services.load_catalog(now=NOW, folder=folder)
    local = a_rule(5)
    services.load_catalog(now=NOW, folder=a_catalog(tmp_path, size=a_file(2)))
    assert queries.rule(KEY, "", TODAY).id == local.id
    assert queries.rule(KEY, "", EVER).data["size"] == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (a_file(1).replace('basis = "随系统"\n', ""), "basis"),
        (a_file(1).replace("2020-01-01", '"2020"'), "valid_from"),
        (a_file(1) + "\n[more]\n", "more"),
        (a_file(1).replace("size = 1", 'size = "x"'), "大小要写整数"),
    ],
)
def test_a_file_that_is_wrong_is_refused_by_name_and_nothing_is_loaded(
    tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(InvalidInput, match=f"wrong.toml.*{sentence}"):
        services.load_catalog(now=NOW, folder=a_catalog(tmp_path, right=a_file(1), wrong=text))
    assert RuleSet.objects.count() == 0


def test_an_exported_rule_loads_as_the_same_rule(tmp_path: Path) -> None:
    world = a_world()
    services.load_catalog(now=NOW, folder=a_catalog(tmp_path, size=a_file(3, WANSHAN)))
    text = services.export(key=KEY, place_id=world.county.id, on=TODAY)
    assert text == a_file(3, WANSHAN)
    again = services.load_catalog(now=NOW, folder=a_catalog(tmp_path, size=text))
    assert (again.made, again.same) == ([], ["size.toml"])


def test_export_gives_what_is_in_force_here_and_not_what_lies_above() -> None:
    world = a_world()
    a_rule(1)
    a_rule(2, world.county, valid_to=TODAY + timedelta(30))
    text = services.export(key=KEY, place_id=world.county.id, on=TODAY)
    assert "size = 2" in text
    assert f"valid_to = {(TODAY + timedelta(30)).isoformat()}" in text
    assert f'place = "{WANSHAN}"' in text
    for place, on in ((world.street, TODAY), (world.county, TODAY + timedelta(30))):
        with pytest.raises(Absent, match="自己的规则"):
            services.export(key=KEY, place_id=place.id, on=on)


def test_the_command_says_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_catalog")
    places = [tomllib.loads(file.read_text(encoding="utf-8"))["place"] for file in CATALOG.rglob("*.toml")]
    local, everywhere = len([place for place in places if place]), places.count("")
    later = f"; {local} are for places that are not registered yet: after import_places, prepare once more\n"
    assert capsys.readouterr().out == f"{everywhere} rules loaded, 0 unchanged{later}"
    call_command("load_catalog")
    assert capsys.readouterr().out == f"0 rules loaded, {everywhere} unchanged{later}"


def test_the_command_says_nothing_when_asked_to_be_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_catalog", verbosity=0)
    assert capsys.readouterr().out == ""


def test_the_command_names_each_file_when_asked_to(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_catalog", verbosity=2)
    said = capsys.readouterr().out
    assert "new version: categories.toml" in said
    assert f"waiting for place {WANSHAN}: profiles/request/wanshan.toml" in said


def test_where_nothing_waits_nothing_is_said_of_waiting(capsys: pytest.CaptureFixture[str]) -> None:
    province = a_world().county.parent_id
    for name, code in (("德江县", "520626000000"), ("剑河县", "522629000000")):
        _place("county", name, province, code)
    call_command("load_catalog")
    assert capsys.readouterr().out == f"{len(list(CATALOG.rglob('*.toml')))} rules loaded, 0 unchanged\n"


def test_the_shipped_rules_answer_at_their_places() -> None:
    world = a_world()
    services.load_catalog(now=NOW)
    _version, here = queries.profile("request", world.community.path, TODAY)
    _version, there = queries.profile("request", world.other.path, TODAY)
    assert (here.profile.key, there.profile.key) == ("wanshan", "leishan")
    assert queries.profile("request", "", TODAY)[1].profile.key == "default"
    limits = queries.rule("limits", world.community.path, TODAY)
    accept = queries.limit(limits, "accept", "roads.cover", 0)
    assert accept is not None
    assert (accept.amount, accept.unit) == (120, "work_minutes")
    assert queries.categories(world.community.path, TODAY).suggest("井盖松动") == ["roads.cover"]
    assert queries.role("grid_worker", world.community.path, TODAY).desks == ("grid",)
    assert list(queries.roles("", TODAY))[:3] == ["grid_worker", "grid_head", "community_clerk"]


def test_a_flow_is_compiled_once_for_a_version() -> None:
    services.load_catalog(now=NOW)
    version, compiled = queries.profile("request", "", TODAY)
    assert queries.profile("request", "", TODAY)[1] is compiled
    assert queries.profile_of("request", version.id) is compiled


def test_a_file_waits_for_its_flow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(registry.FLOWS, "request")
    waiting = services.load_catalog(now=NOW).waiting
    assert waiting["profiles/request/default.toml"] == "flow request"


def test_a_shipped_rule_of_long_ago_is_valid_long_ago(tmp_path: Path) -> None:
    services.load_catalog(now=NOW, folder=a_catalog(tmp_path, size=a_file(1)))
    assert queries.rule(KEY, "", date(2020, 1, 1)).data["size"] == 1
    assert queries.rule_or_none(KEY, "", date(2019, 12, 31)) is None
