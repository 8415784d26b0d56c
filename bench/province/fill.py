"""``python -m bench.province.fill base <file>`` lays the ground; ``… <cases> <file> <told>`` fills a copy of it."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django

LONGEST = 1095  # days


def main(what: str, file: Path, told: Path) -> None:
    django.setup()
    from bench.province import base, filling  # noqa: PLC0415 -- after the settings

    if what == "base":
        base.lay(file, datetime.now(UTC).replace(microsecond=0) - timedelta(days=LONGEST))
        return
    told.write_text(json.dumps(filling.fill(int(what), file)), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]) if len(sys.argv) > 3 else Path())
