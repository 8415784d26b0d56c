"""``python -m bench.fill <cases> <file>``: fill the configured database and write down what to ask for.

The ground, the desks and the cases are written in bulk. Positions are given by the
sequencer itself; figures are counted by the consumer's own service, in large batches;
the search index and the notices begin after the bulk.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import django


def main(until: int, file: Path) -> None:
    django.setup()
    from bench import filling  # noqa: PLC0415 -- after the settings

    began = time.monotonic()
    now = datetime.now(UTC)
    told = filling.fill(until, now)
    file.write_text(json.dumps(told), encoding="utf-8")
    print(f"{until} cases in {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
