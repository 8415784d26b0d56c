"""What runs by itself: counting, and catching up."""

from __future__ import annotations

from datetime import datetime

from linli.kernel.figures import services
from linli.kernel.journal import jobs
from linli.kernel.journal.queries import Positioned


@jobs.consumer("figures", events=("*",))
def count(batch: list[Positioned]) -> None:
    """Count every event: which figures read it, their declarations say."""
    services.count(batch)


@jobs.every(60, "figures.catch_up")
def catch_up(now: datetime) -> int:
    """Bring figures declared since the last start up to the others."""
    return services.catch_up(now)
