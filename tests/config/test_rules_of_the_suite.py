"""The suite's own rules: committing tests ask for a copy, skips are listed, absences are said."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPARED = [
    f"-pno:{plugin}" for plugin in ("cacheprovider", "schemathesis", "hypothesispytest", "playwright")
]  # slow to load
PYTEST = [sys.executable, "-m", "pytest", "-q", *SPARED, "-c", ROOT / "pyproject.toml"]
pytestmark = pytest.mark.slow  # each starts a suite of its own


@pytest.fixture
def run(tmp_path):
    """Run a file of tests with our conftest; return the exit status and what was printed."""
    (tmp_path / "conftest.py").write_text("from tests.conftest import *\n")

    def start(source, **variables):
        (tmp_path / "test_it.py").write_text(f"import pytest\n\n{source}\n")
        done = subprocess.run(
            [*PYTEST, "--rootdir", tmp_path, tmp_path],
            env={**os.environ, "LINLI_TEST_DB": "sqlite", "CI": "", **variables},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return start


COMMITTING = """
@pytest.mark.django_db(transaction=True)
def test_by_mark(): pass
def test_by_fixture(transactional_db): pass
def test_by_server(live_server): pass
@pytest.mark.django_db
def test_twice(committed_db): pass
def test_rightly(committed_db): pass
"""
SKIPPING = """
@pytest.mark.skip(reason="tired")
def test_by_mark(): pass
def test_inside(): pytest.skip("also tired")
@pytest.mark.shared
def test_on_shared_data(): pass
"""


def test_tests_that_commit_are_told_to_ask_for_a_copy(run):
    status, said = run(COMMITTING)

    assert status == pytest.ExitCode.USAGE_ERROR
    named = ("by_mark", "by_fixture", "by_server", "twice", "rightly")
    assert [name for name in named if f"::test_{name}" in said] == [
        "by_mark",
        "by_fixture",
        "by_server",
        "twice",
    ]
    assert "Ask for committed_db (or live_site)" in said


def test_a_skip_that_is_not_listed_fails_in_ci(run, tmp_path):
    status, said = run(SKIPPING, CI="true", LINLI_TEST_SHARED=str(tmp_path))

    assert status == pytest.ExitCode.TESTS_FAILED
    assert "skipped without being listed in tests/skips.txt" in said
    assert "1 passed, 2 skipped" in said


def test_elsewhere_skips_are_only_told_and_tests_on_absent_shared_data_are_left_out(run, tmp_path):
    status, said = run(SKIPPING, LINLI_TEST_SHARED=str(tmp_path / "nowhere"))

    assert status == pytest.ExitCode.OK
    assert "1 tests need the shared data" in said
    assert "2 skipped, 1 deselected" in said
