"""``import_outlines``: the ground of places that exist, from GeoJSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from linli.foundation.errors import DomainError
from linli.kernel.places import services
from linli.kernel.places.management.reporting import read_geojson, tell
from linli.kernel.places.services.shapes import SYSTEMS


class Command(BaseCommand):
    help = "Import outlines from GeoJSON; each feature names its place by code."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", required=True)
        parser.add_argument("--system", choices=sorted(SYSTEMS), default="wgs84")
        parser.add_argument("--code-property", default="adcode")
        parser.add_argument(
            "--review-number", default="", help="审图号, needed where the public sees the map"
        )
        parser.add_argument("--schematic", action="store_true", help="shown as 示意")
        parser.add_argument("--repair", action="store_true", help="mend outlines that cross themselves")
        parser.add_argument("--report", type=Path, help="write what became of each feature to this CSV")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            report = services.import_outlines(
                geojson=read_geojson(options["file"]),
                source=options["source"],
                now=timezone.now(),
                system=options["system"],
                code_property=options["code_property"],
                review_number=options["review_number"],
                is_schematic=options["schematic"],
                repairing=options["repair"],
            )
        except DomainError as refusal:
            raise CommandError(str(refusal.message)) from refusal
        tell(report, self.stdout, to=options["report"])
