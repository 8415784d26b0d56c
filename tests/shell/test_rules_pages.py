"""The rules of a place: read by everybody at a desk, changed by two persons."""

from __future__ import annotations

import tomllib
from datetime import timedelta

import pytest
from django.utils import timezone

from linli.foundation.rules import Actor
from linli.foundation.worktime import SHANGHAI
from linli.kernel.people.models import Account
from linli.kernel.places import queries as places
from linli.kernel.rulebook import queries as rulebook
from linli.kernel.rulebook import services
from linli.kernel.rulebook.models import Proposal, RuleSet
from linli.shell.desk.forms import as_toml
from tests.kernel.people.builders import signed_in
from tests.shell.costs import queries_of
from tests.world import a_person, a_world

pytestmark = pytest.mark.django_db
KEY = "profile.request"


@pytest.fixture
def world():
    made = a_world("wanshan")
    made.people["editor"] = a_person(made, "editor", "rule_editor", made.county)
    made.people["approver"] = a_person(made, "approver", "rule_approver", made.county)
    return made


def today() -> str:
    return timezone.now().astimezone(SHANGHAI).date().isoformat()


def typed(world, **changes):
    """What the editor sends: the profile of the county with checking switched on."""
    entry = {
        "label": "三事分流，加核查", "on": ["sorting", "dispatching", "whistling", "checking"],
        "data": 'reopen_days = 15\ncounts_at = "check"\nescalate_when_overdue = true\n',
        "valid_from": today(), "basis": "区治理办〔2026〕3 号（示例）", "act": "propose",
    }  # fmt: skip
    return entry | changes


def propose(world, **changes):
    return signed_in(world.people["editor"]).post(f"/desk/rules/{KEY}/propose", typed(world, **changes))


def proposed(world) -> Proposal:
    assert propose(world).status_code == 302
    return Proposal.objects.get()


def test_everybody_at_a_desk_reads_the_rules_that_count_there(world):
    page = signed_in(world.people["grid"]).get("/desk/rules")

    found = {row["key"]: row for row in page.context["sets"]}
    assert page.status_code == 200
    assert list(found)[:3] == ["profile.request", "limits", "categories"]
    assert (found[KEY]["place"], found[KEY]["label"], found[KEY]["origin_label"]) == (
        "万山区",
        "诉求怎么办",
        "随系统提供",
    )
    assert found["limits"]["place"] == "全部地方"
    assert found["limits"]["basis"] == "示例值，启用前由本地按文件核定"
    assert "calendar.2004" not in found


def test_a_resident_has_no_rules_page(world):
    resident = Account.objects.create(kind="resident", county="520603", made_at=timezone.now())
    assert signed_in(resident).get("/desk/rules").status_code == 404


def test_a_rule_is_compared_with_the_shipped_default_and_what_differs_is_marked(world):
    page = signed_in(world.people["grid"]).get(f"/desk/rules/{KEY}")

    assert [column["place"] for column in page.context["columns"]] == ["全部地方", "万山区"]
    rows = {row["label"]: row["cells"] for row in page.context["lines"]}
    assert [(cell["value"], cell["differs"]) for cell in rows["核查"]] == [("用", False), ("不用", True)]
    assert [(cell["value"], cell["differs"]) for cell in rows["吹哨"]] == [("用", False), ("用", False)]
    assert page.context["columns"][1]["differs"] == sum(cells[1]["differs"] for cells in rows.values()) > 3


def test_a_profile_is_drawn_as_the_way_that_is_left(world):
    page = signed_in(world.people["grid"]).get(f"/desk/rules/{KEY}")
    stations = [station["label"] for station in page.context["line"]["stepbar"]]
    assert "待核查" not in stations
    assert stations[-1] == "已办结"
    assert {"from": "待接单", "step": "接单", "to": "办理中"} in page.context["line"]["ways"]


def test_limits_are_said_in_words(world):
    page = signed_in(world.people["grid"]).get("/desk/rules/limits")
    said = {row["label"]: row["cells"][0]["value"] for row in page.context["lines"]}
    assert said["接单"] == "2 个工作小时"
    assert said["办理 · 紧急"] == "2 个工作日"
    assert said["办理 · 楼道照明"] == "2 个工作日"
    assert said["评价"] == "7 天"


@pytest.mark.parametrize(
    "key", ["categories", "roles", "notices", "worktime", "calendar.2026", "profile.protected"]
)
def test_every_kind_of_rule_has_its_page(world, key):
    page = signed_in(world.people["grid"]).get(f"/desk/rules/{key}")
    assert page.status_code == 200
    assert len(page.context["lines"]) >= 1


