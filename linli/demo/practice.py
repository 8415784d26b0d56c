"""万山区's own practice in the demonstration: beside the sorting, residents are answered and asked.

The shipped profile of 万山 has only what the reports say of it. Here two people enact
a local version that also checks, replies and asks for a rating, with its basis named.
"""

from __future__ import annotations

from datetime import datetime

from linli.demo.ground import Ground
from linli.demo.staffing import COUNTY, Staff
from linli.foundation.rules import Actor
from linli.foundation.worktime import SHANGHAI
from linli.kernel.rulebook import services

PROFILE = {
    "key": "wanshan_demo",
    "label": "三事分流、吹哨报到、居民评价",
    "on": ["sorting", "dispatching", "whistling", "checking", "replying", "rating"],
    "settings": {
        "reopen_days": 15, "counts_at": "check", "escalate_when_overdue": True, "bad_rating": "either",
    },
}  # fmt: skip


def enact_local_practice(ground: Ground, staff: Staff, now: datetime) -> None:
    """Propose by one person, approve by another: as it must be anywhere."""
    proposed = services.propose(
        key="profile.request",
        place_id=ground.places[COUNTY],
        valid_from=now.astimezone(SHANGHAI).date(),
        data=PROFILE,
        basis="演示：在三事分流之上，加核查、答复和居民评价",
        actor=Actor("person", staff.logins["guize1"].id),
        now=now,
    )
    services.approve(proposal_id=proposed.id, actor=Actor("person", staff.logins["guize2"].id), now=now)
