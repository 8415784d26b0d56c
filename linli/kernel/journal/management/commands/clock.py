"""``clock``: is the clock believed? ``clock confirm``: it is right, though it has leapt."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation.worktime import SHANGHAI
from linli.kernel.journal import queries, services


class Command(BaseCommand):
    help = "Say whether the clock is believed; with `confirm`, believe it as it stands now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", nargs="?", choices=["confirm"])

    def handle(self, *_words: Any, **options: Any) -> None:
        now = timezone.now()
        if options["what"] == "confirm":
            services.confirm_clock(now=now)
        told = {"now": _local(now), "last": _local(queries.last_tick())}
        self.stdout.write(_("现在的时钟是 %(now)s，上次认可到 %(last)s。") % told)
        if queries.has_leapt(now):
            raise CommandError(
                _(
                    "时钟一下子快了很多天：到期的先不作废，到期的信息也先不删。时间确实对的，就运行 linli clock confirm。"
                )
            )


def _local(at: datetime | None) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if at else _("（还没有）")
