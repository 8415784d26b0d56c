"""A small calendar: January 2026 as published, the rest of 2025 and 2026 Monday to Friday."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from linli.foundation.worktime import SHANGHAI, Calendar

OFF = {date(2026, 1, 1), date(2026, 1, 2), date(2026, 10, 1), date(2026, 10, 2)}
WORKED = {date(2026, 1, 4)}


def weekdays(year: int) -> list[date]:
    days = (date(year, 1, 1) + timedelta(n) for n in range(366))
    return [
        day
        for day in days
        if day.year == year and (day in WORKED or (day.isoweekday() <= 5 and day not in OFF))
    ]


CALENDAR = Calendar.of({2025: weekdays(2025), 2026: weekdays(2026)})


def at(text: str) -> datetime:
    """Read "2026-01-05 10:30" as a moment in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def local(moment: datetime | None) -> str | None:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if moment else None
