from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    """An empty folder for the bytes of one test."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"
