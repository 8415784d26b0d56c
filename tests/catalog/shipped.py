"""The files of catalog/, read as they are."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from linli.foundation.worktime import Calendar
from linli.kernel.rulebook.queries.calendars import working_days

CATALOG = Path(__file__).parents[2] / "catalog"


def shipped(name: str) -> dict[str, Any]:
    return tomllib.loads((CATALOG / name).read_text(encoding="utf-8"))


def shipped_calendar() -> Calendar:
    years = (int(file.stem) for file in (CATALOG / "calendar").glob("*.toml"))
    return Calendar.of({year: working_days(year, shipped(f"calendar/{year}.toml")["data"]) for year in years})
