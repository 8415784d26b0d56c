"""The browser's files as an installation has them: collected and packed once for a whole run, which takes 14 s of CPU."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def collected(factory: pytest.TempPathFactory) -> Path:
    """Return the folder; of xdist's workers the first makes it, and the others wait."""
    base = factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder = shared / "static"
    with (shared / "static.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "staticfiles.json").exists():
            _collect(folder, shared / "static-data")
    return folder


def _collect(folder: Path, data: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")}
    embedded = {"DJANGO_SETTINGS_MODULE": "config.settings.embedded", "LINLI_DATA": str(data)}
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity=0"],
        cwd=ROOT,
        env={**clean, **embedded, "LINLI_STATIC": str(folder)},
        check=True,
    )
