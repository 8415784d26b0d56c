"""A real installation in a folder, and its commands. It is SQLite's whichever database the suite runs on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
REPORTS = 30


@dataclass(frozen=True)
class Installation:
    data: Path
    backups: Path
    static: Path

    def environment(self, **ours: str) -> dict[str, str]:
        clean = {
            name: value for name, value in os.environ.items() if not name.startswith(("LINLI_", "DJANGO_"))
        }
        return clean | {
            "DJANGO_SETTINGS_MODULE": "config.settings.embedded",
            "LINLI_DATA": str(self.data),
            "LINLI_STATIC": str(self.static),
            "LINLI_BACKUPS": str(self.backups),
            **ours,
        }

    def run(self, *words: str, **ours: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words],
            cwd=ROOT, env=self.environment(**ours), capture_output=True, text=True, check=False,
        )  # fmt: skip

    def manage(self, *words: str, **ours: str) -> subprocess.CompletedProcess[str]:
        return self.run("manage.py", *words, **ours)

    def backup(self) -> Path:
        """Take a backup; return where it lies."""
        done = self.manage("backup")
        assert done.returncode == 0, done.stderr
        return max(path.parent for path in self.backups.glob("2*/manifest"))

    def key(self) -> str:
        lines = (self.data / "secrets.env").read_text().splitlines()
        return next(line for line in lines if line.startswith("LINLI_BACKUP_KEY=")).partition("=")[2]


@pytest.fixture(scope="session")
def _filled(tmp_path_factory) -> Installation:
    folder = tmp_path_factory.mktemp("installation")
    made = Installation(folder / "data", folder / "backups", folder / "static")
    for words in (
        ("-m", "tests.shell.backup.filling", "fill", str(REPORTS)),
        ("manage.py", "collectstatic", "--no-input"),
    ):
        done = made.run(*words)
        assert done.returncode == 0, done.stderr
    made.backup()
    return made


@pytest.fixture
def backed_up(_filled) -> Installation:
    """One with a backup; to be looked at, not to be changed."""
    return _filled


@pytest.fixture
def installation(_filled, tmp_path) -> Installation:
    """A copy of its own, with the backup."""
    for name in ("data", "backups"):
        shutil.copytree(getattr(_filled, name), tmp_path / name)
    return Installation(tmp_path / "data", tmp_path / "backups", _filled.static)
