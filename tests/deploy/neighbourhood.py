"""``python -m tests.deploy.neighbourhood <file>``: people, desks and places in the configured database."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import django

PASSWORD = "deploy-Neighbours-1"
SECRET = "LINLIDEPLOYLINLIDEPLOYLINLIDEPLO"  # base 32


def main(file: Path) -> None:
    django.setup()
    from tests.deploy import settling  # noqa: PLC0415 -- after the settings

    file.write_text(json.dumps(settling.settle(datetime.now(UTC))), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
