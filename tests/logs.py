"""What is logged: in no test, and in no run of a server, may an exception go unhandled.

A test in which something is logged as an error fails, unless it has asked for that by the
marker ``logs``, with what is said; and then it has to be said.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from http import HTTPStatus
from json import loads
from pathlib import Path

import pytest

APART = ("", "django.server")  # the root, and what tells the root nothing
RIGS = ("tests/proofs/", "tests/deploy/")  # they break things on purpose, and judge what comes of it
REFUSALS = "django.security"  # foreseen: a request that is refused for what it is


class Listening(logging.Handler):
    """Keeps what is logged as an error, in whichever thread of this process."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not is_foreseen(record):
            self.heard.append(record)


_listening = Listening()


def listen() -> None:
    """Hear what is logged from here on. Django sets the logging up anew when it starts, so this comes after."""
    for name in APART:
        logging.getLogger(name).addHandler(_listening)


def is_foreseen(record: logging.LogRecord) -> bool:
    """Is it a refusal, or an answer that says Busy? An answer has a status, an exception has a place."""
    if record.name.startswith(REFUSALS):
        return True
    is_busy = getattr(record, "status_code", 0) == HTTPStatus.SERVICE_UNAVAILABLE
    return record.name == "django.request" and is_busy and not record.exc_info


def what_it_says(record: logging.LogRecord) -> str:
    """Return the event's name; of Django's message the first words, without the address."""
    said = record.msg.get("event", "") if isinstance(record.msg, dict) else record.getMessage()
    return str(said).partition(":")[0]


@pytest.fixture(autouse=True)
def no_error_is_logged(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail the test during which an error was logged that it did not ask for, and one that asked in vain."""
    listen()
    before = len(_listening.heard)
    yield
    if request.node.nodeid.startswith(RIGS):
        return
    marker = request.node.get_closest_marker("logs")
    wanted = set(marker.args) if marker else set()
    heard = _listening.heard[before:]
    unasked = [f"{record.name}: {record.msg}" for record in heard if what_it_says(record) not in wanted]
    assert unasked == [], "an error was logged, and the test has not asked for it"
    assert wanted <= {what_it_says(record) for record in heard}, "what was asked for was never logged"


def unhandled(log: Path) -> list[str]:
    """Return the lines that tell of an exception which nobody foresaw: with its kind and place, or as Python prints it."""
    return [line for line in log.read_text(errors="replace").splitlines() if _tells(line)]


def _tells(line: str) -> bool:
    try:
        said = loads(line)
    except ValueError:
        return line.startswith("Traceback")
    if said.get("logger", "").startswith(REFUSALS):
        return False
    return said.get("level") in {"error", "critical"} and (
        "exception" in said or said["event"] == "job_failed"
    )
