"""``linli prepare``: bring an installation to the point where it can be served."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand
from django.db import connections
from django.template.loader import render_to_string

AWAY = "away.html"  # what the proxy in front shows while no process answers


class Command(BaseCommand):
    help = "Migrate both databases, collect the static files, load the catalogue. Safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="also lay out the demonstration county")

    def handle(self, *, demo: bool, verbosity: int, **_options: Any) -> None:
        for alias in connections:
            self.stdout.write(f"邻里: migrating {alias}")
            call_command("migrate", database=alias, interactive=False, verbosity=0)
        if connections["default"].vendor == "postgresql":
            call_command("createcachetable", verbosity=0)
        self.stdout.write("邻里: collecting the static files")
        call_command("collectstatic", interactive=False, verbosity=0)
        Path(str(settings.STATIC_ROOT), AWAY).write_text(render_to_string("503.html"), encoding="utf-8")
        self.stdout.write("邻里: loading the catalogue")
        # The demonstration brings its places with it and loads the rules for them.
        call_command("load_catalog", verbosity=0 if demo else verbosity)
        if demo and "demo" in get_commands():
            call_command("demo", verbosity=verbosity)
