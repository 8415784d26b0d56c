"""A log of reading that is years old: read, numbered and sealed each day, as it was then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from linli.foundation.ids import new_id
from linli.foundation.rules import Actor
from linli.kernel.journal import services as journal
from linli.kernel.vault import services
from linli.kernel.vault.choices import Purpose

LONG_AGO = datetime(2022, 10, 30, 4, 0, tzinfo=UTC)  # noon of a Sunday; the month ends the day after
DAY = timedelta(days=1)


def read_daily(code: str, *, days: int, a_day: int = 3, first: datetime = LONG_AGO) -> None:
    """Read so much a day, seal twice a day, and make each day's root the day after, the last one's too."""
    for number in range(days):
        noon = first + number * DAY
        for one in range(a_day):
            services.read(
                subject_kind="case", subject_id=new_id(), codes=[code], actor=Actor("person", UUID(int=7 + one)),
                post_id=UUID(int=8), purpose=Purpose.HANDLE_CASE, task=f"case-{number}-{one}",
                now=noon + timedelta(hours=one),
            )  # fmt: skip
            if one != 1:
                seal(noon + timedelta(hours=one, minutes=30))
    seal(first + days * DAY)


def seal(now: datetime) -> None:
    while journal.sequence(now):
        continue
    journal.seal(now)
