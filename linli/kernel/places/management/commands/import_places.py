"""``import_places``: the shipped divisions, or those of a file."""

from __future__ import annotations

import csv
import zlib
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from linli.kernel.places import services
from linli.kernel.places.management.reporting import tell
from linli.kernel.places.services.shipped import rows_of

COLUMNS = {"code", "level", "name", "parent"}


class Command(BaseCommand):
    help = "Import divisions: from a CSV (code, level, name, parent), or the shipped ones if none is named."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path)
        parser.add_argument("--source", default="", help="where the file comes from; needed with a file")
        parser.add_argument(
            "--settling", action="store_true", help="the file says who governs a place in fact"
        )
        parser.add_argument(
            "--within", nargs="*", default=[], help="beginnings of codes, for the shipped ones"
        )
        parser.add_argument("--report", type=Path, help="write what became of each row to this CSV")

    def handle(self, *_args: Any, **options: Any) -> None:
        now = timezone.now()
        if options["file"] is None:
            for report in services.load_shipped(now=now, within=options["within"]):
                tell(report, self.stdout, to=options["report"])
            return
        if not options["source"]:
            raise CommandError("Say where the file comes from: --source.")
        try:
            rows = list(rows_of(options["file"]))
        except (OSError, EOFError, ValueError, csv.Error, zlib.error) as error:
            raise CommandError(f"{options['file']} cannot be read: {error}") from error
        if not rows or not rows[0].keys() >= COLUMNS:
            raise CommandError(f"{options['file']} cannot be read: it needs {', '.join(sorted(COLUMNS))}.")
        report = services.import_divisions(
            rows=rows, source=options["source"], now=now, settling=options["settling"]
        )
        tell(report, self.stdout, to=options["report"])
