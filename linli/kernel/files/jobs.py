"""What the worker does for pictures."""

from __future__ import annotations

from datetime import datetime

from linli.kernel.files import services
from linli.kernel.journal.jobs import every


@every(1, "files.process")
def process(now: datetime) -> int:
    return services.process(now)


@every(3600, "files.erase_due", is_final=True)
def erase_due(now: datetime) -> int:
    return services.erase_due(now)


@every(60, "files.sweep", is_final=True)
def sweep(now: datetime) -> int:
    return services.sweep(now)
