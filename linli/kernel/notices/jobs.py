"""What the worker does for notices."""

from __future__ import annotations

from datetime import datetime

from linli.kernel.journal.jobs import every
from linli.kernel.notices import services


@every(1, "notices.send")
def send(now: datetime) -> int:
    return services.send_due(now)
