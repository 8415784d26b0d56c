"""Sending reports for a while, re-sending by key whatever was not answered, and counting what became of them."""

from __future__ import annotations

import http.client
import secrets
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from tests.deploy.site import Site

REST = 0.1  # seconds before somebody who was not answered tries again
PATIENCE = 90  # seconds after the stop for which what was begun is still sent again


@dataclass
class Told:
    """What was answered: key → case id, once acknowledged; and every answer by its status."""

    acked: dict[str, str] = field(default_factory=dict)
    at: list[float] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    given_up: int = 0


class Intake:
    """People who report until told to stop. Each keeps a key until it is acknowledged."""

    def __init__(self, site: Site, place: str, people: int) -> None:
        self.site, self.place = site, place
        self.told = Told()
        self._stop = threading.Event()
        self._until = float("inf")
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._report) for _person in range(people)]

    def __enter__(self) -> Told:
        for thread in self._threads:
            thread.start()
        return self.told

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._until = time.monotonic() + PATIENCE
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _report(self) -> None:
        client = self.site.client()
        while not self._stop.is_set():
            key = secrets.token_hex(16)
            while not self._send(client, key):
                time.sleep(REST)  # what was begun is brought to its end even after the stop
                if time.monotonic() > self._until:
                    self.told.given_up += 1
                    return

    def _send(self, client: Any, key: str) -> bool:
        try:
            answer = client.raise_request(self.place, key)
        except (OSError, http.client.HTTPException) as error:
            with self._lock:
                self.told.answers[type(error).__name__] += 1
            return False
        with self._lock:
            self.told.answers[str(answer.status)] += 1
            if answer.status not in (200, 201):
                return False
            self.told.acked[key] = answer.said["case"]["id"]
            self.told.at.append(time.monotonic())
        return True


def rows(site: Site) -> list[str]:
    """Return the ids of all cases."""
    with site.connect(user="postgres") as database:
        return [str(row[0]) for row in database.execute("SELECT id FROM cases_case")]


def account(site: Site, told: Told, place: str, before: list[str]) -> dict[str, int]:
    """Count what was lost or doubled: in the database's own rows, and by sending every key once more.

    ``before``: the cases that were there before anybody reported.
    """
    there = set(rows(site)) - set(before)
    acked = list(told.acked.values())
    client = site.client()
    changed = 0
    for key, case in told.acked.items():
        answer = client.raise_request(place, key)
        changed += (answer.status, answer.said["case"]["id"], answer.said["again"]) != (200, case, True)
    with site.connect(user="postgres") as database:
        events = {str(row[0]) for row in database.execute("SELECT DISTINCT subject_id FROM journal_event")}
    return {
        "acked": len(acked),
        "lost": len(set(acked) - there),
        "doubled": len(acked) - len(set(acked)) + len(there - set(acked)),
        "changed": changed,
        "born_again": len(set(rows(site)) - set(before) - there),
        "without_event": len(there - events),
        "given_up": told.given_up,
    }


def nothing_wrong(acked: int) -> dict[str, int]:
    """What :func:`account` returns when every report is there once."""
    return {"acked": acked} | dict.fromkeys(
        ("lost", "doubled", "changed", "born_again", "without_event", "given_up"), 0
    )