def test_a_key_that_nobody_knows_and_a_place_elsewhere_are_absent(world):
    client = signed_in(world.people["grid"])
    assert client.get("/desk/rules/nonsense").status_code == 404
    assert client.get(f"/desk/rules/{KEY}?place={world.grid2.id}").status_code == 404
    assert client.get(f"/desk/rules/{KEY}?place=nonsense").status_code == 404
    assert client.get(f"/desk/rules/{KEY}?place={world.county.id}").status_code == 200
    assert client.get(f"/desk/rules/{KEY}?place=everywhere").status_code == 200


def test_only_who_may_edit_rules_here_is_offered_the_form(world):
    may = {who: signed_in(world.people[who]).get(f"/desk/rules/{KEY}").context["propose"] is not None
           for who in ("editor", "approver", "grid", "county")}  # fmt: skip
    assert may == {"editor": True, "approver": False, "grid": False, "county": False}
    assert (
        signed_in(world.people["editor"]).get(f"/desk/rules/{KEY}?place=everywhere").context["propose"]
        is None
    )


def test_a_proposal_changes_nothing_until_another_person_approves(world):
    before = rulebook.rule(KEY, world.county.path, places.today())
    proposal = proposed(world)
    assert rulebook.rule(KEY, world.county.path, places.today()).id == before.id

    answer = signed_in(world.people["approver"]).post(f"/desk/rules/proposals/{proposal.pk}/approve")

    after = rulebook.rule(KEY, world.county.path, places.today())
    assert answer.status_code == 302
    assert (after.version, after.origin, after.data["label"]) == (
        before.version + 1,
        "local",
        "三事分流，加核查",
    )
    page = signed_in(world.people["grid"]).get(f"/desk/rules/{KEY}")
    assert page.context["history"][0]["who"] == "万山区rule_editor提出，万山区rule_approver审核"
    assert "待核查" in [station["label"] for station in page.context["line"]["stepbar"]]


def test_who_proposed_is_refused_with_the_sentence_in_the_place_of_the_button(world):
    proposal = proposed(world)
    client = signed_in(world.people["editor"])

    page = client.get(f"/desk/rules/{KEY}")
    refused = client.post(f"/desk/rules/proposals/{proposal.pk}/approve")

    assert page.context["pendings"][0]["approve"]["refusal"] == "自己提出的规则要由另一个人审核。"
    assert refused.status_code == 403
    assert "自己提出的规则要由另一个人审核。" in refused.content.decode()
    assert not RuleSet.objects.filter(origin="local").exists()


def test_who_may_not_approve_here_reads_why_and_cannot(world):
    proposal = proposed(world)
    client = signed_in(world.people["community"])
    page = client.get(f"/desk/rules/{KEY}")
    assert page.context["pendings"][0]["approve"]["refusal"] == "这个地方的规则，不在您的岗位职责里。"
    assert page.context["pendings"][0]["refuse"] is None
    assert client.post(f"/desk/rules/proposals/{proposal.pk}/approve").status_code == 403
    assert client.post(f"/desk/rules/proposals/{proposal.pk}/refuse", {"reason": "不好"}).status_code == 403


def test_what_waits_says_what_it_would_change(world):
    proposed(world)
    page = signed_in(world.people["approver"]).get("/desk/rules")
    (row,) = page.context["waiting"]
    assert (row["label"], row["place"], row["who"]) == ("诉求怎么办", "万山区", "万山区rule_editor")
    pending = signed_in(world.people["approver"]).get(row["url"].partition("#")[0]).context["pendings"][0]
    assert {"label": "核查", "before": "不用", "after": "用"} in pending["changes"]
    assert all(change["before"] != change["after"] for change in pending["changes"])


