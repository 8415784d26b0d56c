"""What the role of a post may do: data of the rulebook, except for the three administrators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from linli.foundation.errors import Absent
from linli.foundation.paths import ROOT
from linli.kernel.people.choices import ADMINISTRATOR_LABELS, ADMINISTRATORS_MAY, RESERVED, WEIGHTY
from linli.kernel.rulebook import queries as rulebook

NO_RIGHTS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RoleDef:
    """``may`` are capabilities; ``desks`` the kinds of desk the role sits at, empty for none."""

    code: str
    label: Any
    may: frozenset[str]
    desks: tuple[str, ...] = ()

    @property
    def is_weighty(self) -> bool:
        """Must a second person confirm that somebody gets it?"""
        return bool(self.may & WEIGHTY)

    def sits_at(self, kind: str) -> bool:
        """May the role sit at this kind of desk? "department" stands for "department:…" too."""
        return any(kind == desk or kind.startswith(f"{desk}:") for desk in self.desks)


_ADMINISTRATORS = {
    code: RoleDef(code, ADMINISTRATOR_LABELS[code], may) for code, may in ADMINISTRATORS_MAY.items()
}


def role(code: str, *, on: date, path: str = ROOT) -> RoleDef:
    """Return a role as it is defined at a place on a day, or raise Absent."""
    if found := _ADMINISTRATORS.get(code):
        return found
    return _made(rulebook.role(code, path, on))


def roles(*, on: date, path: str = ROOT) -> list[RoleDef]:
    """Return the roles that can be given at a place on a day, administrators not among them."""
    found = rulebook.roles(path, on)
    return [_made(row) for code, row in found.items() if code not in _ADMINISTRATORS]


def may(code: str, *, on: date, path: str) -> frozenset[str]:
    """Return what a role may do at a place on a day; a role no longer defined may nothing."""
    try:
        return role(code, on=on, path=path).may
    except Absent:
        return NO_RIGHTS


def _made(row: rulebook.Role) -> RoleDef:
    return RoleDef(row.code, row.label, row.may - RESERVED, row.desks)
