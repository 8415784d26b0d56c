"""How rules come to be."""

from __future__ import annotations

from linli.kernel.rulebook.registry import guard, on_published, register_flow, register_schema
from linli.kernel.rulebook.services.calendars import publish_calendar
from linli.kernel.rulebook.services.catalog import Loaded, load_catalog
from linli.kernel.rulebook.services.export import export
from linli.kernel.rulebook.services.proposing import approve, propose, refuse

__all__ = [
    "Loaded",
    "approve",
    "export",
    "guard",
    "load_catalog",
    "on_published",
    "propose",
    "publish_calendar",
    "refuse",
    "register_flow",
    "register_schema",
]
