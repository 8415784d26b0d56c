"""What is done by the clock."""

from __future__ import annotations

from datetime import datetime

from linli.kernel.journal.jobs import every
from linli.kernel.people import services


@every(3600, "people.forget_phone_codes")
def forget_phone_codes(now: datetime) -> int:
    return services.forget_phone_codes(now=now)


@every(60, "people.follow_places")
def follow_places(now: datetime) -> int:
    return services.follow_places()
