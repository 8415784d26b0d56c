"""``linli prove_restored``: is a restored installation whole?

`linli restore` runs it on the folder that it has restored, the drill and the operator of servers
on a restored cluster (docs/operations.md). What it is run on is settled and migrated: it is
not for a site that people use, and refuses where anybody else is connected.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation.errors import DomainError
from linli.shell.backup import proving, standing
from linli.shell.backup.proving import Proof


class Command(BaseCommand):
    help = "Settle what was restored and, with --verify, prove it; answers in JSON. Exit 1 on a finding."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--verify", action="store_true", help="check everything and read pages")
        parser.add_argument("--note", action="store_true", help="note a proof in LINLI_RESTORE_RECORD")
        parser.add_argument("--began", type=int, help="when restoring began, in seconds since 1970")

    def handle(self, *, verify: bool, note: bool, began: int | None, **_options: Any) -> None:
        if note and not (verify and settings.RESTORE_RECORD):
            raise CommandError(_("要记下结果，就要同时写 --verify，并且设置 LINLI_RESTORE_RECORD。"))
        now = timezone.now()
        try:
            with proving.alone():
                erased = proving.settle(now)
                proof = proving.prove(now, erased) if verify else Proof([], {}, 0, erased)
                if note and not proof.findings:
                    _note(proof, datetime.fromtimestamp(began, UTC) if began else now)
        except DomainError as error:
            raise CommandError(str(error.message)) from error
        lines = [f"{found.sentence} [{found.check}] {found.where}" for found in proof.findings]
        said = {"findings": lines, "counts": proof.counts, "pages": proof.pages, "erased": proof.erased}
        self.stdout.write(json.dumps(said, ensure_ascii=False))
        if note and proof.findings:
            sys.exit(1)


def _note(proof: Proof, began: datetime) -> None:
    """Write down that a restore was proven, and of when the data is: the last sign of life in it."""
    if (last := proving.as_of()) is None:
        raise CommandError(_("恢复出来的数据里没有后台程序运行过的痕迹，看不出是什么时候的。"))
    done = timezone.now()
    seconds = round((done - began).total_seconds(), 1)
    counts = {**proof.counts, "pages": proof.pages}
    standing.record(standing.Proven("", last.isoformat(), done.isoformat(), seconds, counts))
