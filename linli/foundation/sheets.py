"""Tables for a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

FORMULA = "=+-@＝＋－＠\t\r\n"  # what makes a spreadsheet take a text for a formula, full-width marks too


def csv_file(name: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> HttpResponse:
    """Answer with a table as a spreadsheet reads it: UTF-8 with its mark, no formulas. ``name`` ends in .csv."""
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    lines = csv.writer(response)
    lines.writerow([plain(cell) for cell in head])
    lines.writerows([plain(cell) for cell in row] for row in rows)
    return response


def plain(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula; a number stays one, also below zero."""
    is_number = text.removeprefix("-").replace(".", "", 1).isdecimal()
    return f"'{text}" if text[:1] and text[:1] in FORMULA and not is_number else text
