"""``linli read_log``: which month of the log of reading is due, which were removed; and is an export whole?

It changes nothing: two people at their desks do that.
"""

from __future__ import annotations

import hashlib
from argparse import ArgumentParser
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.kernel.vault import queries
from linli.kernel.vault.choices import Removal
from linli.kernel.vault.models import Purge
from linli.kernel.vault.queries.purging import faults, head_of


class Command(BaseCommand):
    help = "Say which month of the log of reading is due and which were removed, or check an export of one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", type=Path, metavar="FILE", help="check an export; exit 1 if it is not whole"
        )

    def handle(self, *, check: Path | None = None, **_options: Any) -> None:
        if check:
            self._check(check)
        else:
            self._tell(timezone.now())

    def _tell(self, now: datetime) -> None:
        due = queries.next_segment(now)
        if due:
            said = _("%(month)s 的查看记录已到期，第 %(first)d 到 %(last)d 条，还没有清除。")
            self.stdout.write(said % {"month": f"{due.month:%Y-%m}", "first": due.first, "last": due.last})
        else:
            self.stdout.write(_("没有到期的整月记录。"))
        for purge in queries.purges():
            parts = [
                f"{purge.month:%Y-%m}", f"{purge.from_position}–{purge.to_position}",
                str(Removal(purge.state).label), bytes(purge.root).hex(), bytes(purge.sha256).hex(), purge.file_name,
            ]  # fmt: skip
            self.stdout.write("  ".join(parts))

    def _check(self, file: Path) -> None:
        """Check a file by itself, then against what was written down when its month was removed."""
        try:
            with file.open("rb") as lines:
                first = lines.readline()
                found = faults(chain([first], lines))
            with file.open("rb") as whole:
                digest = hashlib.file_digest(whole, "sha256").digest()
        except OSError as error:
            raise CommandError(_("读不出这个文件：%(file)s。") % {"file": file}) from error
        if found:
            raise CommandError(" ".join(map(str, found)))
        head = head_of(first)
        told = Purge.objects.filter(from_position=head["from"]).exclude(state=Removal.REFUSED).first()
        if told is None:
            self.stdout.write(_("这个文件自己对得上；这里没有清除过它的记录。"))
        elif bytes(told.sha256) != digest:
            raise CommandError(_("这个文件和清除时记下的不一样。"))
        else:
            self.stdout.write(_("这个文件对得上，就是清除时记下的那一个。"))
