"""``linli prove_restored``: what ``linli restore`` runs on the folder that it has restored."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections
from django.utils import timezone

from linli.foundation import sqlite
from linli.shell.backup import proving


class Command(BaseCommand):
    help = "Settle a restored folder and, with --verify, prove it; answers in JSON. Run by `linli restore`."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--verify", action="store_true")

    def handle(self, *, verify: bool, **_options: Any) -> None:
        now = timezone.now()
        with sqlite.only_writer(Path(str(connections["default"].settings_dict["NAME"])).parent):
            erased = proving.settle(now)
            proof = proving.prove(now, erased) if verify else proving.Proof([], {}, 0, erased)
        lines = [f"{found.sentence} [{found.check}] {found.where}" for found in proof.findings]
        said = {"findings": lines, "counts": proof.counts, "pages": proof.pages, "erased": proof.erased}
        self.stdout.write(json.dumps(said, ensure_ascii=False))
