"""How the import commands read files and tell what became of each row."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, OutputWrapper

from linli.foundation.sheets import plain
from linli.kernel.places.services import Report
from linli.kernel.places.services.shipped import contents

_MOST_SHOWN = 50


def read_geojson(path: Path) -> dict[str, Any]:
    """Return the file's JSON object, or end the command with a plain sentence."""
    try:
        found = json.loads(contents(path).decode("utf-8-sig"))
    except RecursionError as error:
        raise CommandError(f"{path} is nested too deeply to be GeoJSON.") from error
    except (OSError, ValueError) as error:  # no UTF-8, no JSON, too large
        raise CommandError(f"{path} cannot be read as GeoJSON: {error}") from error
    if not isinstance(found, dict):
        raise CommandError(f"{path} holds no GeoJSON object.")
    return found


def tell(report: Report, out: OutputWrapper, *, to: Path | None) -> None:
    """Print the counts and the refused rows, write every row to a CSV, fail if nothing was saved."""
    if to is not None:
        _write(report, to)
    out.write(", ".join(f"{outcome}: {count}" for outcome, count in sorted(report.counts.items())))
    for line in report.refused[:_MOST_SHOWN]:
        place = f" at {line.point[0]:.7f}, {line.point[1]:.7f}" if line.point else ""
        out.write(f"row {line.number}: {line.place}: {line.why}{place}")
    if len(report.refused) > _MOST_SHOWN:
        out.write(f"… and {len(report.refused) - _MOST_SHOWN} more")
    if not report.is_saved:
        raise CommandError("Nothing was saved.")


def _write(report: Report, to: Path) -> None:
    with to.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["row", "place", "outcome", "why", "longitude", "latitude"])
        for line in report.lines:
            rows.writerow(
                [
                    line.number,
                    plain(line.place),
                    line.outcome,
                    plain(str(line.why)),
                    *(line.point or ("", "")),
                ]
            )
