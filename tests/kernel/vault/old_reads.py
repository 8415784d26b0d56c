"""A log of reading that is years old: read, numbered and sealed each day, as it was then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import connection

from linli.foundation.ids import new_id
from linli.foundation.rules import Actor
from linli.kernel.journal import services as journal
from linli.kernel.vault import services
from linli.kernel.vault.choices import Purpose
from linli.kernel.vault.models import Purge

LONG_AGO = datetime(2022, 10, 30, 4, 0, tzinfo=UTC)  # noon of a Sunday; the month ends the day after
DAY = timedelta(days=1)
DUE = datetime(2025, 10, 31, 16, 0, tzinfo=UTC)  # midnight in Shanghai: October 2022 is three years past


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


def propose(three: dict[str, Actor], now: datetime = DUE) -> Purge:
    return services.propose_purge(actor=three["audit"], now=now)


def approve(three: dict[str, Actor], purge: Purge, now: datetime = DUE) -> Purge:
    return services.answer_purge(purge_id=purge.pk, step="approve", actor=three["security"], now=now)


class WithoutGuards:
    """As somebody with the database file would: no trigger of this table stands in the way."""

    def __init__(self, table: str) -> None:
        self.table = table

    def __enter__(self) -> None:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute(f"ALTER TABLE {self.table} DISABLE TRIGGER USER")
                return
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type='trigger' AND tbl_name=%s", [self.table]
            )
            self.dropped = cursor.fetchall()
            for name, _sql in self.dropped:
                cursor.execute(f"DROP TRIGGER {name}")

    def __exit__(self, *_error: object) -> None:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(f"ALTER TABLE {self.table} ENABLE TRIGGER USER")
                return
            for _name, sql in self.dropped:
                cursor.execute(sql)
