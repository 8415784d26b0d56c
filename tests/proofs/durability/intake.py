"""People who report through the API, send again what they heard no answer to, and remember what they were told."""

from __future__ import annotations

import json
import random
import sqlite3
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.proofs.durability.serving import Installation

THROWN_AWAY = 0.1  # the share of answers that never reach the person, who sends again
REST = 0.05  # seconds before a send that failed is sent again
TAKEN = (200, 201)
Told = tuple[str, str, str]  # id, number and tracking code of a case


@dataclass
class Heard:
    """What all of them heard together."""

    told: dict[str, Told] = field(default_factory=dict)  # by key
    said: dict[str, bytes] = field(default_factory=dict)  # body, by key
    otherwise: list[tuple[str, Told]] = field(default_factory=list)  # told differently when sent again
    thrown_away: int = 0
    broken: int = 0  # sends without an answer
    refused: list[tuple[int, float, dict[str, Any]]] = field(default_factory=list)  # status, seconds, problem
    lock: threading.Lock = field(default_factory=threading.Lock)

    def hear(self, key: str, told: Told) -> None:
        with self.lock:
            if self.told.setdefault(key, told) != told:
                self.otherwise.append((key, told))


class Crowd:
    """``count`` people who report one after the other until told to stop; each finishes what is begun."""

    def __init__(self, installation: Installation, count: int, seed: int) -> None:
        self.heard = Heard()
        self._installation = installation
        self._stop = threading.Event()
        self._people = [threading.Thread(target=self._report, args=(seed + n,)) for n in range(count)]

    def start(self) -> None:
        for person in self._people:
            person.start()

    def stop(self) -> None:
        self._stop.set()
        for person in self._people:
            person.join(120)
        assert not any(person.is_alive() for person in self._people)

    def _report(self, seed: int) -> None:
        chance = random.Random(seed)
        while not self._stop.is_set():
            key = str(uuid4())
            body = json.dumps(
                {"text": f"楼道灯不亮{key}", "place": self._installation.told["building"]}
            ).encode()
            with self.heard.lock:
                self.heard.said[key] = body
            self._until_taken(key, body, chance)

    def _until_taken(self, key: str, body: bytes, chance: random.Random) -> None:
        while True:
            try:
                status, answer, seconds = send(self._installation, key, body)
            except OSError:
                with self.heard.lock:
                    self.heard.broken += 1
                time.sleep(REST)
                continue
            if status not in TAKEN:
                with self.heard.lock:
                    self.heard.refused.append((status, seconds, answer))
                time.sleep(REST)
                continue
            if chance.random() < THROWN_AWAY:
                with self.heard.lock:
                    self.heard.thrown_away += 1
                continue
            self.heard.hear(key, told_in(answer))
            if (
                chance.random() < THROWN_AWAY
            ):  # heard, and sent again all the same: a page that is loaded anew
                continue
            return


def send(installation: Installation, key: str, body: bytes) -> tuple[int, dict[str, Any], float]:
    """Send one report from an address of its own; return status, answer and seconds."""
    began = time.monotonic()
    numbers = random.randbytes(3)
    status, answer, _headers = installation.ask(
        "POST",
        "/api/v1/requests",
        body,
        **{
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            "X-Forwarded-For": f"10.{numbers[0]}.{numbers[1]}.{numbers[2]}",
        },
    )
    return status, _read(answer), time.monotonic() - began


def _read(answer: bytes) -> dict[str, Any]:
    try:
        said: dict[str, Any] = json.loads(answer)
    except ValueError:  # a page where a program asked
        return {"page": answer.decode("utf-8", "replace")}
    return said


def told_in(answer: dict[str, Any]) -> Told:
    return answer["case"]["id"], answer["case"]["number"], answer["code"]


@dataclass(frozen=True, slots=True)
class Stored:
    """What is in the database, by ids without hyphens as SQLite keeps them."""

    numbers: dict[str, str]
    births: int
    positioned: int
    events: int
    words: int
    keys: int
    intact: str


def stored(data: Path) -> Stored:
    """Read the database of a stopped installation with nothing of the product."""
    connection = sqlite3.connect(data / "linli.sqlite3")
    try:

        def count(statement: str) -> int:
            return int(connection.execute(statement).fetchone()[0])

        return Stored(
            numbers=dict(connection.execute("SELECT id, number FROM cases_case")),
            births=count("SELECT count(DISTINCT subject_id) FROM journal_event WHERE name = 'request.raise'"),
            positioned=count("SELECT count(*) FROM journal_position"),
            events=count("SELECT count(*) FROM journal_event"),
            words=count("SELECT count(DISTINCT subject_id) FROM vault_record WHERE code = 'requests.text'"),
            keys=count("SELECT count(DISTINCT intake_key) FROM cases_case"),
            intact=str(connection.execute("PRAGMA integrity_check").fetchone()[0]),
        )
    finally:
        connection.close()
