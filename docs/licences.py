"""Print docs/licences.md: every library that is installed or shipped, and its licence."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
INTRO = """# Licences

Written by `make lock` from the lock files. Nothing under a GPL or AGPL licence is shipped; psycopg, \
python-stdnum and docxtpl are LGPL and are used as they are.
"""


NOT_IN_METADATA = {"atheris": "Apache-2.0"}  # said in its files alone


def main() -> None:
    runtime = names("requirements.lock")
    dev = names("requirements-dev.lock") - runtime
    print(INTRO)
    print(f"## Runs on the server\n\n{python_table(runtime)}\n")
    print(f"## Shipped to browsers\n\n{browser_table(is_dev=False)}\n")
    print(f"## For checking and testing only\n\n{python_table(dev)}\n")
    print(f"## For building the browser files only\n\n{browser_table(is_dev=True)}")


def names(lock: str) -> set[str]:
    return set(re.findall(r"^([\w.-]+)==", (ROOT / lock).read_text(), flags=re.MULTILINE))


def python_table(packages: set[str]) -> str:
    tool = [str(Path(sys.executable).with_name("pip-licenses")), "--from=mixed", "--format=markdown"]
    done = subprocess.run(
        [*tool, "--packages", *sorted(packages)], check=True, capture_output=True, text=True
    )
    table = re.sub(r" +\|", " |", re.sub(r"-{3,}", "---", done.stdout)).strip()
    for name, licence in NOT_IN_METADATA.items():
        table = re.sub(rf"^(\| {name} \| [^|]+\|) UNKNOWN \|", rf"\1 {licence} |", table, flags=re.MULTILINE)
    return table


def browser_table(*, is_dev: bool) -> str:
    lock = json.loads((ROOT / "frontend/package-lock.json").read_text())["packages"]
    rows = [
        f"| {path.rpartition('node_modules/')[2]} | {package['version']} | {package.get('license', 'see package')} |"
        for path, package in sorted(lock.items())
        if path and package.get("dev", False) == is_dev
    ]
    return "\n".join(["| Name | Version | License |", "|---|---|---|", *rows])


if __name__ == "__main__":
    main()
