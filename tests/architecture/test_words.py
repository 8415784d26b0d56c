"""What the repository may say, and that its settings are explained."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from config.env import VARIABLES
from tests.architecture.sources import ROOT, kept, name

# Folders of one machine. Spelt in parts, so that this file may be kept too.
FORBIDDEN = re.compile(
    "|".join(["/" + "work/(main|shared)", r"\." + "library", "/" + "root/", "/" + "home/[a-z]+/"])
)


def test_no_file_speaks_of_one_machine():
    speaking = [
        name(path) for path in kept() if FORBIDDEN.search(path.read_text(encoding="utf-8", errors="replace"))
    ]

    assert speaking == []


def test_every_setting_is_explained_and_nothing_else_is():
    text = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `([A-Z_]+)`", text, flags=re.MULTILINE))

    assert explained == VARIABLES


def test_no_lock_file_names_a_registry():
    naming = [
        path
        for path in kept()
        if path.name.endswith((".lock", "package-lock.json")) and b"http" in lines(path)
    ]

    assert naming == []


def lines(path):
    """The lines that say where something is fetched from (npm keeps funding addresses; they fetch nothing)."""
    return b"\n".join(
        line for line in path.read_bytes().splitlines() if b'"resolved"' in line or b"index-url" in line
    )


@pytest.mark.slow  # reads the whole import graph
def test_imports_go_down_only():
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
