"""A server's log is looked through for exceptions that nobody foresaw, and they are found."""

from __future__ import annotations

import pytest

from tests.logs import unhandled

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
