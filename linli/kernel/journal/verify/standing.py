"""How did the last ``linli verify`` end? Kept beside the daily roots, where there is a folder for them."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

FILE = "last-verify.json"


class Verified(NamedTuple):
    at: datetime
    findings: int


def note(*, at: datetime, findings: int, is_whole: bool) -> None:
    """Write down how it ended. Some of the checks that found nothing say nothing of the others."""
    file = _file()
    if file is None or not (is_whole or findings):
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}")
    draft.write_text(json.dumps({"at": at.isoformat(), "findings": findings}) + "\n", encoding="utf-8")
    draft.replace(file)


def last() -> Verified | None:
    """Return how it ended; None where it was never run, or what was written cannot be read."""
    file = _file()
    if file is None:
        return None
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        found = Verified(datetime.fromisoformat(kept["at"]), int(kept["findings"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return found if found.at.tzinfo else None


def _file() -> Path | None:
    folder = getattr(settings, "ROOTS_FOLDER", "")
    return Path(folder, FILE) if folder else None
