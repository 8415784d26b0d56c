"""``linli backup``: databases, pictures, roots and settings, encrypted, while the site runs."""

from __future__ import annotations

import os
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation.errors import DomainError
from linli.shell.backup import taking

POLITENESS = 10


class Command(BaseCommand):
    help = "Write a backup into the folder of backups (LINLI_BACKUPS). Safe while `linli serve` runs."
    requires_system_checks = []  # they would open a connection that may write

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, help="another folder than LINLI_BACKUPS")

    def handle(self, *, folder: Path | None, **_options: Any) -> None:
        if folder is None and not settings.BACKUPS_FOLDER:
            raise CommandError(_("没有说备份放在哪里：请设置 LINLI_BACKUPS，或者在命令后面写上文件夹。"))
        os.nice(POLITENESS)  # the site goes first
        began = time.monotonic()
        try:
            made = taking.take(folder=Path(folder or settings.BACKUPS_FOLDER), now=timezone.now())
        except DomainError as error:
            raise CommandError(str(error.message)) from error
        size = sum(file.stat().st_size for file in made.iterdir())
        self.stdout.write(
            _("已备份到 %(folder)s：%(size)d 字节，%(seconds).1f 秒。")
            % {"folder": made, "size": size, "seconds": time.monotonic() - began}
        )
