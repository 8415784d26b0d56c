"""What is proved here is ``linli serve``, which is SQLite alone: on PostgreSQL it would be the same runs again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import POSTGRESQL
from tests.statics import collected

collect_ignore_glob = ["test_*.py"] if POSTGRESQL else []


@pytest.fixture(scope="session")
def static_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The browser's files, for every server that starts."""
    return collected(tmp_path_factory)
