"""Roles, limits, hours, notices and profiles as shipped."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from linli.apps.requests.flow import FLOW
from linli.foundation.flow import Flow
from linli.foundation.worktime import Limit
from linli.kernel.rulebook import queries, schemas
from linli.kernel.rulebook.queries import RuleVersion
from linli.kernel.rulebook.queries.profiles import as_profile
from linli.kernel.rulebook.services.versions import as_stored
from tests.catalog.shipped import CATALOG, shipped

FILES = sorted(file.relative_to(CATALOG).as_posix() for file in CATALOG.rglob("*.toml"))
SIDE_WAYS = {"refuse", "withdraw", "protect", "lapse", "contest"}


def version(name: str) -> RuleVersion:
    file = shipped(name)
    return RuleVersion(
        UUID(int=FILES.index(name) + 1), file["key"], 1, file["data"], file["basis"], None, "shipped",
        file["valid_from"], None,
    )  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_every_file_passes_its_schema_and_names_its_basis(name: str) -> None:
    file = shipped(name)
    schemas.check(file["key"], as_stored(file["data"]))
    assert file["basis"]
    assert isinstance(file["valid_from"], date)


LIMITS = version("limits.toml")


@pytest.mark.parametrize(
    ("clock", "category", "urgency", "limit"),
    [
        ("accept", "", 0, Limit(120, "work_minutes")),
        ("accept", "property.service", 0, Limit(120, "work_minutes")),
        ("accept", "property.service", 1, Limit(60, "work_minutes")),
        ("accept", "property.service", 2, Limit(30, "minutes")),
        ("accept", "homes.lift.trapped", 2, Limit(5, "minutes")),
        ("accept", "quiet.home", 0, Limit(30, "minutes")),
        ("resolve", "roads.surface", 0, Limit(5, "work_days")),
        ("resolve", "roads.cover", 1, Limit(12, "hours")),
        ("resolve", "roads.cover", 2, Limit(12, "hours")),
        ("resolve", "homes.lift.fault", 0, Limit(2, "work_days")),
        ("resolve", "homes.lift.fault", 2, Limit(12, "hours")),
        ("resolve", "homes.lift.trapped", 2, Limit(1, "hours")),
        ("resolve", "welfare.medical", 0, Limit(10, "work_days")),
        ("arrive", "roads.cover", 0, Limit(30, "work_minutes")),
        ("reply", "roads.cover", 1, Limit(1, "work_days")),
        ("rate", "roads.cover", 2, Limit(7, "natural_days")),
    ],
)
def test_a_limit_is_that_of_the_urgency_and_then_of_the_nearest_category(
    clock: str, category: str, urgency: int, limit: Limit
) -> None:
    assert queries.limit(LIMITS, clock, category, urgency) == limit


def test_a_clock_nobody_has_set_has_no_limit() -> None:
    assert queries.limit(LIMITS, "sleep", "", 0) is None


def test_limits_speak_only_of_matters_there_are() -> None:
    known = {row["code"] for row in shipped("categories.toml")["data"]["categories"]}
    named = {row.get("category", "") for row in shipped("limits.toml")["data"]["limits"]} - {""}
    assert named - known == set()


def test_every_role_is_there_and_nobody_may_everything() -> None:
    rows = {row["code"]: set(row["may"]) for row in shipped("roles.toml")["data"]["roles"]}
    assert rows == {
        "grid_worker": {"handle", "raise_for_others"},
        "grid_head": {"handle", "dispatch", "raise_for_others"},
        "community_clerk": {"handle", "dispatch", "raise_for_others"},
        "community_secretary": {"handle", "dispatch", "approve", "supervise", "edit_rules"},
        "street_dispatcher": {"handle", "dispatch", "raise_for_others"},
        "street_leader": {"supervise", "dispatch", "approve", "approve_rules"},
        "county_dispatcher": {"handle", "dispatch", "supervise", "raise_for_others"},
        "department_officer": {"handle"},
        "property_officer": {"handle"},
        "party_org": {"approve", "supervise"},
        "member_claimant": {"handle"},
        "quality_checker": {"check"},
        "supervisor": {"supervise"},
        "protected_handler": {"handle", "answer_protected"},
        "data_officer": {"handle"},
        "rule_editor": {"edit_rules"},
        "rule_approver": {"approve_rules"},
        "auditor": {"audit_read"},
    }
    assert [code for code, may in rows.items() if {"edit_rules", "approve_rules"} <= may] == []
    assert [code for code, may in rows.items() if "audit_read" in may and len(may) > 1] == []


def test_notices_fill_in_codes_and_nothing_else() -> None:
    slots = {
        slot
        for row in shipped("notices.toml")["data"]["templates"].values()
        for slot in re.findall(r"\{([^}]*)\}", row["text"] + row["title"])
    }
    numbers = {"files", "readers", "stopped", "granted", "refused", "taken", "most", "opened", "hours"}
    assert slots == {"number", "due", "desk", "place", "category", "year", "count"} | numbers


def ways(name: str, flow: Flow = FLOW) -> list[tuple[str, ...]]:
    """Return the ways through the flow under a shipped profile, side ways left out."""
    compiled = flow.compile(as_profile(shipped(f"profiles/request/{name}.toml")["data"]))
    return sorted(compiled.sequences(leaving_out=SIDE_WAYS))


def main_way(name: str) -> tuple[str, ...]:
    return max(ways(name), key=len)


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("default", "raise sort dispatch accept resolve check reply rate"),
        ("wanshan", "raise sort dispatch accept resolve"),
        ("leishan", "raise accept resolve rate"),
        ("dejiang", "raise dispatch accept hand_over accept_unit verify resolve reply"),
        ("jianhe", "raise publish claim resolve approve rate"),
    ],
)
def test_each_place_goes_its_own_way(name: str, way: str) -> None:
    assert " ".join(main_way(name)) == way


def test_no_two_profiles_are_the_same_flow() -> None:
    names = ("default", "wanshan", "leishan", "dejiang", "jianhe")
    assert len({tuple(ways(name)) for name in names}) == len(names)


def test_dispatching_can_be_switched_on_for_leishan_and_nothing_else_changes() -> None:
    data = shipped("profiles/request/leishan.toml")["data"]
    switched = FLOW.compile(as_profile({**data, "on": [*data["on"], "dispatching"]}))
    found = max(switched.sequences(leaving_out=SIDE_WAYS), key=len)
    assert " ".join(found) == "raise dispatch accept resolve rate"


@pytest.mark.parametrize(
    ("name", "place", "counts_at"),
    [
        ("default", "", "check"),
        ("wanshan", "520603000000", "resolve"),
        ("leishan", "522634000000", "resolve"),
        ("dejiang", "520626000000", "resolve"),
        ("jianhe", "522629000000", "approve"),
    ],
)
def test_each_profile_says_where_it_counts_and_from_which_event(
    name: str, place: str, counts_at: str
) -> None:
    file: dict[str, Any] = shipped(f"profiles/request/{name}.toml")
    assert (file["place"], file["data"]["settings"]["counts_at"]) == (place, counts_at)
    assert counts_at in main_way(name)


def test_business_hours_are_a_setting() -> None:
    assert tomllib.loads((CATALOG / "worktime.toml").read_text(encoding="utf-8"))["data"]["hours"] == [
        ["09:00", "12:00"], ["13:00", "17:30"],
    ]  # fmt: skip
