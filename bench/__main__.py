"""``make bench``: measure an installation with its shipped settings, signed in, its worker running.

Prints each line beside the floor measured in the same run, and whether the target is
reached. ``--only`` picks lines by a part of their name, ``--keep`` leaves the site
standing for a profiler, ``--quick`` runs one second each (for trying the bench out).
``python -m bench province`` measures what the size of the archive does: see bench/province.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from bench import lines, machine, report
from bench.columns import embedded_column, server_column
from bench.province import command as province


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", default="", help="lines whose name contains this")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--no-embedded", action="store_true", help="leave SQLite out")
    parser.add_argument("--keep", action="store_true", help="keep the site running until Enter")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    if given.quick:
        given.seconds, given.runs = 1, 1
    if not shutil.which("wrk"):
        raise SystemExit("The load client wrk is needed (Debian: apt-get install wrk).")
    folder = Path(tempfile.mkdtemp(prefix="linli-bench-"))
    try:
        print(machine.described(), flush=True)
        how = lines.How(given.seconds, given.runs, given.only, given.cases, given.keep)
        columns = [server_column(folder, how)]
        if not given.no_embedded:
            columns.append(embedded_column(folder, how))
        print(report.table(columns))
        print(machine.load())
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(province.main(sys.argv[2:]) if sys.argv[1:2] == ["province"] else main())