def test_a_refusal_needs_a_reason_and_ends_the_proposal(world):
    proposal = proposed(world)
    client = signed_in(world.people["approver"])
    bare = client.post(f"/desk/rules/proposals/{proposal.pk}/refuse", {"reason": " "})
    assert bare.status_code == 422
    assert "请写明不同意的理由。" in bare.content.decode()
    assert (
        client.post(f"/desk/rules/proposals/{proposal.pk}/refuse", {"reason": "先听听社区的"}).status_code
        == 302
    )
    assert client.post(f"/desk/rules/proposals/{proposal.pk}/approve").status_code == 409
    assert client.get("/desk/rules").context["waiting"] == []


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"on": ["second_acceptance", "checking"], "data": "reopen_days 7"}, "data", "第 1 行写得不对，看看引号和等号。"),
        ({"on": ["no_such_switch"]}, "on", "选择一个有效的选项。 no_such_switch 不在可用的选项中。"),
        ({"valid_from": "2020-01-01"}, "valid_from", "规则不能从过去的日子起算，请把起始日期改为今天或以后。"),
        ({"data": "rate_days = 7"}, "data", "没有“rate_days”这项设置。"),
        ({"data": 'bad_rating = "never"'}, "data", "“bad_rating”不能是“never”。"),
        ({"data": "reopen_days = -1"}, "data", "“reopen_days”不能是“-1”。"),
        ({"basis": ""}, "basis", "这个字段是必填项。"),
        ({"valid_to": "2020-01-01"}, "valid_to", "终止日期要晚于起始日期。"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_where_it_was_written_and_nothing_is_lost(world, changes, field, said):
    page = propose(world, **changes)

    assert page.status_code == 422
    assert page.context["propose"]["form"].errors[field] == [said]
    assert "三事分流，加核查" in page.content.decode()
    assert not Proposal.objects.exists()


def test_a_profile_that_cannot_work_is_refused_with_the_engines_sentence(world):
    page = propose(
        world,
        on=["replying", "whistling", "second_acceptance", "rating", "door_verification", "checking"],
        data="reopen_days = 1.5",
    )
    assert page.status_code == 422
    assert page.context["propose"]["form"].errors
    assert not Proposal.objects.exists()


def test_a_look_shows_the_way_and_writes_nothing(world):
    page = propose(world, act="look")
    assert page.status_code == 200
    assert "待核查" in [station["label"] for station in page.context["looked"]["stepbar"]]
    assert not Proposal.objects.exists()


def test_with_htmx_the_card_alone_comes_back(world):
    client = signed_in(world.people["editor"])
    page = client.post(f"/desk/rules/{KEY}/propose", typed(world), headers={"HX-Request": "true"})
    assert page.status_code == 200
    assert page.content.decode().lstrip().startswith('<div class="split split-rule" data-card')
    assert len(page.context["pendings"]) == 1


def test_a_rule_that_is_no_profile_is_changed_as_text(world):
    data = rulebook.rule("worktime", world.county.path, places.today()).data
    text = as_toml(data).replace("17:30", "18:00")
    client = signed_in(world.people["editor"])
    entry = {"data": text, "valid_from": today(), "basis": "区政府办（示例）", "act": "propose"}
    assert client.post("/desk/rules/worktime/propose", entry).status_code == 302
    assert (
        client.post(
            "/desk/rules/worktime/propose", entry | {"data": '{"hours": [["09:00", "08:00"]]}'}
        ).status_code
        == 422
    )
    assert Proposal.objects.get().data["hours"][1] == ["13:00", "18:00"]


def test_a_place_gives_up_its_own_rule_and_takes_what_lies_above(world):
    client = signed_in(world.people["editor"])
    answer = client.post(f"/desk/rules/{KEY}/propose", typed(world, inherits="on"))
    proposal = Proposal.objects.get()
    assert answer.status_code == 302
    assert (proposal.inherits, proposal.data) == (True, {})
    page = signed_in(world.people["approver"]).get(f"/desk/rules/{KEY}")
    assert page.context["pendings"][0]["changes"][0]["after"] == "不再有，用上一级的"
    signed_in(world.people["approver"]).post(f"/desk/rules/proposals/{proposal.pk}/approve")
    assert rulebook.rule(KEY, world.county.path, places.today()).data["label"] == "三事分流、吹哨报到"


def test_an_export_is_the_file_that_the_rule_could_have_been_shipped_as(world):
    answer = signed_in(world.people["grid"]).get(f"/desk/rules/{KEY}/export")
    read = tomllib.loads(answer.content.decode())
    assert answer["Content-Disposition"] == f'attachment; filename="{KEY}.toml"'
    assert (read["key"], read["place"], read["data"]["key"]) == (KEY, "520603000000", "wanshan")


def test_an_old_version_stands_beside_what_counts_now(world):
    old = rulebook.rule(KEY, world.county.path, places.today())
    proposal = proposed(world)
    services.approve(
        proposal_id=proposal.pk, actor=Actor("person", world.people["approver"].id), now=timezone.now()
    )
    page = signed_in(world.people["grid"]).get(f"/desk/rules/{old.id}")
    assert [column["hint"] for column in page.context["columns"]] == [
        "第 1 版，随系统提供", "第 2 版，本地制定", "第 1 版，随系统提供"
    ]  # fmt: skip
    assert page.context["facts"][1]["value"] == "第 1 版"


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("address", "queries"), [("/desk/rules", 6), (f"/desk/rules/{KEY}", 6)])
def test_the_pages_cost_the_same_with_one_proposal_and_with_three(world, count, address, queries):
    for number in range(count):
        propose(world, valid_from=(timezone.now() + timedelta(days=number + 1)).date().isoformat())
    assert Proposal.objects.count() == count
    assert len(queries_of(signed_in(world.people["approver"]), address)) == queries
