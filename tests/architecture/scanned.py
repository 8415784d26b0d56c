"""What bandit and detect-secrets find, against what was looked at: high never, the rest each with a reason.

``make check`` runs this. A finding that is not in reviewed.toml fails, and so does a line there that finds
nothing any more (reliability K4, H1).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.architecture.sources import ROOT, kept, name

REVIEWED = Path(__file__).with_name("reviewed.toml")
FOLDERS = ("config", "deploy", "docs", "frontend", "linli")
MADE = (".lock", ".gz", "openapi.json", "licences.md")  # made by programs, full of digests
Found = set[tuple[str, str]]


def dangers() -> tuple[Found, list[str]]:
    """Run bandit; return what is of medium severity as (file, rule), and what is of high."""
    folders = [folder for folder in FOLDERS if (ROOT / folder).is_dir()]
    done = subprocess.run(
        [sys.executable, "-m", "bandit", "--quiet", "-r", *folders, "-ll", "-f", "json"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = json.loads(done.stdout)
    if said["errors"] or said["metrics"]["_totals"]["loc"] < 10_000:
        raise SystemExit(f"bandit did not read everything: {said['errors']}")
    high = [
        f"{one['filename']}:{one['line_number']} {one['test_id']}"
        for one in said["results"]
        if one["issue_severity"] == "HIGH"
    ]
    return {(one["filename"], one["test_id"]) for one in said["results"]}, high


def secrets() -> Found:
    """Run detect-secrets over every file that git keeps; return (file, kind).

    In tests and the bench a word like "password" beside a text is no finding: they are full of made-up ones.
    """
    files = {name(path) for path in kept()}
    files = {file for file in files if not file.endswith(MADE) and "vendor/" not in file}
    trying = {file for file in files if file.startswith(("tests/", "bench/"))}
    return scan(files - trying) | scan(trying, "KeywordDetector", "BasicAuthDetector")


def scan(files: set[str], *without: str) -> Found:
    options = [word for plugin in without for word in ("--disable-plugin", plugin)]
    done = subprocess.run(
        [sys.executable, "-m", "detect_secrets", "scan", *options, *sorted(files)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {
        (file, one["type"]) for file, found in json.loads(done.stdout)["results"].items() for one in found
    }


def unreviewed(kind: str, found: Found) -> list[str]:
    """What differs from the reviewed list of this kind, in sentences."""
    listed = tomllib.loads(REVIEWED.read_text(encoding="utf-8"))[kind]
    reviewed = {(line["file"], line["finding"]) for line in listed}
    return [
        *(f"{kind}: {file}: {what} has not been looked at" for file, what in sorted(found - reviewed)),
        *(f"{kind}: {file}: {what} is listed and no more found" for file, what in sorted(reviewed - found)),
        *(f"{kind}: {line['file']}: no reason is given" for line in listed if len(line["why"]) < 10),
    ]


def main() -> int:
    medium, high = dangers()
    said = [
        *(f"bandit: {one} is of high severity" for one in high),
        *unreviewed("bandit", medium),
        *unreviewed("secrets", secrets()),
    ]
    print(
        "\n".join(said)
        or f"bandit: 0 high, {len(medium)} medium, each with a reason; secrets: none that opens anything"
    )
    return bool(said)


if __name__ == "__main__":
    sys.exit(main())
