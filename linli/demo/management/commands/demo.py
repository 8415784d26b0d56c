"""Lay out the demonstration county: ground, desks, people, ninety days of requests."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from linli.demo.corners import turn_the_corners
from linli.demo.ground import build_ground
from linli.demo.life import DAYS, Life, last_day
from linli.demo.practice import enact_local_practice
from linli.demo.staffing import LOGINS, PASSWORD, staff_the
from linli.demo.today import fill_the_desks
from linli.foundation.worktime import SHANGHAI
from linli.kernel.cases.models import Case
from linli.kernel.files import services as files
from linli.kernel.journal import jobs
from linli.kernel.rulebook import services as rulebook


class Command(BaseCommand):
    help = "Lay out the demonstration county, once; called again it only prints the logins."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", default="linli")
        parser.add_argument(
            "--anchor",
            type=date.fromisoformat,
            default=None,
            help="the last day (default: today, before noon yesterday)",
        )
        parser.add_argument("--requests", type=int, default=340)

    def handle(self, *, seed: str, anchor: date | None, requests: int, **_options: Any) -> None:
        if Case.objects.exists():
            self._logins()
            return
        if not settings.DEMONSTRATION:
            raise CommandError(
                "Every login of it is public. Say that this is a demonstration: LINLI_DEMONSTRATION=1"
            )
        anchor = anchor or last_day(timezone.now())
        began = time.monotonic()
        self._lay_out(seed, anchor, requests)
        self.stdout.write(f"邻里: the demonstration stands ({time.monotonic() - began:.0f} s)")
        self._logins()

    def _lay_out(self, seed: str, anchor: date, requests: int) -> None:
        first = datetime.combine(anchor - timedelta(days=DAYS + 30), clock(9), SHANGHAI).astimezone(UTC)
        with transaction.atomic():
            ground = build_ground(seed, anchor, first)
        self.stdout.write("邻里: the ground is drawn (示意)")
        rulebook.load_catalog(now=first)
        with transaction.atomic():
            staff = staff_the(ground, first, Random(f"{seed}:staff"))  # noqa: S311 -- a story, not a secret
            enact_local_practice(ground, staff, first)
        self.stdout.write("邻里: desks and people are in place")
        life = Life(ground, staff, anchor, seed)
        life.live(requests, self.stdout.write)
        if len(life.refused) > requests // 10:
            raise CommandError(f"Too many steps were refused: {life.refused[:5]}")
        fill_the_desks(life)
        turn_the_corners(life)
        while files.process(life.end):
            continue
        while jobs.follow(life.end):
            continue

    def _logins(self) -> None:
        self.stdout.write("\n演示账号（密码都是 " + PASSWORD + "，动态验证码见 /demo）：")
        for username, (role, _where) in LOGINS.items():
            self.stdout.write(f"  {username:<12} {role}")
