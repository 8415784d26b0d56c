"""Load the shipped rules of catalog/. Loading again changes only what the files changed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from linli.kernel.rulebook import services


class Command(BaseCommand):
    help = "Load the shipped rules of catalog/ as versions; idempotent."

    def handle(self, *_args: Any, verbosity: int = 1, **_options: Any) -> None:
        done = services.load_catalog(now=timezone.now())
        for_places = [name for name, why in done.waiting.items() if why.startswith("place ")]
        for name in done.made if verbosity > 1 else ():
            self.stdout.write(f"new version: {name}")
        for name, why in done.waiting.items():
            if verbosity > 1 or name not in for_places:
                self.stdout.write(f"waiting for {why}: {name}")
        said = f"{len(done.made)} rules loaded, {len(done.same)} unchanged"
        if for_places:
            said += f"; {len(for_places)} are for places that are not registered yet: after import_places, prepare once more"
        if verbosity:
            self.stdout.write(said)
