"""What a role is called, what it may do, and at which desks it sits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from linli.foundation.errors import Absent
from linli.kernel.rulebook.queries import versions

_roles: dict[UUID, dict[str, Role]] = {}  # versions never change, so this never ages


@dataclass(frozen=True, slots=True)
class Role:
    """``may`` holds words of ``choices.Capability``; ``desks`` the kinds of desk, empty for none."""

    code: str
    label: str
    may: frozenset[str]
    desks: tuple[str, ...]
    hint: str


def roles(path: str, on: date) -> Mapping[str, Role]:
    """Return all roles by code, in the order in which the rule lists them."""
    version = versions.rule("roles", path, on)
    if version.id not in _roles:
        _roles[version.id] = {
            row["code"]: Role(
                row["code"], row["label"], frozenset(row["may"]), tuple(row["desks"]), row.get("hint", "")
            )
            for row in version.data["roles"]
        }
    return _roles[version.id]


def role(code: str, path: str, on: date) -> Role:
    """Return one role, or raise Absent."""
    found = roles(path, on).get(code)
    if found is None:
        raise Absent(_("没有“%(code)s”这个角色。") % {"code": code})
    return found
