"""Load the shipped rules of catalog/. Loading again changes only what the files changed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from linli.kernel.rulebook import services


class Command(BaseCommand):
    help = "Load the shipped rules of catalog/ as versions; idempotent."

    def handle(self, *_args: Any, **_options: Any) -> None:
        done = services.load_catalog(now=timezone.now())
        for name in done.made:
            self.stdout.write(f"new version: {name}")
        for name, why in done.waiting.items():
            self.stdout.write(f"waiting for {why}: {name}")
        self.stdout.write(f"{len(done.made)} new, {len(done.same)} unchanged, {len(done.waiting)} waiting")
