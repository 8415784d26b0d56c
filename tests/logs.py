"""What a server has logged: in no run of it may an exception go unhandled."""

from __future__ import annotations

import json
from pathlib import Path


def unhandled(log: Path) -> list[str]:
    """Return the lines that tell of an exception which nobody foresaw: with its kind and place, or as Python prints it."""
    return [line for line in log.read_text(errors="replace").splitlines() if _tells(line)]


def _tells(line: str) -> bool:
    try:
        said = json.loads(line)
    except ValueError:
        return line.startswith("Traceback")
    if said.get("logger", "").startswith(
        "django.security"
    ):  # foreseen: a request that is refused for what it is
        return False
    return said.get("level") in {"error", "critical"} and (
        "exception" in said or said["event"] == "job_failed"
    )
