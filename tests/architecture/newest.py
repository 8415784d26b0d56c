"""Is the newest patch release of everything we run on pinned? ``make newest`` asks the package index (reliability K3).

An index that does not answer is not good news: what was not asked is said, and the command fails. A newer minor or
major release is told and is no fault: taking it is a decision.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from packaging.version import Version

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]{0,60})(?:\[[a-z,]{1,60}\])?==([0-9][0-9a-z.]{0,30})$")
Pins = dict[str, str]


def pins(text: str) -> Pins:
    """Return name and version of each line that pins one."""
    return {found[1]: found[2] for line in text.splitlines() if (found := PIN.match(line.strip()))}


def judged(wanted: Pins, found: dict[str, list[str]]) -> tuple[list[str], list[str]]:
    """Return what is wrong, and what is only told. ``found``: the releases of each name; without one it was not asked."""
    wrong, told = [], []
    for name, version in wanted.items():
        if not found.get(name):
            wrong.append(f"{name}: not asked, the index gave no answer")
            continue
        here = Version(version)
        newer = [
            Version(one) for one in found[name] if Version(one) > here and not Version(one).is_prerelease
        ]
        if patches := [one for one in newer if one.release[:2] == here.release[:2]]:
            wrong.append(f"{name}: {version} is pinned, {max(patches)} is out")
        elif newer:
            told.append(f"{name}: {version} is pinned, there is {max(newer)}")
    return wrong, told


def releases_of(name: str) -> list[str]:
    """Every release that the index has of a name, by pip; none where it gives no answer."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "index",
        "versions",
        "--json",
        "--disable-pip-version-check",
        name,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [] if done.returncode else json.loads(done.stdout)["versions"]


def main() -> int:
    wanted = pins((ROOT / "requirements.in").read_text(encoding="utf-8"))
    wrong, told = judged(wanted, {name: releases_of(name) for name in wanted})
    print("\n".join([*told, *wrong, f"{len(wanted)} asked, {len(wrong)} wrong"]))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
