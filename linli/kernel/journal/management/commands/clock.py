"""``clock``: is the clock believed? ``clock confirm``: it is right, though it has leapt."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from linli.kernel.journal import queries, services


class Command(BaseCommand):
    help = "Say whether the clock is believed; with `confirm`, believe it as it stands now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", nargs="?", choices=["confirm"])

    def handle(self, *_args: Any, **options: Any) -> None:
        now = timezone.now()
        if options["what"] == "confirm":
            services.confirm_clock(now=now)
        self.stdout.write(f"The clock says {now.isoformat()}; it was last believed at {queries.last_tick()}.")
        if queries.has_leapt(now):
            raise CommandError(
                "It has leapt ahead: nothing lapses and nothing is erased. See LINLI_CLOCK_GAP in docs/settings.md."
            )
