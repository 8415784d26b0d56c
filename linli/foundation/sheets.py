"""Tables for a spreadsheet."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterable, Iterator, Sequence

from django.http import HttpResponse

AT_ONCE, PAUSE = 20, 0.004  # lines that are written in one go, and the seconds that others then have
FORMULA = "=+-@＝＋－＠\t\r\n"  # what makes a spreadsheet take a text for a formula, full-width marks too


def csv_file(name: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> HttpResponse:
    """Answer with a table as a spreadsheet reads it: UTF-8 with its mark, no formulas. ``name`` ends in .csv.

    ``rows`` may be made as they are asked for: a long file then leaves the interpreter to whoever
    else is being answered, every few lines.
    """
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    lines = csv.writer(response)
    lines.writerow([plain(cell) for cell in head])
    lines.writerows([plain(cell) for cell in row] for row in _unhurried(rows))
    return response


def _unhurried(rows: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
    for number, row in enumerate(rows):
        if number and not number % AT_ONCE:
            time.sleep(PAUSE)
        yield row


def plain(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula; a number stays one, also below zero."""
    is_number = text.removeprefix("-").replace(".", "", 1).isdecimal()
    return f"'{text}" if text[:1] and text[:1] in FORMULA and not is_number else text
