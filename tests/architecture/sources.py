"""The source files that the rules about the code itself look at."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULES = sorted(path.parent for path in ROOT.glob("linli/*/*/apps.py"))
LONGEST_FILE = 400
LONGEST_FUNCTION = 50


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def python(*folders: str) -> list[Path]:
    """Return every Python file of these folders, without migrations."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def kept() -> list[Path]:
    """Return every text file that git keeps (or would, once added)."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    return [
        path for line in listed if (path := ROOT / line).is_file() and b"\0" not in path.read_bytes()[:4096]
    ]
