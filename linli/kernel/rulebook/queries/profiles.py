"""A flow as a place has it. Compiled once per version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from linli.foundation.flow import CompiledFlow, Profile
from linli.kernel.rulebook import registry
from linli.kernel.rulebook.queries import versions
from linli.kernel.rulebook.queries.versions import RuleVersion

_compiled: dict[tuple[str, UUID], CompiledFlow] = {}  # versions never change, so this never ages


def profile(flow_name: str, path: str, on: date) -> tuple[RuleVersion, CompiledFlow]:
    """Return the profile of a flow that counts at ``path`` on the day ``on``, and the flow under it."""
    version = versions.rule(f"profile.{flow_name}", path, on)
    return version, profile_of(flow_name, version.id)


def profile_of(flow_name: str, rule_id: UUID) -> CompiledFlow:
    """Return the flow under that version of its profile: what a running procedure goes on with."""
    flow = registry.FLOWS[flow_name]
    found = _compiled.get((flow_name, rule_id))
    if found is None or found.flow is not flow:
        found = _compiled[flow_name, rule_id] = flow.compile(as_profile(versions.by_id(rule_id).data))
    return found


def as_profile(data: Mapping[str, Any]) -> Profile:
    """Read a profile from a rule's data."""
    return Profile(
        key=data["key"],
        on=frozenset(data["on"]),
        choose=dict(data.get("choose", {})),
        settings=data.get("settings", {}),
    )
