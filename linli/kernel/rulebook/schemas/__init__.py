"""The rulebook's own keys and their shapes, and the check that every rule passes."""

from __future__ import annotations

from linli.kernel.rulebook import registry
from linli.kernel.rulebook.schemas import shapes
from linli.kernel.rulebook.schemas.checking import check
from linli.kernel.rulebook.schemas.shapes import NEEDED_CLOCKS

__all__ = ["NEEDED_CLOCKS", "check"]

registry.register_schema("limits", shapes.Limits)
registry.register_schema("roles", shapes.Roles)
registry.register_schema("categories", shapes.Categories)
registry.register_schema("worktime", shapes.WorkTime)
registry.register_schema("notices", shapes.Notices)
registry.register_schema("reading", shapes.Reading)
registry.register_schema("calendar.*", shapes.YearCalendar)
registry.register_schema("profile.*", shapes.LocalProfile)
