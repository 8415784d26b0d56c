"""``import_grids``: all grids of a community, from GeoJSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from linli.foundation.errors import DomainError
from linli.kernel.places import queries, services
from linli.kernel.places.management.reporting import read_geojson, tell
from linli.kernel.places.services.shapes import SYSTEMS


class Command(BaseCommand):
    help = (
        "Import the grids of a community from GeoJSON (properties name and code); refuses gaps and overlaps."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--community", required=True, help="the community's code")
        parser.add_argument("--source", required=True)
        parser.add_argument("--system", choices=sorted(SYSTEMS), default="wgs84")
        parser.add_argument("--schematic", action="store_true", help="shown as 示意")
        parser.add_argument("--review-number", default="")
        parser.add_argument("--report", type=Path, help="write what became of each feature to this CSV")

    def handle(self, *_args: Any, **options: Any) -> None:
        community = queries.by_code(options["community"], queries.today())
        if community is None:
            raise CommandError(f"No place has the code {options['community']} today.")
        try:
            report = services.import_grids(
                geojson=read_geojson(options["file"]),
                community_id=community.id,
                source=options["source"],
                now=timezone.now(),
                system=options["system"],
                is_schematic=options["schematic"],
                review_number=options["review_number"],
            )
        except DomainError as refusal:
            raise CommandError(str(refusal.message)) from refusal
        tell(report, self.stdout, to=options["report"])
