"""Count figures again from the journal: after a mistake in a declaration was mended."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from linli.kernel.figures import registry, services


class Command(BaseCommand):
    help = "Forget what the named figures counted and count it again from the journal."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("codes", nargs="+", help="Codes of figures, or “all”.")

    def handle(self, *_args: Any, **options: Any) -> None:
        declared = registry.declared()
        codes = list(declared) if options["codes"] == ["all"] else options["codes"]
        if unknown := [code for code in codes if code not in declared]:
            raise CommandError(f"There is no figure {', '.join(unknown)}.")
        for code in codes:
            self.stdout.write(f"{code}: {services.rebuild(code)} events read.")
