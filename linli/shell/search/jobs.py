"""What runs by itself: following requests into the index, and what was erased out of it."""

from __future__ import annotations

from datetime import datetime

from linli.kernel.cases.models import Case
from linli.kernel.journal import jobs
from linli.kernel.journal.queries import Positioned
from linli.shell.search import services


@jobs.consumer("search", events=("request.*",))
def follow(batch: list[Positioned]) -> None:
    """Index the cases something happened to."""
    services.index({item.event.subject_id for item in batch if item.event.subject_kind == Case.kind()})


@jobs.every(3600, "search.purge_erased")
def purge_erased(now: datetime) -> int:
    return services.purge_erased()
