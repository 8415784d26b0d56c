"""A server's log is looked through for exceptions that nobody foresaw, and they are found."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.logs import Listening, unhandled, what_it_says

ROOT = Path(__file__).parents[2]

WELL = '{"event": "request", "status": 503, "level": "error"}'


@pytest.mark.parametrize(
    "line",
    [
        '{"event": "Internal Server Error", "exception": ["builtins.KeyError at x.py:1 f"], "level": "error"}',
        '{"event": "job_failed", "job": "figures", "error": "KeyError f:1", "level": "error"}',
        "Traceback (most recent call last):",
    ],
)
def test_an_exception_is_found_and_an_answer_that_says_busy_is_none(tmp_path, line):
    log = tmp_path / "log"
    log.write_text(f"{WELL}\n{line}\nnot JSON\n")

    assert unhandled(log) == [line]


def test_an_error_that_is_logged_is_heard_and_a_refusal_and_an_answer_that_says_busy_are_not():
    listening = Listening()
    busy = {"status_code": 503}
    for name, error, extra in [
        ("linli.anything", None, {}),
        ("django.security.DisallowedHost", ValueError("x"), {}),
        ("django.request", None, busy),
        ("django.request", ValueError("x"), busy),
        ("django.request", None, {"status_code": 500}),
        ("asyncio", ValueError("x"), {}),
    ]:
        record = logging.makeLogRecord({"name": name, "msg": "said: more", "exc_info": error, **extra})
        listening.emit(record)

    assert [record.name for record in listening.heard] == [
        "linli.anything", "django.request", "django.request", "asyncio",
    ]  # fmt: skip
    assert {what_it_says(record) for record in listening.heard} == {"said"}


INNER = """
import logging
import pytest

def test_silent(): pass

def test_loud(): logging.getLogger("linli.inner").error("lost: %s", 1)

@pytest.mark.logs("lost")
def test_asked(): logging.getLogger("linli.inner").error("lost: %s", 1)

@pytest.mark.logs("lost")
def test_in_vain(): pass
"""


@pytest.mark.slow  # a run of its own
def test_a_test_fails_by_an_error_it_did_not_ask_for_and_by_one_it_asked_for_in_vain(tmp_path):
    (tmp_path / "test_inner.py").write_text(INNER)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-p", "tests.logs",
         "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path), str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert sorted(re.findall(r"^ERROR (?:\S*::)(\w+)", done.stdout, re.MULTILINE)) == [
        "test_in_vain",
        "test_loud",
    ]
    assert "4 passed, 2 errors" in done.stdout
